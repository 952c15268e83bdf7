"""Work on a timer. Any process may run it: a job's row is taken by compare-and-set, and every job may repeat."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

import structlog
from sqlalchemy import or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped

from recovery_net.core import clock, db, logs
from recovery_net.core.db import Base, Holds, UtcDateTime, column

_log = structlog.get_logger()


class JobRun(Base):
    """When a job was last begun."""

    __tablename__ = "job_runs"

    name: Mapped[str] = column(primary_key=True, holds=Holds.KEY)
    begun_at: Mapped[datetime | None] = column(UtcDateTime, holds=Holds.TIME)


@dataclass(frozen=True, slots=True)
class Job:
    """A function and how often it is due."""

    name: str
    every: timedelta
    run: Callable[[], None]


_jobs: dict[str, Job] = {}


def job(*, every: timedelta) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a function to be run about every so often. It opens its own transactions."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        name = f"{function.__module__.removeprefix('recovery_net.')}.{function.__name__}"
        _jobs[name] = Job(name, every, function)
        return function

    return register


def run_due() -> list[str]:
    """Run what is due and not taken by another process. Gives the names of what ran."""
    return [job.name for job in list(_jobs.values()) if _take(job) and _run(job)]


def _take(job: Job) -> bool:
    """One winner: the row moves from what it was to now, or somebody else moved it."""
    with db.transaction() as session:
        insert = postgresql.insert if db.is_postgresql() else sqlite.insert
        session.execute(insert(JobRun).values(name=job.name, begun_at=None).on_conflict_do_nothing())
        due = or_(JobRun.begun_at.is_(None), JobRun.begun_at <= clock.now() - job.every)
        taken = session.execute(
            update(JobRun)
            .where(JobRun.name == job.name, due)
            .values(begun_at=clock.now())
            .returning(JobRun.name)
        )
        return taken.first() is not None


def _run(job: Job) -> bool:
    try:
        job.run()
    except Exception as error:
        _log.error("job_failed", job=job.name, error=type(error).__name__, where=logs.where(error))
        return False
    return True


def work(stop: Event, *, pause: float = 5.0) -> None:
    """Run due jobs until told to stop. `pause` is in seconds."""
    while not stop.is_set():
        try:
            run_due()
        except Exception as error:
            # The database may be away for a while; the next round tries again.
            _log.error("jobs_paused", error=type(error).__name__, where=logs.where(error))
        stop.wait(pause)
