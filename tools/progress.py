"""Short calm lines about what is being done, and one sentence when it cannot be."""

import subprocess
import sys
import time
from pathlib import Path
from typing import IO

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class SetupError(Exception):
    """One sentence: what is wrong and how to mend it."""


def say(line: str) -> None:
    print(line, flush=True)


def follow(title: str, command: list[str], log: Path, *, cwd: Path) -> int:
    """Run a command quietly, its output going to `log`; show a title and, on a terminal, that time passes."""
    with log.open("wb") as output:
        process = _start(command, output, cwd)
        try:
            return _wait(title, process) if sys.stdout.isatty() else _wait_quietly(title, process)
        except BaseException:
            process.terminate()
            process.wait()
            raise


def _start(command: list[str], output: IO[bytes], cwd: Path) -> "subprocess.Popen[bytes]":
    # The lock of the set-up is inherited: a command that outlives us still keeps the next set-up waiting.
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=cwd, close_fds=False
    )


def _wait_quietly(title: str, process: "subprocess.Popen[bytes]") -> int:
    say(title)
    return process.wait()


def _wait(title: str, process: "subprocess.Popen[bytes]") -> int:
    started = time.monotonic()
    while True:
        seconds = time.monotonic() - started
        try:
            code = process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            print(
                f"\r\033[K{FRAMES[int(seconds * 10) % len(FRAMES)]} {title} {seconds:.0f} s",
                end="",
                flush=True,
            )
        else:
            say(f"\r\033[K{title}: {seconds:.0f} s")
            return code
