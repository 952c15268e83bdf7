"""The docs name what is there: functions, files, addresses, settings, commands, columns, and each other.

`RECOVERY_NET_WRITE_DOCS=1 ./test tests/test_docs.py` writes the data inventory anew.
"""

import importlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask
from sqlalchemy import Column
from werkzeug.exceptions import MethodNotAllowed, NotFound

from recovery_net import models
from recovery_net.app import COMMANDS
from recovery_net.config import Settings
from recovery_net.core.db import Base

assert models.ALL
ROOT = Path(__file__).resolve().parent.parent
DOCS = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")])
}
CHECKED = sorted(DOCS.keys() - {"docs/ui.md", "docs/client.md"})  # those two name parts of pages
MADE = tuple(line.strip("/") for line in (ROOT / ".gitignore").read_text().split("\n") if line[:1] == "/")
INVENTORY = ROOT / "docs" / "data-inventory.md"
OURS = {"RECOVERY_NET_WRITE_DOCS"}  # read by this file, and no setting

ADDRESS = re.compile(r"(?:(GET|POST) )?(/[\w./-]*)(?:\?\S*)?")
EVENT = re.compile(r"(?:room|message):[a-z]+|drain")
FILE = re.compile(r"(?:\./)?([\w.-][\w./*-]*)(?:::(\w+))?(?: .*)?")
NAME = re.compile(r"[a-z_]+(?:\.[A-Za-z_]\w*)+")
FILE_ENDS = (
    ".py",
    ".md",
    ".js",
    ".mjs",
    ".html",
    ".css",
    ".csv",
    ".json",
    ".txt",
    ".toml",
    ".in",
    ".png",
    "/",
)


def prose(text: str) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)


def spans(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`\n]+)`", prose(text))


def is_file(span: str) -> bool:
    path = re.split(r"::| ", span)[0]
    return (
        not path.startswith("/")
        and "://" not in path
        and path.endswith((*FILE_ENDS, "/run", "/test", "/bench"))
    )


def has_file(span: str) -> bool:
    found = FILE.fullmatch(span)
    assert found, span
    path, defined = found.groups()
    if path.startswith(MADE):
        return True
    if defined is None:
        return any(ROOT.glob(path.rstrip("/")))
    return re.search(rf"\b{defined}\b\s*[(=]", (ROOT / path).read_text()) is not None


def has_name(span: str) -> bool:
    """Whether a name is there below `recovery_net`, or is a table's column."""
    parts = span.split(".")
    table = Base.metadata.tables.get(parts[0])
    if table is not None and parts[1] in table.columns:
        return True
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(["recovery_net", *parts[:cut]]))
        except ModuleNotFoundError:
            continue
        return _has_attribute(found, parts[cut:])
    return False


def _has_attribute(found: object, names: list[str]) -> bool:
    for name in names:
        if not hasattr(found, name):
            return name in getattr(found, "__annotations__", {})  # a field without a default
        found = getattr(found, name)
    return True


def has_address(app: Flask, span: str) -> bool:
    match = ADDRESS.fullmatch(span)
    assert match, span
    method, path = match.groups()
    try:
        app.url_map.bind("127.0.0.1").match(path, method or "GET")
    except MethodNotAllowed:
        return method is None
    except NotFound:
        return False
    return True


@pytest.mark.parametrize("page", CHECKED)
def test_every_file_that_is_named_is_there(page: str) -> None:
    assert [span for span in spans(DOCS[page]) if is_file(span) and not has_file(span)] == []


@pytest.mark.parametrize("page", CHECKED)
def test_every_function_that_is_named_is_there(page: str) -> None:
    named = [span for span in spans(DOCS[page]) if NAME.fullmatch(span) and not is_file(span)]
    assert [span for span in named if not has_name(span)] == []


@pytest.mark.parametrize("page", CHECKED)
def test_every_address_and_event_that_is_named_is_answered(app: Flask, page: str) -> None:
    addresses = [span for span in spans(DOCS[page]) if ADDRESS.fullmatch(span)]
    assert [span for span in addresses if not has_address(app, span)] == []
    code = "\n".join(path.read_text() for path in ROOT.glob("recovery_net/**/*.py"))
    events = [span for span in spans(DOCS[page]) if EVENT.fullmatch(span)]
    assert [span for span in events if f'"{span}"' not in code] == []


class Asked(dict[str, str]):
    """An environment that remembers what it was asked for."""

    names: set[str]

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.names.add(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return super().__contains__(name)


def settings_asked_for(folder: Path) -> set[str]:
    environment = Asked(RECOVERY_NET_DATA=str(folder))
    environment.names = set()
    Settings.from_environment(environment)
    return environment.names


def test_settings_are_documented_and_no_others(tmp_path: Path) -> None:
    asked = settings_asked_for(tmp_path)
    chapter = DOCS["docs/operations.md"].partition("\n## Settings\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", chapter, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == asked
    for page in CHECKED:
        assert set(re.findall(r"RECOVERY_NET_[A-Z_]+\b", DOCS[page])) <= asked | OURS, page


def commands() -> Iterator[tuple[str, click.Command]]:
    for group in COMMANDS:
        for name, command in group.commands.items():
            yield f"{group.name} {name}", command


def test_every_command_is_documented_with_its_options() -> None:
    chapter = DOCS["docs/operations.md"].partition("\n## Commands\n")[2].partition("\n## ")[0]
    rows = {row.split("`")[1]: row for row in chapter.split("\n") if row.startswith("| `")}
    for name, command in commands():
        row = next((text for usage, text in rows.items() if f"{usage} ".startswith(f"{name} ")), "")
        assert row, name
        for option in command.params:
            if isinstance(option, click.Option):
                assert f"{option.opts[0]}" in row, f"{name} {option.opts[0]}"
    known = [name for name, _command in commands()]
    assert [usage for usage in rows if not any(f"{usage} ".startswith(f"{name} ") for name in known)] == []


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", DOCS)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(DOCS[page])):
        if target.startswith("https://"):
            continue
        path, _hash, anchor = target.partition("#")
        found = (ROOT / page).parent / path if path else ROOT / page
        assert found.exists(), f"{page} links to {target}"
        if anchor:
            assert anchor in anchors(found.read_text()), f"{page} links to {target}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen, waiting = set(), ["README.md"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        for target in re.findall(r"\]\(([^)#\s]+\.md)", DOCS[page]):
            linked = os.path.relpath((ROOT / page).parent / target, ROOT)
            waiting += [linked] if linked in DOCS and linked not in seen else []
    assert DOCS.keys() - seen == set()


def test_every_threat_has_a_row_with_its_test_or_says_that_it_is_not_built() -> None:
    rows = re.findall(r"^\| (\d+) \|(.+)\|$", DOCS["docs/threat-model.md"], re.MULTILINE)
    assert [int(number) for number, _row in rows] == list(range(1, 33))
    assert [number for number, row in rows if "::test_" not in row and "Not built yet" not in row] == []


def test_the_data_inventory_is_that_of_the_models() -> None:
    if os.environ.get("RECOVERY_NET_WRITE_DOCS"):
        INVENTORY.write_text(inventory())
    assert INVENTORY.read_text() == inventory()


def inventory() -> str:
    """Every table and column, as the models say it."""
    classes = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}
    head = INVENTORY.read_text().partition("\n## ")[0] if INVENTORY.exists() else "# Data inventory\n"
    return head + "".join(
        f"\n## {table.name}\n\n{_first_line(classes[table.name])}\n\n"
        "| column | holds | |\n|---|---|---|\n" + "".join(_row(column) for column in table.columns)
        for table in sorted(Base.metadata.tables.values(), key=lambda table: table.name)
    )


def _first_line(model: type) -> str:
    return (model.__doc__ or "").strip().split("\n")[0]


def _row(column: Column[object]) -> str:
    said = []
    for key in column.foreign_keys:
        goes = {"CASCADE": "goes with it", "SET NULL": "is emptied with it"}[str(key.ondelete)]
        said.append(f"refers to {key.target_fullname}, {goes}")
    if column.nullable:
        said.append("may be empty")
    return f"| {column.name} | {column.info['holds']} | {'; '.join(said)} |\n"
