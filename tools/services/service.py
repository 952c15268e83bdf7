"""What a service is, and a process that holds it and lets go when its starter does, however that ends.

The holder runs as `python service.py ORDER` with a pipe as its standard input. When the pipe's other end closes (the
starter finished, crashed or was killed) the service is stopped and its folder removed. When the service ends by itself,
so does the holder.
"""

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any


@dataclass(frozen=True, slots=True)
class Service:
    """How to start one, where it answers, and how to tell that it does."""

    name: str
    folder: Path  # its own, removed after it
    command: tuple[str, ...]
    url: str
    answers: Callable[[], bool]
    user: str = ""
    cwd: Path | None = None
    leave: signal.Signals = signal.SIGINT  # PostgreSQL's fast shutdown, and a clean end for Valkey
    grace: float = 10  # seconds from there to SIGKILL

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def hold(self, *files: int) -> "subprocess.Popen[bytes]":
        """Start the process that starts it; closing its standard input stops both. It keeps these files open."""
        command = [sys.executable, "-I", __file__, json.dumps(self._order())]
        return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, pass_fds=files)

    def _order(self) -> dict[str, Any]:
        return {
            "folder": str(self.folder),
            "command": self.command,
            "cwd": str(self.cwd or self.folder),
            "user": self.user,
            "leave": self.leave,
            "grace": self.grace,
        }


@contextlib.contextmanager
def held(service: Service) -> Iterator["subprocess.Popen[bytes]"]:
    """Keep the service running inside the block; its output goes to `folder/log`."""
    with service.hold() as process:
        yield process
    shutil.rmtree(service.folder, ignore_errors=True)


def as_user(name: str) -> dict[str, Any]:
    """How `subprocess` is told to run something as that user and nothing more; nothing for ourselves."""
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []} if name else {}


def hold(order: dict[str, Any]) -> int:
    """Be the holder."""
    folder = Path(order["folder"])
    with (folder / "log").open("ab") as log:
        service = subprocess.Popen(
            order["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=order["cwd"],
            start_new_session=True,
            **as_user(order["user"]),
        )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # only the pipe ends us
    released = Event()
    Thread(target=_stop_when_released, args=(service, order, released), daemon=True).start()
    code = service.wait()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(service.pid, signal.SIGKILL)  # children that it left behind
    if released.is_set():
        shutil.rmtree(folder, ignore_errors=True)
    return code


def _stop_when_released(service: "subprocess.Popen[bytes]", order: dict[str, Any], released: Event) -> None:
    while os.read(sys.stdin.fileno(), 64):
        pass
    released.set()
    service.send_signal(order["leave"])
    time.sleep(order["grace"])
    service.kill()


if __name__ == "__main__":
    sys.exit(hold(json.loads(sys.argv[1])))
