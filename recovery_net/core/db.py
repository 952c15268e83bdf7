"""The database: base class, classified columns, sealed text, and the two ways in: `transaction()` and `reading()`."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar, cast, overload

from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, make_url
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, TimeoutError  # noqa: A004 - its pool's
from sqlalchemy.orm import DeclarativeBase, MappedColumn, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from recovery_net.core import crypto, events, postgres, sqlite, straight


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
_readers: Engine | None = None
_turns = sqlite.Turns()  # of the writers on SQLite
_open: ContextVar["_Open | None"] = ContextVar("open_transaction", default=None)


def connect(url: str) -> Engine:
    """Open the database of this process; closes the one before."""
    global _engine, _readers  # noqa: PLW0603 - one process, one database
    for known in {_engine, _readers} - {None}:
        known.dispose()  # type: ignore[union-attr]  # None is taken out above
    _engine = make_engine(url)
    _readers = _engine if is_postgresql() else sqlite.make_readers(url)
    return _engine


def make_engine(url: str) -> Engine:
    """An engine that writes, with the settings that the delivery promise needs (delivery.md, rule 10)."""
    if make_url(url).get_backend_name() == "sqlite":
        return sqlite.make_writer(url)
    return postgres.make_engine(url)


def empty_log() -> bool:
    """Take out of SQLite's log what the file has already: words that were forgotten are nowhere then.

    False when a reader stood in the way; the next round has it. PostgreSQL's log is the host's (docs/operations.md).
    """
    if is_postgresql():
        return True
    with _turns:
        return sqlite.checkpoint(engine())


def engine() -> Engine:
    """The engine of this process."""
    if _engine is None:
        raise RuntimeError("no database: create_app() connects it")
    return _engine


S = TypeVar("S")


def per_engine(build: Callable[[], S]) -> Callable[[], S]:
    """A statement that is another one on each engine, built once for it."""
    built: dict[str, S] = {}

    def ready() -> S:
        name = engine().dialect.name
        if name not in built:
            built[name] = build()
        return built[name]

    return ready


def readers() -> Engine:
    """What `reading()` reads with: on SQLite connections of their own, so that nobody waits for a commit."""
    if _readers is None:
        raise RuntimeError("no database: create_app() connects it")
    return _readers


def is_postgresql() -> bool:
    """Whether this process runs on PostgreSQL (else SQLite)."""
    return engine().dialect.name == "postgresql"


def is_outage(error: BaseException) -> bool:
    """Whether the database could not be reached or is too busy: the same request may succeed in a minute."""
    return isinstance(error, OperationalError | InterfaceError | TimeoutError)


class _Open:
    """What is open here: a session, or a connection for a batch, which gets a session when somebody asks for one."""

    def __init__(self, session: Session | None, connection: Connection | None, *, writes: bool) -> None:
        self._session, self._connection = session, connection
        self.writes = writes
        self.events: list[object] = []
        self._left: list[straight.Call] = []

    def session(self) -> Session:
        self._settle()
        if self._session is None:
            self._session = Session(self._connection, expire_on_commit=False)
        return self._session

    def core(self) -> Connection:
        """With everything written that was gathered."""
        self._settle()
        if self._session is None:
            return cast("Connection", self._connection)
        self._session.flush()
        return self._session.connection()

    def ask(self, calls: Sequence[straight.Call]) -> list[Sequence[straight.Row]]:
        return straight.run(self.core(), calls)

    def leave(self, calls: Sequence[straight.Call]) -> None:
        if self._connection is None:
            self.ask(calls)
        else:
            self._left += calls

    def _settle(self) -> None:
        if self._left:
            calls, self._left = self._left, []
            straight.run(cast("Connection", self._connection), calls)

    def take_back(self, events: int) -> None:
        """Whatever a part left and published: before it there were so many events, and nothing was left."""
        self._left.clear()
        del self.events[events:]

    def finish(self) -> None:
        """All of a batch is written; on PostgreSQL it is committed on the same way."""
        calls, self._left = self._left, []
        if self._session is not None:
            self._session.commit()  # the transaction is the connection's, and goes on
        if calls and self._connection is not None:
            straight.run(self._connection, calls, commits=True)

    def close(self) -> None:
        if self._session is not None:
            self._session.close()


def _here() -> _Open:
    current = _open.get()
    if current is None:
        raise RuntimeError("no transaction is open here: the edge opens it")
    return current


def session() -> Session:
    """The session of the open transaction."""
    return _here().session()


def published() -> list[object]:
    """What leaves after the commit of the open transaction."""
    return _here().events


def ask(*calls: straight.Call) -> list[Sequence[straight.Row]]:
    """Run statements straight on the driver, on PostgreSQL in one round trip; the rows of each."""
    return _here().ask(calls)


def leave(*calls: straight.Call) -> None:
    """Run statements before the transaction ends; in a batch they go out together with the commit."""
    _here().leave(calls)


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction; inside another one it joins that. Events published inside leave after the commit."""
    if (outer := _open.get()) is not None:
        if not outer.writes:
            raise RuntimeError("a transaction cannot begin inside reading(): nothing would be committed")
        yield outer.session()
        return
    with _turn(), _session(engine(), writes=True) as opened:
        current = opened.session()
        yield current
        current.commit()
    events.deliver(opened.events)


@contextmanager
def batch() -> Iterator[None]:
    """One transaction for many acts: like `transaction()`, but without a session until one of them asks for it."""
    with _turn(), engine().connect() as connection, connection.begin():
        opened = _Open(None, connection, writes=True)
        token = _open.set(opened)
        try:
            yield
            opened.finish()
        finally:
            _open.reset(token)
            opened.close()
    events.deliver(opened.events)


def _turn() -> AbstractContextManager[None]:
    return nullcontext() if is_postgresql() else _turns


def is_open() -> bool:
    """Whether a transaction or a reading is open here."""
    return _open.get() is not None


@contextmanager
def part() -> Iterator[None]:
    """A part of the open transaction that may fail by itself: what it wrote and published is taken back."""
    here = _here()
    before = len(here.events)
    try:
        with here.session().begin_nested():
            yield
            here.core()  # what was left for the end belongs to this part
    except BaseException:
        here.take_back(before)
        raise


def core() -> Connection:
    """The open transaction for Core statements, with what the session has gathered written."""
    return _here().core()


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
        yield outer.session()
        return
    with _session(readers(), writes=False) as opened:
        yield opened.session()


@contextmanager
def _session(bound: Engine, *, writes: bool) -> Iterator[_Open]:
    opened = _Open(Session(bound, expire_on_commit=False), None, writes=writes)
    token = _open.set(opened)
    try:
        yield opened
    finally:
        _open.reset(token)
        opened.close()
