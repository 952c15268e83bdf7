"""Processes that are started again when they end, with longer and longer pauses."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from tools.progress import SetupError
from tools.services.service import Service

STEADY = 10.0  # seconds after which an end is a new misfortune and no longer the old one
LONGEST_PAUSE = 5.0
MOST_TRIES = 5  # of a process that never gets ready


class Running(Protocol):
    """A process that was started."""

    process: "subprocess.Popen[bytes]"

    def is_ready(self) -> bool: ...
    def ask_to_leave(self) -> None: ...
    def end(self) -> None:
        """At once, with everything that belongs to it."""

    def forget(self) -> None:
        """It has ended by itself."""


class Watched:
    """One of them. `look` is called again and again."""

    def __init__(self, name: str, start: Callable[[], Running]) -> None:
        self.name = name
        self._start = start
        self._running: Running | None = None
        self._begun = self._due = 0.0
        self._ends = self._failures = 0
        self.is_ready = False

    @property
    def pid(self) -> int | None:
        return None if self._running is None else self._running.process.pid

    def look(self) -> None:
        """Start it when it is due; notice that it is ready, or gone."""
        now = time.monotonic()
        if self._running is None:
            if now >= self._due:
                self._running, self._begun = self._start(), now
            return
        if self._running.process.poll() is not None:
            self._note_end(now)
        elif not self.is_ready and self._running.is_ready():
            self.is_ready, self._failures = True, 0

    def _note_end(self, now: float) -> None:
        assert self._running is not None
        code = self._running.process.returncode
        self._running.forget()
        self._running = None
        if not self.is_ready:
            self._failures += 1
            if self._failures >= MOST_TRIES:
                raise SetupError(
                    f"{self.name} cannot be started: it ended {MOST_TRIES} times with code {code}."
                )
        self._ends = 1 if now - self._begun > STEADY else self._ends + 1
        self._due = now + (0 if self._ends == 1 else min(LONGEST_PAUSE, 0.1 * 2**self._ends))
        self.is_ready = False

    def ask_to_leave(self) -> None:
        """Once; it is not started again."""
        self._due = float("inf")
        if self._running is not None:
            self._running.ask_to_leave()

    def has_left(self) -> bool:
        return self._running is None or self._running.process.poll() is not None

    def end(self) -> None:
        """At once, when it is still there."""
        self._due = float("inf")
        if self._running is not None:
            self._running.end()
            self._running = None


class Process:
    """One of ours, on a line: it says on it that it is ready, and leaves when the other end is gone."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], files: Sequence[int] = ()
    ) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                command,
                env={**environment, "RECOVERY_NET_TETHER": str(theirs.fileno())},
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), *files),
                start_new_session=True,  # Ctrl-C is ours to pass on
            )
        self._line.setblocking(False)

    def is_ready(self) -> bool:
        try:
            return bool(self._line.recv(64))
        except OSError:
            return False

    def ask_to_leave(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.forget()

    def forget(self) -> None:
        self._line.close()


class Held:
    """A service, through the process that holds it."""

    def __init__(self, service: Service, files: Sequence[int] = ()) -> None:
        self._service = service
        self.process = service.hold(*files)

    def is_ready(self) -> bool:
        return self._service.answers()

    def ask_to_leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def end(self) -> None:
        self.ask_to_leave()
        self.process.wait()  # its own patience ends

    def forget(self) -> None:
        self.ask_to_leave()
