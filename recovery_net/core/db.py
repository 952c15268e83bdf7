"""The database: base class, classified columns, sealed text, and the two ways in: `transaction()` and `reading()`."""

import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar, overload

from sqlalchemy import DateTime, Dialect, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, TimeoutError  # noqa: A004 - its pool's
from sqlalchemy.orm import DeclarativeBase, MappedColumn, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from recovery_net.core import crypto, events

LOCK_PATIENCE = 10.0  # seconds that a transaction waits for another process on SQLite
_HELD = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class Holds(StrEnum):
    """What a column holds: each one says so, and the inventory test fails on one that does not."""

    KEY = "key"  # identifies or refers to a row
    STATE = "state"  # counters, flags, roles: says nothing about a person's words
    PSEUDONYM = "pseudonym"
    HASH = "hash"  # of a secret; the secret itself is nowhere
    DAY = "day"  # a person's doing, by the day only
    TIME = "time"  # when something was said or is due
    PUBLIC = "public"  # meant for everyone who may open the page: names of rooms, meeting lists
    SEALED = "sealed"  # members' words, encrypted


class Base(DeclarativeBase):
    """Names every constraint, and gives a model its UUID before the first flush (sealed text needs it)."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    def __init__(self, **values: Any) -> None:
        key = getattr(type(self), "id", None)
        if key is not None and isinstance(key.type.python_type, type) and key.type.python_type is uuid.UUID:
            # Set first: sealed text is bound to it. Version 4, because the time of creation must not leak.
            self.id = values.pop("id", None) or uuid.uuid4()
        for name, value in values.items():
            setattr(self, name, value)


def column(*args: Any, holds: Holds, **kwargs: Any) -> MappedColumn[Any]:
    """A mapped column that says what it holds."""
    return mapped_column(*args, info={"holds": holds}, **kwargs)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC moments, on SQLite too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("moments are stored aware")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SealedText:
    """Text over the bytes column `<name>_sealed`, encrypted for its table, column and row. None stays None."""

    def __set_name__(self, owner: type[Base], name: str) -> None:
        self.column = f"{name}_sealed"

    @overload
    def __get__(self, row: None, owner: type[Base]) -> "SealedText": ...
    @overload
    def __get__(self, row: Base, owner: type[Base]) -> str: ...
    def __get__(self, row: Base | None, owner: type[Base]) -> "SealedText | str":
        if row is None:
            return self
        sealed = getattr(row, self.column)
        return "" if sealed is None else crypto.keyring().unseal(sealed, self._place(row)).decode()

    def __set__(self, row: Base, value: str | None) -> None:
        sealed = None if value is None else crypto.keyring().seal(value.encode(), self._place(row))
        setattr(row, self.column, sealed)

    def _place(self, row: Base) -> bytes:
        return crypto.place(row.__tablename__, self.column, row.id)


_engine: Engine | None = None
_open: ContextVar[Session | None] = ContextVar("open_session", default=None)


def connect(url: str) -> Engine:
    """Open the database of this process; closes the one before."""
    global _engine  # noqa: PLW0603 - one process, one database
    if _engine is not None:
        _engine.dispose()
    _engine = make_engine(url)
    return _engine


def make_engine(url: str) -> Engine:
    """An engine with the settings that the delivery promise needs (delivery.md, rule 10)."""
    if make_url(url).get_backend_name() == "sqlite":
        # One connection: an ordinary pool freezes the gevent loop while writers wait for each other.
        engine = create_engine(url, pool_size=1, max_overflow=0, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        _with_psycopg(url),
        pool_size=10,
        max_overflow=10,
        pool_pre_ping=True,
        pool_timeout=10,
        connect_args={"connect_timeout": 5},  # a database that hangs is one that is away
    )


def _with_psycopg(url: str) -> str:
    parsed = make_url(url)
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        "busy_timeout=1000",  # for the next line only: switching to WAL needs the whole file once
        "journal_mode=WAL",
        "busy_timeout=10",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # IMMEDIATE takes the write lock at once: a transaction never fails half-way because another one wrote.
    begin = "BEGIN IMMEDIATE" if connection.get_execution_options().get("writes", True) else "BEGIN"
    deadline = time.monotonic() + LOCK_PATIENCE
    while not _has_begun(connection, begin, is_last_try=time.monotonic() > deadline):
        time.sleep(0.02)  # here, not inside SQLite: its own waiting would freeze the event loop


def _has_begun(connection: Any, begin: str, *, is_last_try: bool) -> bool:
    try:
        connection.exec_driver_sql(begin)
    except OperationalError as error:
        is_held = getattr(error.orig, "sqlite_errorcode", None) in _HELD
        if is_last_try or not is_held:
            raise
        return False
    return True


def empty_log() -> bool:
    """Take out of SQLite's log what the file has already: words that were forgotten are nowhere then.

    False when a reader stood in the way; the next round has it. PostgreSQL's log is the host's (docs/operations.md).
    """
    if is_postgresql():
        return True
    connection = engine().raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        was_busy = bool((cursor.fetchone() or (1,))[0])
    finally:
        connection.close()
    return not was_busy


def engine() -> Engine:
    """The engine of this process."""
    if _engine is None:
        raise RuntimeError("no database: create_app() connects it")
    return _engine


def is_postgresql() -> bool:
    """Whether this process runs on PostgreSQL (else SQLite)."""
    return engine().dialect.name == "postgresql"


def is_outage(error: BaseException) -> bool:
    """Whether the database could not be reached or is too busy: the same request may succeed in a minute."""
    return isinstance(error, OperationalError | InterfaceError | TimeoutError)


def session() -> Session:
    """The session of the open transaction."""
    current = _open.get()
    if current is None:
        raise RuntimeError("no transaction is open here: the edge opens it")
    return current


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction; inside another one it joins that. Events published inside leave after the commit."""
    if (outer := _open.get()) is not None:
        if not outer.info["writes"]:
            raise RuntimeError("a transaction cannot begin inside reading(): nothing would be committed")
        yield outer
        return
    with _session(writes=True) as current:
        yield current
        current.commit()
        published = current.info.pop("events", [])
    events.deliver(published)


T = TypeVar("T")


def once_more(act: Callable[[], T]) -> T:
    """Do something that opens its own transaction; again when somebody did the same at the same moment.

    A uniqueness constraint stands behind every "only once": the second try finds what the other one wrote.
    """
    try:
        return act()
    except IntegrityError:
        return act()


@contextmanager
def reading() -> Iterator[Session]:
    """A read; inside a transaction it joins that."""
    if (outer := _open.get()) is not None:
        yield outer
        return
    with _session(writes=False) as current:
        yield current


@contextmanager
def _session(*, writes: bool) -> Iterator[Session]:
    bound = engine().execution_options(writes=writes)
    current = Session(bound, expire_on_commit=False, info={"writes": writes})
    token = _open.set(current)
    try:
        yield current
    finally:
        _open.reset(token)
        current.close()
