"""What is pinned is pinned whole, and names no registry."""

import json
import re
from pathlib import Path

import pytest

from tools.installation import ROOT
from tools.locks import LOCKS, forget_addresses

PYTHON_LOCKS = [f"{name}.txt" for name in LOCKS]


def packages() -> dict[str, dict[str, object]]:
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    return {name: package for name, package in locked.items() if name}


@pytest.mark.parametrize("lock", PYTHON_LOCKS)
def test_each_python_package_has_a_version_and_hashes(lock: str) -> None:
    entries = (ROOT / lock).read_text().replace("\\\n", "").splitlines()

    assert entries
    for entry in entries:
        assert re.match(r"^[a-z0-9-]+(\[\w+\])?==\S+ .*--hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("name", LOCKS)
def test_what_is_asked_for_is_locked(name: str) -> None:
    asked = re.findall(r"^([a-z][a-z0-9-]*)", (ROOT / f"{name}.in").read_text(), re.MULTILINE)
    locked = re.findall(r"^([a-z0-9-]+)", (ROOT / f"{name}.txt").read_text(), re.MULTILINE)

    assert asked
    assert set(asked) <= set(locked)


def test_each_node_package_has_a_hash() -> None:
    for name, package in packages().items():
        assert str(package["integrity"]).startswith("sha512-"), name
        assert "resolved" not in package, name


@pytest.mark.parametrize("lock", [*PYTHON_LOCKS, "package.json", "package-lock.json", ".npmrc"])
def test_no_lock_names_an_address(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text()


def test_addresses_that_npm_writes_are_taken_out(tmp_path: Path) -> None:
    lock = tmp_path / "package-lock.json"
    lock.write_text(
        '{"packages": {"node_modules/a": {"version": "1.0.0", "funding": {"url": "https://a.test"}}}}'
    )

    forget_addresses(lock)

    assert json.loads(lock.read_text()) == {"packages": {"node_modules/a": {"version": "1.0.0"}}}
