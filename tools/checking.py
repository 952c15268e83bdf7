"""./test: set up with the test tools, check style, types, layers and sizes, then run the suite."""

import os
import subprocess
import sys
from collections.abc import Iterator

from tools.command import ending_well
from tools.installation import Installation
from tools.progress import say

LAYERS = "from importlinter.cli import lint_imports_command as lint; lint()"


def main() -> None:
    """Arguments go to pytest, and then only pytest runs."""
    arguments = sys.argv[1:]
    installation = Installation()
    os.chdir(installation.root)
    with ending_well("test"):
        installation.prepare(tests=True)
        failed = [] if arguments else check(installation)
        code = subprocess.run([installation.python, "-m", "pytest", *arguments], check=False).returncode
    sys.exit(code or bool(failed))


def check(installation: Installation) -> list[str]:
    """The names of the checks that failed, whose output is printed; they run side by side."""
    started = [(name, _start(command)) for name, command in _checks(installation)]
    failed = [name for name, process in started if not _passed(name, process)]
    passed = [name for name, _ in started if name not in failed]
    say(f"Passed: {', '.join(passed)}.")
    if failed:
        say(f"FAILED: {', '.join(failed)}. The tests follow.")
    return failed


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
