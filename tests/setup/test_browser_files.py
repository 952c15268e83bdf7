"""What the browser gets from packages is there, whole, and asks for nothing more."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tools import browser_files
from tools.installation import ROOT
from tools.progress import SetupError

VENDOR = ROOT / "static" / "vendor"
SVG = "{http://www.w3.org/2000/svg}"


def test_the_sprite_has_each_icon_that_is_asked_for() -> None:
    asked = json.loads((ROOT / "package.json").read_text())["recoveryNet"]["icons"]
    symbols = ET.parse(VENDOR / "icons.svg").getroot().findall(f"{SVG}symbol")

    assert [symbol.get("id") for symbol in symbols] == asked == sorted(set(asked))
    assert all(len(symbol) and symbol.get("viewBox") == "0 0 24 24" for symbol in symbols)


def test_each_icon_that_a_page_uses_is_asked_for() -> None:
    asked = json.loads((ROOT / "package.json").read_text())["recoveryNet"]["icons"]
    pages = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static" / "js").rglob("*.js")]
    used = re.compile(r"""\bicon(?:_name=|\()["']([a-z0-9-]+)["']|icons\.svg#([a-z0-9-]+)""")

    missing = {
        f"{page.relative_to(ROOT)}: {call or address}"
        for page in pages
        for call, address in used.findall(page.read_text())
        if (call or address) not in asked
    }

    assert not missing, "add them to package.json, recoveryNet.icons"


def test_the_fonts_are_fonts() -> None:
    for name in browser_files.FONTS:
        assert (VENDOR / "fonts" / name).read_bytes().startswith(b"wOF2"), name


def test_the_socket_client_is_a_module_without_a_map() -> None:
    script = (VENDOR / "socket.io.esm.min.js").read_text()

    assert re.search(r"export\{.*\bas io\b", script)
    assert "sourceMappingURL" not in script


def test_each_library_brings_its_licence() -> None:
    libraries = json.loads((ROOT / "package.json").read_text())["dependencies"]
    licences = {path.stem for path in (VENDOR / "licenses").iterdir()}

    assert {name.replace("/", "-") for name in libraries} <= licences


def test_an_icon_that_lucide_lacks_is_named(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"recoveryNet": {"icons": ["unicorn-of-hope"]}}')

    with pytest.raises(SetupError, match="“unicorn-of-hope”"):
        browser_files.sprite(tmp_path)


def test_only_what_changes_the_result_changes_the_digest(tmp_path: Path) -> None:
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "package.json").write_text('{"recoveryNet": {"icons": ["sun"]}}')
    before = browser_files.digest(tmp_path)

    (tmp_path / "README.md").write_text("new")
    assert browser_files.digest(tmp_path) == before

    (tmp_path / "package.json").write_text('{"recoveryNet": {"icons": ["sun", "moon"]}}')
    assert browser_files.digest(tmp_path) != before
