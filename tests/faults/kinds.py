"""The faults. Each is drawn from a seeded `Random`, strikes once, and has healed what it broke when it returns."""

import asyncio
import contextlib
import signal
import sqlite3
import time
from abc import ABC, abstractmethod
from random import Random
from typing import ClassVar

import psycopg

from tests.faults.cluster import Cluster, Shape
from tests.faults.proxy import End, Link, Way
from tests.faults.services import Postgres, Valkey
from tests.faults.worker import Worker


class Fault(ABC):
    """One thing that goes wrong. Its parameters are drawn when it is made, so a replay draws the same."""

    name: ClassVar[str]
    share: ClassVar[int] = 2  # how often it is in the deck

    def __init__(self, rng: Random, shape: Shape) -> None:
        self.wait = rng.uniform(0, 0.4)  # seconds into the round
        self.hold = rng.uniform(0.1, 0.9)  # seconds before it heals
        self.draw(rng, shape)

    def draw(self, rng: Random, shape: Shape) -> None:  # noqa: B027 - most have nothing more
        """Choose whatever else there is to choose."""

    @classmethod
    def fits(cls, shape: Shape) -> bool:
        """Whether it can happen here."""
        return True

    async def happen(self, cluster: Cluster) -> None:
        await asyncio.sleep(self.wait)
        await self.strike(cluster)

    @abstractmethod
    async def strike(self, cluster: Cluster) -> None:
        """Break something, wait, heal it."""


# --- workers


class _OfWorker(Fault):
    def draw(self, rng: Random, shape: Shape) -> None:
        self.number = rng.randrange(shape.workers)

    async def strike(self, cluster: Cluster) -> None:
        worker = cluster.workers[self.number]
        async with worker.lock:
            await self.strike_worker(worker)

    async def strike_worker(self, worker: Worker) -> None:
        raise NotImplementedError


class WorkerKilled(_OfWorker):
    name, share = "worker killed (kill -9)", 3

    async def strike_worker(self, worker: Worker) -> None:
        await worker.kill()
        await worker.start()


class WorkerDrained(_OfWorker):
    name = "worker drained (SIGTERM)"

    async def strike_worker(self, worker: Worker) -> None:
        await worker.drain()
        await worker.start()


class WorkerFrozen(_OfWorker):
    name = "worker frozen (SIGSTOP)"

    async def strike_worker(self, worker: Worker) -> None:
        worker.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(self.hold)
        finally:
            worker.signal(signal.SIGCONT)


class AllWorkersKilled(Fault):
    name, share = "all workers killed at once", 1

    @classmethod
    def fits(cls, shape: Shape) -> bool:
        return shape.workers > 1

    async def strike(self, cluster: Cluster) -> None:
        async with contextlib.AsyncExitStack() as stack:
            for worker in cluster.workers:
                await stack.enter_async_context(worker.lock)
            for worker in cluster.workers:
                await worker.kill()
            await asyncio.gather(*(worker.start() for worker in cluster.workers))


# --- Valkey


class _OfValkey(Fault):
    @classmethod
    def fits(cls, shape: Shape) -> bool:
        return shape.valkey

    async def strike(self, cluster: Cluster) -> None:
        assert cluster.valkey is not None
        async with cluster.valkey.lock:
            await self.strike_valkey(cluster.valkey)

    async def strike_valkey(self, valkey: Valkey) -> None:
        raise NotImplementedError


class ValkeyStopped(_OfValkey):
    name, share = "Valkey stopped and started", 3

    def draw(self, rng: Random, shape: Shape) -> None:
        self.number = rng.choice([signal.SIGTERM, signal.SIGKILL])

    async def strike_valkey(self, valkey: Valkey) -> None:
        await valkey.end(self.number)
        await asyncio.sleep(self.hold)
        await valkey.start()


class ValkeyFrozen(_OfValkey):
    name = "Valkey frozen"

    async def strike_valkey(self, valkey: Valkey) -> None:
        valkey.freeze()
        try:
            await asyncio.sleep(self.hold)
        finally:
            valkey.thaw()


class SubscriptionsCut(_OfValkey):
    name, share = "subscriptions cut", 3

    async def strike_valkey(self, valkey: Valkey) -> None:
        for _ in range(3):
            with valkey.client() as client:
                client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            await asyncio.sleep(self.hold / 3)


class ValkeyEmptied(_OfValkey):
    name = "Valkey's lines cut, its keys gone"

    async def strike_valkey(self, valkey: Valkey) -> None:
        with valkey.client() as client:
            client.flushall()
            client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


# --- the database


class _OfPostgres(Fault):
    @classmethod
    def fits(cls, shape: Shape) -> bool:
        return shape.database == "postgresql"

    async def strike(self, cluster: Cluster) -> None:
        assert cluster.postgres is not None
        async with cluster.postgres.lock:
            await self.strike_postgres(cluster.postgres)

    async def strike_postgres(self, postgres: Postgres) -> None:
        raise NotImplementedError


class PostgresRestarted(_OfPostgres):
    name = "PostgreSQL restarted (fast)"

    async def strike_postgres(self, postgres: Postgres) -> None:
        await postgres.end(signal.SIGINT)
        await asyncio.sleep(self.hold / 2)
        await postgres.start()


class PostgresKilled(_OfPostgres):
    name = "PostgreSQL killed (immediate or kill -9)"

    def draw(self, rng: Random, shape: Shape) -> None:
        self.number = rng.choice([signal.SIGQUIT, signal.SIGKILL])

    async def strike_postgres(self, postgres: Postgres) -> None:
        await postgres.end(self.number)
        await postgres.start()


class PostgresFrozen(_OfPostgres):
    name = "PostgreSQL frozen"

    async def strike_postgres(self, postgres: Postgres) -> None:
        postgres.freeze()
        try:
            await asyncio.sleep(self.hold)
        finally:
            postgres.thaw()


class BackendsTerminated(_OfPostgres):
    name, share = "PostgreSQL's backends terminated", 3

    async def strike_postgres(self, postgres: Postgres) -> None:
        for _ in range(3):
            with contextlib.suppress(psycopg.Error):
                await asyncio.to_thread(self._terminate, postgres.url)
            await asyncio.sleep(self.hold / 3)

    def _terminate(self, url: str) -> None:
        with psycopg.connect(url, connect_timeout=2) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )


class PostgresDiskFull(_OfPostgres):
    """The log of PostgreSQL cannot be written: it panics and goes down, as it must."""

    name, share = "PostgreSQL's disk full", 1

    async def strike_postgres(self, postgres: Postgres) -> None:
        await postgres.room_on_disk(0)
        await asyncio.sleep(self.hold)
        await postgres.end(signal.SIGQUIT)  # if it still stands
        await postgres.start()


class _OfSqlite(Fault):
    @classmethod
    def fits(cls, shape: Shape) -> bool:
        return shape.database == "sqlite"


class DiskFull(_OfSqlite):
    name, share = "disk full", 4

    def draw(self, rng: Random, shape: Shape) -> None:
        self.size = rng.choice([0, 4096, 40_000, 200_000, 1_000_000])

    async def strike(self, cluster: Cluster) -> None:
        async with contextlib.AsyncExitStack() as stack:
            for worker in cluster.workers:
                await stack.enter_async_context(worker.lock)
            try:
                for worker in cluster.workers:
                    worker.room_on_disk(self.size)
                await asyncio.sleep(self.hold)
            finally:
                for worker in cluster.workers:
                    worker.room_on_disk(-1)


class DatabaseLocked(_OfSqlite):
    name, share = "database locked by another process", 4

    async def strike(self, cluster: Cluster) -> None:
        await asyncio.to_thread(self._lock, cluster.database)

    def _lock(self, file: str) -> None:
        connection = sqlite3.connect(file, isolation_level=None, timeout=10)
        try:
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(self.hold)
            connection.execute("ROLLBACK")
        finally:
            connection.close()


# --- lines


class _OfLinks(Fault):
    def draw(self, rng: Random, shape: Shape) -> None:
        self.numbers = rng.sample(range(shape.members), rng.randint(2, max(2, shape.members // 2)))
        self.way = rng.choice(list(Way))
        self.after = [int(rng.expovariate(1 / 1500)) + 1 for _ in self.numbers]
        self.end = rng.choice(list(End))

    async def strike(self, cluster: Cluster) -> None:
        links = [cluster.links[number] for number in self.numbers]
        for link, after in zip(links, self.after, strict=True):
            self.disturb(link, after)
        try:
            await asyncio.sleep(self.hold)
        finally:
            for link in links:
                link.behave()

    def disturb(self, link: Link, after: int) -> None:
        raise NotImplementedError


class LinesCut(_OfLinks):
    name, share = "lines cut at any byte", 6

    def disturb(self, link: Link, after: int) -> None:
        link.ways[self.way].cut_after, link.ways[self.way].end = after, self.end


class LinesSlow(_OfLinks):
    name = "lines slow"

    def disturb(self, link: Link, after: int) -> None:
        for way in Way:
            link.ways[way].delay = 0.02 + after / 20_000


class LinesTrickle(_OfLinks):
    name = "lines one byte at a time"

    def disturb(self, link: Link, after: int) -> None:
        link.ways[self.way].trickle = after


class ReadersStalled(_OfLinks):
    name, share = "readers stalled", 3

    def disturb(self, link: Link, after: int) -> None:
        link.ways[self.way].flowing.clear()


class EveryLineCut(Fault):
    name = "every line cut at once"

    async def strike(self, cluster: Cluster) -> None:
        for link in cluster.links:
            link.cut()


# --- members


class SendsDoubled(Fault):
    name, share = "every send doubled", 3

    async def strike(self, cluster: Cluster) -> None:
        for member in cluster.members:
            member.doubling = True
        await asyncio.sleep(self.hold)
        for member in cluster.members:
            member.doubling = False


class TabsReopened(Fault):
    name = "tabs closed and opened"

    def draw(self, rng: Random, shape: Shape) -> None:
        self.numbers = rng.sample(range(shape.members), 3)

    async def strike(self, cluster: Cluster) -> None:
        await asyncio.gather(*(cluster.members[number].forget() for number in self.numbers))


KINDS: tuple[type[Fault], ...] = (
    WorkerKilled,
    WorkerDrained,
    WorkerFrozen,
    AllWorkersKilled,
    ValkeyStopped,
    ValkeyFrozen,
    SubscriptionsCut,
    ValkeyEmptied,
    PostgresRestarted,
    PostgresKilled,
    PostgresFrozen,
    BackendsTerminated,
    PostgresDiskFull,
    DiskFull,
    DatabaseLocked,
    LinesCut,
    LinesSlow,
    LinesTrickle,
    ReadersStalled,
    EveryLineCut,
    SendsDoubled,
    TabsReopened,
)
