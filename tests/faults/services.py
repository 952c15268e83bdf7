"""A PostgreSQL and a Valkey that can be stopped, killed, frozen and started again on what they left behind."""

import asyncio
import contextlib
import ctypes
import dataclasses
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import redis

from tools.services.postgres import DURABLE, fresh_postgres
from tools.services.service import Service, as_user
from tools.services.valkey import valkey

READY = 30.0  # seconds
_LIBC = ctypes.CDLL(None)


def dies_with_us() -> None:
    """In a child before it begins: when the storm is killed, so is everything that it started (Linux)."""
    if sys.platform == "linux":
        _LIBC.prctl(1, signal.SIGKILL)


def limit(pid: int, size: int) -> None:
    """A full disk, as far as a process can tell: no file of it grows past `size` (-1: no limit). Needs no root."""
    with contextlib.suppress(ProcessLookupError):
        hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if size < 0 else size, hard))


def family(pid: int) -> list[int]:
    """A process and its children, from /proc."""
    children = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(entry.read_text().rpartition(")")[2].split()[1]) == pid:
                children.append(int(entry.parent.name))
    return [pid, *children]


class Tended:
    """A service that is ours to hurt."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.url = service.url
        self._process: subprocess.Popen[bytes] | None = None
        self.lock = asyncio.Lock()  # one fault at a time

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start and wait until it answers; again when the rests of a killed one stand in the way."""
        deadline = time.monotonic() + READY
        while True:
            if self._process is None or self._process.poll() is not None:
                self._process = self._begin()
            if await asyncio.to_thread(self._service.answers):
                return
            if time.monotonic() > deadline:
                said = self._service.log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self._service.name} did not start; it said: {said}")
            await asyncio.sleep(0.03)

    def _begin(self) -> "subprocess.Popen[bytes]":
        with self._service.log.open("ab") as log:
            return subprocess.Popen(
                self._service.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._service.cwd or self._service.folder,
                preexec_fn=dies_with_us,  # noqa: PLW1509 - between fork and exec nothing of ours is called
                **as_user(self._service.user),
            )

    async def end(self, number: int) -> None:
        """Send a signal and wait until it is gone."""
        assert self._process is not None
        self._process.send_signal(number)
        await asyncio.to_thread(self._process.wait)

    def freeze(self) -> None:
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: int) -> None:
        for pid in family(self.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    async def room_on_disk(self, size: int) -> None:
        """See `limit`. Only its own user may say so, root or not."""
        for pid in family(self.pid):
            await asyncio.to_thread(
                subprocess.run,
                ["true"],
                preexec_fn=lambda pid=pid: limit(pid, size),
                check=False,
                **as_user(self._service.user),
            )

    def remove(self) -> None:
        """Leave no trace."""
        if self._process is not None and self._process.poll() is None:
            self._send(signal.SIGKILL)
            self._process.wait()
        shutil.rmtree(self._service.folder, ignore_errors=True)


class Postgres(Tended):
    """Durable, unlike the server of the other tests: what is lost here was not promised."""

    def __init__(self) -> None:
        fast = fresh_postgres()
        settings = (*DURABLE, "max_connections=200")  # the last word counts
        more = tuple(part for setting in settings for part in ("-c", setting))
        super().__init__(dataclasses.replace(fast, command=fast.command + more))


class Valkey(Tended):
    """Started again, it has forgotten everything."""

    def __init__(self) -> None:
        super().__init__(valkey())

    @contextlib.contextmanager
    def client(self) -> Iterator[redis.Redis]:
        with redis.Redis.from_url(self.url, socket_timeout=2) as client:
            yield client
