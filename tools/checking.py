"""./test: set up with the test tools, check style, types, layers and sizes, and beside it run the suite."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

from tools.command import ending_well
from tools.installation import Installation
from tools.progress import say

LAYERS = "from importlinter.cli import lint_imports_command as lint; lint()"
# Each core runs tests, with services, servers and a browser of its own; who is done takes over from the others.
EVERY_CORE = ["--numprocesses", "auto", "--maxprocesses", "4", "--dist", "worksteal"]


def main() -> None:
    """Arguments go to pytest, and then only pytest runs, in one process."""
    arguments = sys.argv[1:]
    installation = Installation()
    os.chdir(installation.root)
    pytest = [str(installation.python), "-m", "pytest"]
    with ending_well("test"):
        installation.prepare(tests=True)
        code = _attend([*pytest, *arguments]) if arguments else everything(installation, pytest)
    sys.exit(code)


def everything(installation: Installation, pytest: list[str]) -> int:
    """The checks and the whole suite side by side; what the checks say is printed last."""
    started = [(name, _start(command)) for name, command in _checks(installation)]
    try:
        code = _attend([*pytest, *EVERY_CORE])
        failed = [name for name, process in started if not _passed(name, process)]
    finally:
        for _, process in started:
            process.kill()
    passed = [name for name, _ in started if name not in failed]
    say(f"Passed: {', '.join(passed)}.")
    if failed:
        say(f"FAILED: {', '.join(failed)}.")
    return code or bool(failed)


def _attend(command: list[str]) -> int:
    """Run it; when we are stopped, it takes down what it has started, and only then do we go."""
    process = subprocess.Popen(command)
    try:
        return process.wait()
    except BaseException as reason:
        if not isinstance(reason, KeyboardInterrupt):  # Ctrl-C has reached it as well
            process.send_signal(signal.SIGINT)
        process.wait()
        raise


def _checks(installation: Installation) -> Iterator[tuple[str, list[str]]]:
    python = str(installation.python)
    yield "types", [python, "-m", "mypy"]
    yield "style", [python, "-m", "ruff", "check", "--quiet"]
    yield "format", [python, "-m", "ruff", "format", "--check", "--quiet"]
    yield "layers", [python, "-c", LAYERS, "--no-logo", "--cache-dir", ".cache/imports"]
    yield "sizes", [python, "-m", "tools.sizes"]
    if scripts := sorted(map(str, installation.root.glob("tests/js/**/*.test.*js"))):
        tsc = str(installation.node_modules / "typescript" / "bin" / "tsc")
        yield "browser types", [installation.node(), tsc, "-b", "tsconfig.json", "tests/js/tsconfig.json"]
        yield "browser modules", [installation.node(), "--test", *scripts]


def _start(command: list[str]) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=subprocess.STDOUT, text=True
    )


def _passed(name: str, process: "subprocess.Popen[str]") -> bool:
    output, _ = process.communicate()
    if process.returncode:
        say(f"--- {name}\n{output.rstrip()}\n")
    return process.returncode == 0
