"""The whole program: `python wsgi.py` on either database and either engine, with members who have sessions."""

import contextlib
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks._live import machine
from benchmarks._live.machine import ROOT, WORK, Failed, Process, free_port
from tools.services.places import Unavailable, wait_until
from tools.services.postgres import kept_postgres
from tools.services.service import held

CONNECTIONS = 100


@contextlib.contextmanager
def postgres() -> Iterator["Postgres"]:
    """A durable PostgreSQL of our own, on everybody else's core; its data stay in the work folder."""
    try:
        service = kept_postgres(WORK / "postgres", CONNECTIONS)
        with held(service) as process:
            wait_until(service.answers, lambda: process.poll() is None, service.log)
            yield Postgres(service.url, process.pid)
    except Unavailable as why:
        raise Failed(f"no PostgreSQL: {why}") from why


@dataclass
class Postgres:
    """The running server."""

    url: str
    pid: int

    def database(self, name: str) -> str:
        return self.url.replace("@/postgres?", f"@/{name}?")

    def make(self, name: str, template: str = "template0") -> str:
        """A fresh database; gives its URL."""
        self.drop(name)
        self._do("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self.database(name)

    def drop(self, name: str) -> None:
        self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def has(self, name: str) -> bool:
        with psycopg.connect(self.url) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        return found is not None

    def _do(self, statement: str, *names: str) -> None:
        words = sql.SQL(statement).format(*map(sql.Identifier, names))
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(words)

    def pids(self) -> list[int]:
        """Its processes as they are now."""
        return machine.below(self.pid)

    def version(self) -> str:
        with psycopg.connect(self.url) as connection:
            return connection.execute("SHOW server_version").fetchone()[0].split()[0]  # type: ignore[index, no-any-return]


@dataclass
class Instance:
    """A filled instance, of which every start gets a copy as it was."""

    name: str
    rooms: int
    members: int
    postgres: Postgres | None = None
    cookies: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return WORK / f"instance-{self.name}"

    def fill(self) -> None:
        """Make rooms and members."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.postgres:
            self.postgres.make(self.name)
        file = WORK / f"{self.name}.cookies"
        run_module(
            "prepare",
            (file, self.rooms, self.members),
            environment_of(self.folder, self.postgres.database(self.name) if self.postgres else None),
        )
        self.cookies = file.read_text().split("\n")[:-1]
        file.unlink()

    def cookies_for(self, members: int, rooms: int | None = None) -> list[str]:
        """Of so many members of each room."""
        chosen = range(self.rooms if rooms is None else rooms)
        return [self.cookies[room * self.members + number] for room in chosen for number in range(members)]

    @contextlib.contextmanager
    def copied(self) -> Iterator[tuple[Path, str | None]]:
        """A data folder and a database address that begin where filling ended."""
        folder = WORK / f"running-{time.monotonic_ns()}"
        name = f"running_{time.monotonic_ns()}"
        shutil.copytree(self.folder, folder)
        url = self.postgres.make(name, template=self.name) if self.postgres else None
        try:
            yield folder, url
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            if self.postgres:
                self.postgres.drop(name)


@dataclass
class Server:
    """One run of the program."""

    folder: Path
    url: str | None
    engine: str
    core: int
    more: Mapping[str, str] = field(default_factory=dict)
    flags: Sequence[str] = ()
    port: int = 0
    process: Process | None = None

    def start(self) -> "Server":
        self.port = self.port or free_port()
        environment = environment_of(self.folder, self.url) | {
            "PORT": str(self.port),
            "ENGINE": self.engine,
            **self.more,
        }
        self.process = Process(
            [sys.executable, "wsgi.py", *self.flags], core=self.core, environment=environment
        )
        self._wait_until_ready()
        return self

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def stop(self) -> None:
        if self.process is not None:
            self.process.stop()

    def _wait_until_ready(self) -> None:
        assert self.process is not None
        self.process.wait_for_port(self.port)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5).close()
                return
            time.sleep(0.05)
        raise Failed(f"the program did not answer: {self.process.last_words()}")

    def __enter__(self) -> "Server":
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()


@contextlib.contextmanager
def served(instance: Instance, engine: str, core: int) -> Iterator[Server]:
    """The program on a fresh copy of an instance."""
    with instance.copied() as (folder, url), Server(folder, url, engine, core) as server:
        yield server


def environment_of(folder: Path, url: str | None) -> dict[str, str]:
    """What the program is told. Limits are off: they are there to slow people down."""
    told = {"RECOVERY_NET_DATA": str(folder), "LIMITS": "off", "HOST": "127.0.0.1", "PYTHONPATH": str(ROOT)}
    return told | ({"DATABASE_URL": url} if url else {})


def run_module(name: str, arguments: Sequence[object], environment: Mapping[str, str]) -> None:
    """Run one of our modules in a process of its own: an instance is a process's."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks._live.{name}", *map(str, arguments)],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed(f"{name} failed: {(done.stderr.strip().splitlines() or ['it said nothing'])[-1]}")
