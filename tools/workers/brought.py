"""The services that the host has not named: a PostgreSQL that keeps its data in the data folder, and a Valkey."""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools.progress import SetupError, say
from tools.services.places import Unavailable
from tools.services.postgres import kept_postgres
from tools.services.service import Service
from tools.services.valkey import valkey
from tools.workers.watching import Held, Watched

EACH_PROCESS = 20  # connections to the database at most (core.db.make_engine)
SPARE = 20  # commands, backups, and what PostgreSQL keeps for itself
PATIENCE = 20.0  # seconds for whoever is still leaving this data folder


@contextmanager
def services(
    env: Mapping[str, str], data: Path, workers: int
) -> Iterator[tuple[list[Watched], dict[str, str]]]:
    """What is to be started, and the settings that lead there. Their folders are gone afterwards."""
    brought: dict[str, Service] = {}
    lock = None
    try:
        if not env.get("DATABASE_URL"):
            lock = _lock(data)
            _say_that_files_stay(data)
            connections = EACH_PROCESS * (workers + 1) + SPARE
            brought["DATABASE_URL"] = _had(
                "PostgreSQL", "DATABASE_URL", lambda: kept_postgres(data / "postgres", connections)
            )
        if not env.get("REDIS_URL"):
            brought["REDIS_URL"] = _had("Valkey", "REDIS_URL", valkey)
        files = () if lock is None else (lock,)
        watched = [Watched(each.name, _starting(each, files)) for each in brought.values()]
        yield watched, {name: each.url for name, each in brought.items()}
    finally:
        for each in brought.values():
            shutil.rmtree(each.folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _starting(service: Service, files: tuple[int, ...]) -> Callable[[], Held]:
    return lambda: Held(service, files)


def _had(name: str, setting: str, make: Callable[[], Service]) -> Service:
    try:
        return make()
    except Unavailable as why:
        raise SetupError(f"{name} cannot be had because {why}: name one in {setting}.") from why


def _lock(data: Path) -> int:
    """One at a time. The holder of the database keeps it too: who comes right after a crash waits for its end."""
    lock = os.open(data / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + PATIENCE
    is_told = False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(lock)
                raise SetupError(
                    f"The database in {data} is at work for another ./run --workers: stop that first."
                ) from None
            if not is_told:
                say("The database here is still at work for another start; waiting for it.")
            is_told = True
            time.sleep(0.1)
        else:
            return lock


def _say_that_files_stay(data: Path) -> None:
    if (data / "recovery-net.sqlite3").exists() and not (data / "postgres").exists():
        say("Several workers have a database of their own here; what is in recovery-net.sqlite3 stays there.")
