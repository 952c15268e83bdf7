"""A process that holds a service and lets go when the tests do, however they end.

Run as `python tether.py FOLDER USER COMMAND…` with a pipe as its standard input. When the pipe's other end
closes (the tests finished, crashed or were killed) the service is stopped and FOLDER removed.
"""

import contextlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

GRACE_SECONDS = 10


@contextlib.contextmanager
def tethered(
    folder: Path, command: Sequence[str | Path], *, user: str = ""
) -> Iterator["subprocess.Popen[bytes]"]:
    """Keep `command` running inside the block; its output goes to `folder/log`."""
    holder = [sys.executable, "-I", __file__, str(folder), user, *map(str, command)]
    with subprocess.Popen(holder, stdin=subprocess.PIPE, start_new_session=True) as process:
        yield process


def hold(folder: Path, user: str, command: Sequence[str]) -> None:
    try:
        with (folder / "log").open("ab") as log:
            service = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, user=user or None
            )
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # only the pipe ends us
        sys.stdin.buffer.read()
        _stop(service)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _stop(service: "subprocess.Popen[bytes]") -> None:
    service.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown, and a clean end for Valkey
    try:
        service.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        service.kill()
        service.wait()


if __name__ == "__main__":
    hold(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
