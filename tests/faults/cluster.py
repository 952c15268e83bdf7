"""The whole program as it runs for many: workers on one database, and members in front of proxies."""

import asyncio
import os
import re
import secrets
import shutil
import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from tests.faults.book import Book
from tests.faults.member import Device, Member
from tests.faults.official import OfficialLine
from tests.faults.proxy import Link
from tests.faults.services import Postgres, Valkey
from tests.faults.worker import Worker
from tests.person import Person
from tools.services.places import new_folder
from tools.services.postgres import new_database

ORIGIN = "http://127.0.0.1:5999"  # where the members' pages come from; only a name here


@dataclass(frozen=True, slots=True)
class Shape:
    """What runs, and for how many."""

    database: str = "postgresql"  # or sqlite
    workers: int = 2
    valkey: bool = True
    engine: str = "fast"
    members: int = 10
    listeners: int = 3  # of the members: they only listen
    officials: int = 1  # of the members: they come with the official client
    rooms: int = 4  # the last one is private, for every second member

    @property
    def name(self) -> str:
        beside = " and Valkey" if self.valkey else ""
        return f"{self.workers} workers on {self.database}{beside}, {self.engine} engine"


@dataclass(frozen=True, slots=True)
class Row:
    """An event as the database has it."""

    seq: int
    id: str
    cid: str | None


class Cluster:
    """Start it with `async with`; whatever was started is gone afterwards."""

    def __init__(self, shape: Shape, seed: int, book: Book) -> None:
        self.shape, self.book = shape, book
        self.rng = Random(f"{seed}/proxies")
        self.seed = seed
        self.folder = new_folder("storm")
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None
        self.workers: list[Worker] = []
        self.members: list[Member] = []
        self.links: list[Link] = []
        self.rooms: list[str] = []
        self.observers: dict[str, Person] = {}  # by room: somebody who may read it

    async def __aenter__(self) -> "Cluster":
        try:
            await self._start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_why: object) -> None:
        await asyncio.gather(*(member.stop() for member in self.members))
        await asyncio.gather(*(link.close() for link in self.links))
        for worker in self.workers:
            if worker.is_running():
                await worker.kill()
        for service in (self.postgres, self.valkey):
            if service is not None:
                service.remove()
        if not self.book.wrong:
            shutil.rmtree(self.folder, ignore_errors=True)

    async def _start(self) -> None:
        environment = await self._services()
        self.workers = [
            Worker(number, environment, self.folder, self.book) for number in range(self.shape.workers)
        ]
        await self.workers[0].start()  # brings the tables
        others = asyncio.gather(*(worker.start() for worker in self.workers[1:]))
        people = await asyncio.to_thread(self._people)
        await others
        for number, (device, rooms) in enumerate(people):
            link = await Link(self.ports).open()
            member = Member(device, link, rooms, self.book, Random(f"{self.seed}/{device.pseudonym}"), ORIGIN)
            if number < self.shape.officials:
                member.line_kind = OfficialLine
            self.links.append(link)
            self.members.append(member)
            member.start()

    async def _services(self) -> dict[str, str]:
        data = self.folder / "data"
        kept = {"PATH", "HOME", "LANG", "TMPDIR"}
        environment = {name: value for name, value in os.environ.items() if name in kept}
        environment |= {
            "RECOVERY_NET_DATA": str(data),
            "LIMITS": "off",
            "ENGINE": self.shape.engine,
            "PUBLIC_URL": ORIGIN,
        }
        self.database = str(data / "recovery-net.sqlite3")
        if self.shape.database == "postgresql":
            self.postgres = Postgres()
            await self.postgres.start()
            environment["DATABASE_URL"] = self.database = new_database(self.postgres.url)
        if self.shape.valkey:
            self.valkey = Valkey()
            await self.valkey.start()
            environment["REDIS_URL"] = self.valkey.url
        return environment

    def _people(self) -> list[tuple[Device, list[str]]]:
        """Rooms and people, made through the pages."""
        url = f"http://127.0.0.1:{self.workers[0].port}"
        link = re.findall(r"(/set-up/[\w-]+)", "\n".join(self.workers[0].lines))[-1]
        keeper = Person(url).set_up(link)
        names = [f"Room {number} {secrets.token_hex(2)}" for number in range(self.shape.rooms)]
        self.rooms = [keeper.open_room(name) for name in names[:-1]]
        private = keeper.open_room(names[-1], "private")
        self.observers = dict.fromkeys(self.rooms, keeper)
        people: list[tuple[Device, list[str]]] = []
        for number in range(self.shape.members):
            person = Person(url).join(name := f"person-{number}")
            rooms = list(self.rooms)
            if number % 2:
                keeper.post(f"/rooms/{private}/invitations", page=f"/rooms/{private}/about", pseudonym=name)
                person.post(f"/rooms/{private}/join", page=f"/rooms/{private}/about")
                rooms.append(private)
                self.observers[private] = person
            people.append((Device(name, person.cookie, person.csrf("/account")), rooms))
        self.rooms.append(private)
        return people

    def speakers(self) -> list[Member]:
        """The members who also talk."""
        return self.members[: len(self.members) - self.shape.listeners]

    def ports(self) -> Sequence[int]:
        """The workers in some order: the proxies try them one after another."""
        ports = [worker.port for worker in self.workers]
        self.rng.shuffle(ports)
        return ports

    async def describe(self) -> list[str]:
        """For a storm that never gets quiet: what the workers say of themselves, and what the database does."""
        states = [await asyncio.to_thread(worker.describe) for worker in self.workers]
        if self.postgres is not None:
            question = (
                "SELECT state, wait_event, query FROM pg_stat_activity WHERE backend_type = 'client backend'"
            )
            states += [str(row) for row in await asyncio.to_thread(self._ask, question)]
        return states

    # --- what is true: the database, read past the program

    async def rows(self, room: str, after: int = 0) -> list[Row]:
        """A room's log."""
        return await asyncio.to_thread(self._rows, room, after)

    async def heads(self) -> dict[str, int]:
        """How far each room has come."""
        found = await asyncio.to_thread(self._ask, "SELECT slug, head_seq FROM rooms")
        return {slug: head for slug, head in found if slug in self.rooms}

    def _rows(self, room: str, after: int) -> list[Row]:
        found = self._ask(
            "SELECT seq, e.id, cid FROM room_events e JOIN rooms r ON r.id = e.room_id "
            "WHERE slug = ? AND seq > ? ORDER BY seq",
            room,
            after,
        )
        return [Row(seq, _uuid(key), None if cid is None else _uuid(cid)) for seq, key, cid in found]

    def _ask(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        if self.postgres is None:
            connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
            try:
                return connection.execute(question, values).fetchall()
            finally:
                connection.close()
        with psycopg.connect(self.database) as asking:
            return asking.execute(question.replace("?", "%s"), values).fetchall()

    async def read(self, room: str, after: int) -> list[dict[str, Any]]:
        """A room's log as the program gives it to somebody who may read it."""
        return await asyncio.to_thread(self._read, room, after)

    def _read(self, room: str, after: int) -> list[dict[str, Any]]:
        person, events = self.observers[room], []
        while True:
            answer = person.web.get(
                f"http://127.0.0.1:{self.workers[0].port}/api/v1/rooms/{room}/events",
                params={"after": after},
                timeout=10,
            )
            answer.raise_for_status()
            page = answer.json()
            events += page["events"]
            if not page["more"]:
                return events
            after = events[-1]["seq"]


def _uuid(value: Any) -> str:
    return str(value if isinstance(value, uuid.UUID) else uuid.UUID(str(value)))


def data_folder(cluster: Cluster) -> Path:
    """Where SQLite's file is."""
    return Path(cluster.database).parent
