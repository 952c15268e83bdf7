"""A worker of the storm: `python wsgi.py` on a port of its own, its log read line by line."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import deque
from pathlib import Path
from typing import IO
from urllib.error import HTTPError

from tests.faults.book import Book
from tests.faults.services import dies_with_us, limit
from tests.live import ROOT, port_of_our_own

# What a database that was taken away is told by; the last one is how PostgreSQL calls a file that may not grow.
AWAY = {"OperationalError", "InterfaceError", "TimeoutError", "DatabaseError", "InternalError"}
# The library's own server says so when somebody leaves amid the handshake.
QUIRKS = {("server", "AssertionError")}
TELLS_OF_AN_OUTAGE = {"database_away", "jobs_paused"}
READY, LEAVING = 90.0, 25.0  # seconds


class Worker:
    """Start, kill, freeze, drain."""

    def __init__(self, number: int, environment: dict[str, str], folder: Path, book: Book) -> None:
        self.name = f"worker {number}"
        # The first one prepares the database and runs the jobs; the others only serve.
        self._arguments = ["--worker"] if number else []
        self.port = port_of_our_own()
        self._environment = environment | {"PORT": str(self.port)}
        self._log = folder / f"worker-{number}.log"
        self._book = book
        self._process: subprocess.Popen[bytes] | None = None
        self.lines: deque[str] = deque(maxlen=60)
        self._unready = ""
        self.lock = asyncio.Lock()  # one fault at a time

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start and wait until it is ready; again when it gives up, as a service manager would."""
        deadline = time.monotonic() + READY
        while not await asyncio.to_thread(self.is_ready):
            if self._process is None or self._process.poll() is not None:
                self._process = self._begin()
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} did not start ({self._unready}):\n" + "\n".join(self.lines))
            await asyncio.sleep(0.05)

    def _begin(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "wsgi.py", *self._arguments],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,  # a pipe: a file would be full when the disk is
            stderr=subprocess.STDOUT,
            preexec_fn=dies_with_us,  # noqa: PLW1509 - between fork and exec nothing of ours is called
        )
        assert process.stdout is not None
        threading.Thread(target=self._listen, args=(process.stdout,), daemon=True).start()
        return process

    def _listen(self, pipe: IO[bytes]) -> None:
        with pipe, self._log.open("a") as log:
            for raw in pipe:
                line = raw.decode(errors="replace").rstrip()
                log.write(f"{time.time():.3f} {line}\n")
                log.flush()
                self.lines.append(line)
                if complaint := complaint_in(line):
                    self._book.blame(f"{self.name} logged: {complaint}")

    def is_ready(self) -> bool:
        """Whether it can serve everything."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError as error:
            self._unready = f"{error!r} {error.read() if isinstance(error, HTTPError) else ''}"
            return False

    def describe(self) -> str:
        """For a storm that never gets quiet."""
        return f"{self.name}: {'ready' if self.is_ready() else self._unready}"

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def kill(self) -> None:
        """kill -9."""
        self.signal(signal.SIGKILL)
        await asyncio.to_thread(self._wait)

    async def drain(self) -> None:
        """SIGTERM, and wait until it has left by itself."""
        self.signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(self._wait, LEAVING)
        except subprocess.TimeoutExpired:
            self._book.blame(f"{self.name} did not leave within {LEAVING} s of SIGTERM")
            await self.kill()

    def _wait(self, seconds: float | None = None) -> None:
        if self._process is not None:
            self._process.wait(seconds)

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def room_on_disk(self, size: int) -> None:
        """No file may grow past so many bytes from here on (-1: as long as it likes)."""
        limit(self.pid, size)


def complaint_in(line: str) -> str | None:
    """What a log line says that it should not, if it does. A database that was taken away may be told."""
    if "Traceback" in line:
        return line
    try:
        told = json.loads(line)
    except ValueError:
        return None
    if not isinstance(told, dict) or told.get("level") != "error":
        return None
    is_outage = told.get("error") in AWAY or told.get("event") in TELLS_OF_AN_OUTAGE
    return None if is_outage or (told.get("event"), told.get("error")) in QUIRKS else line
