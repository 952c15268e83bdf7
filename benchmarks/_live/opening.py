"""Opening a room and catching up with 200 events, in a log of millions and in one of thousands."""

import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import orjson
import websocket

from benchmarks._live import machine
from benchmarks._live.bench import Bench, say
from benchmarks._live.filling import SLUG
from benchmarks._live.load import Told
from benchmarks._live.machine import WORK, Failed
from benchmarks._live.product import Postgres, Server, environment_of, run_module

PAGE = 200


@dataclass
class Logged:
    """An instance with one room whose log has so many events; kept for the next time."""

    events: int
    postgres: Postgres | None

    @property
    def name(self) -> str:
        return f"log_{'postgres' if self.postgres else 'sqlite'}_{self.events}"

    def made(self) -> tuple[str, str | None]:
        """Its cookie and its database's address."""
        url = self.postgres.database(self.name) if self.postgres else None
        file = self.folder / "cookie"
        if not file.exists() or (self.postgres and not self.postgres.has(self.name)):
            say(f"  filling a log with {self.events:,} events ({self.name})")
            shutil.rmtree(self.folder, ignore_errors=True)
            if self.postgres:
                self.postgres.make(self.name)
            fresh = WORK / f"{self.name}.cookie"
            run_module("filling", (fresh, self.events), environment_of(self.folder, url))
            fresh.rename(file)
        return file.read_text().strip(), url

    @property
    def folder(self) -> Path:
        return WORK / f"instance-{self.name}"


def opening(bench: Bench) -> None:
    """Both logs are served at once and asked in turn."""
    for database in ("SQLite", "PostgreSQL"):
        postgres = bench.postgres if database == "PostgreSQL" else None
        long, short = Logged(bench.sizes.log, postgres), Logged(bench.sizes.short_log, postgres)
        with _asked(bench, long) as of_long, _asked(bench, short) as of_short:
            asked = {"long": of_long, "short": of_short}
            bench.in_turn(
                f"opening {database}",
                {name: partial(room.measure, bench.sizes.opened) for name, room in asked.items()},
            )


@contextlib.contextmanager
def _asked(bench: Bench, logged: Logged) -> Iterator["Asked"]:
    cookie, url = logged.made()
    with Server(logged.folder, url, "fast", bench.server_core) as server:
        address = f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket"
        origin = f"http://127.0.0.1:{server.port}"
        line = websocket.create_connection(address, cookie=cookie, origin=origin, timeout=30)
        try:
            yield Asked(line, server)
        finally:
            line.close()


class Asked:
    """One member's line to a server."""

    def __init__(self, line: Any, server: Server) -> None:
        self._line, self._server = line, server
        line.recv()
        line.send("40")
        line.recv()

    def measure(self, times: int) -> Told:
        """Median ms of opening the room, and of catching up with 200 events."""
        head = orjson.loads(self._ask("room:join", {"room": SLUG})[3:])[0]["head"]
        begun = machine.cpu_seconds(self._server.pid)
        opened = [self._timed("room:join", {"room": SLUG}) for _ in range(times)]
        between = machine.cpu_seconds(self._server.pid)
        caught_up = [self._timed("room:sync", {"room": SLUG, "after": head - PAGE}) for _ in range(times)]
        end = machine.cpu_seconds(self._server.pid)
        return {
            "head": head,
            "join": median(opened) * 1000,
            "sync": median(caught_up) * 1000,
            "join_cpu": (between - begun) / times * 1000,
            "sync_cpu": (end - between) / times * 1000,
        }

    def _timed(self, event: str, payload: dict[str, Any]) -> float:
        begun = time.perf_counter()
        answer = self._ask(event, payload)
        took = time.perf_counter() - begun
        wanted = PAGE if event == "room:sync" else 50
        if answer.count('"seq":') < wanted:
            raise Failed(f"{event} gave {answer[:200]}")
        return took

    def _ask(self, event: str, payload: dict[str, Any]) -> str:
        self._line.send(f"421{orjson.dumps([event, payload]).decode()}")
        while True:
            answer = str(self._line.recv())
            if answer.startswith("431"):
                return answer
            if answer == "2":
                self._line.send("3")
