"""A real Chromium: `$CHROMIUM`, then the PATH, then the one that npm's @sparticuz/chromium brings."""

import fcntl
import io
import json
import os
import platform
import shutil
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import brotli

from tools.services.places import Unavailable

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "node_modules" / "@sparticuz" / "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""

QUIET = (
    "--headless=shell",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--font-render-hinting=none",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE *.localhost",
)


@dataclass(frozen=True)
class Chromium:
    """A browser that Playwright can launch."""

    path: Path
    args: tuple[str, ...] = QUIET
    env: dict[str, str | float | bool] = field(default_factory=lambda: dict(os.environ))


def find_chromium() -> Chromium:
    if named := os.environ.get("CHROMIUM"):
        if not shutil.which(named):
            raise Unavailable(f"CHROMIUM is {named}, which is not a program")
        return Chromium(Path(named))
    if found := next(filter(None, map(shutil.which, NAMES)), None):
        return Chromium(Path(found))
    return _packaged()


def _packaged() -> Chromium:
    """The packaged browser and the few libraries and fonts that a bare machine lacks."""
    if not (PACKAGE / "bin" / "chromium.br").exists():
        raise Unavailable("there is none here: start the tests with ./test, which fetches one")
    if platform.system() != "Linux" or platform.machine() not in ("x86_64", "AMD64"):
        raise Unavailable("the packaged one is for Linux on x86-64: install Chromium or name one in CHROMIUM")
    folder = ROOT / ".cache" / "chromium" / json.loads((PACKAGE / "package.json").read_text())["version"]
    _unpack_once(folder)
    libraries = os.pathsep.join(filter(None, (str(folder / "lib"), os.environ.get("LD_LIBRARY_PATH"))))
    fonts = {"FONTCONFIG_PATH": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    return Chromium(folder / "chromium", env={**os.environ, **fonts, "LD_LIBRARY_PATH": libraries})


def _unpack_once(folder: Path) -> None:
    """Several test runs may come here at once; an unpacking that was killed is begun anew."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return
        fresh = folder.with_name(f"{folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        _unpack(PACKAGE / "bin", fresh)
        fresh.rename(folder)


def _unpack(source: Path, target: Path) -> None:
    for archive in sorted(source.glob("*.tar.br")):
        with tarfile.open(fileobj=io.BytesIO(brotli.decompress(archive.read_bytes()))) as files:
            for member in filter(tarfile.TarInfo.isfile, files):
                _write(target / member.name, files.extractfile(member))
    (target / "fonts.conf").write_text(FONTS)
    program = target / "chromium"
    program.write_bytes(brotli.decompress((source / "chromium.br").read_bytes()))
    program.chmod(0o755)


def _write(path: Path, content: IO[bytes] | None) -> None:
    assert content is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.read())
