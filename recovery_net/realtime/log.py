"""The room log: every event of a room, numbered without gaps in the order of their commits (delivery.md, 1–4, 7)."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

import orjson
import structlog
from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    Row,
    Select,
    Table,
    UniqueConstraint,
    Uuid,
    bindparam,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped

from recovery_net.core import clock, crypto, db
from recovery_net.core.db import Base, Holds, UtcDateTime, column
from recovery_net.core.events import publish
from recovery_net.core.many import Many, insert_all
from recovery_net.core.straight import Straight

PAGE = 200  # the most events one answer carries
_KEPT = text("payload_sealed IS NOT NULL")
_log = structlog.get_logger()


class HasLog(Base):
    """What a model needs to own a log. The row's lock orders the log: `head_seq` moves only in `append_all`."""

    __abstract__ = True

    id: Mapped[uuid.UUID] = column(primary_key=True, holds=Holds.KEY)
    head_seq: Mapped[int] = column(default=0, holds=Holds.STATE)
    epoch: Mapped[int] = column(default=1, holds=Holds.STATE)  # another one after a restored backup


class RoomEvent(Base):
    """One event. Its payload is sealed, and emptied when the room's retention has passed; its `seq` stays."""

    __tablename__ = "room_events"
    __table_args__ = (
        UniqueConstraint("author_id", "cid"),
        # What retention looks through; emptied events are not in it.
        Index("ix_room_events_kept", "room_id", "sent_at", sqlite_where=_KEPT, postgresql_where=_KEPT),
    )

    room_id: Mapped[uuid.UUID] = column(
        ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True, holds=Holds.KEY
    )
    seq: Mapped[int] = column(primary_key=True, autoincrement=False, holds=Holds.KEY)
    id: Mapped[uuid.UUID] = column(unique=True, holds=Holds.KEY)
    kind: Mapped[str] = column(holds=Holds.STATE)
    author_id: Mapped[uuid.UUID | None] = column(
        ForeignKey("accounts.id", ondelete="SET NULL"), holds=Holds.KEY
    )  # found by the unique pair with cid
    cid: Mapped[uuid.UUID | None] = column(holds=Holds.KEY)
    payload_sealed: Mapped[bytes | None] = column(LargeBinary, holds=Holds.SEALED)
    sent_at: Mapped[datetime] = column(UtcDateTime, holds=Holds.TIME)


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event as read from the log. `payload` is empty when retention has taken the content."""

    room_id: uuid.UUID
    seq: int
    id: uuid.UUID
    kind: str
    author_id: uuid.UUID | None
    cid: uuid.UUID | None
    payload: dict[str, Any]
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Appended:
    """Published for every event that was committed. `shown` is what clients get, when the writer has made it."""

    event: LoggedEvent
    shown: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be appended. `show` makes of the event what clients get, where that needs no database any more."""

    room_id: uuid.UUID
    kind: str
    payload: dict[str, Any]
    author_id: uuid.UUID | None
    cid: uuid.UUID | None
    show: Callable[[LoggedEvent], dict[str, Any]] | None = None


_TABLE = cast("Table", RoomEvent.__table__)
_COLUMNS: Select[*tuple[Any, ...]] = select(*_TABLE.columns)


def append(
    owner: HasLog, kind: str, payload: dict[str, Any], *, author_id: uuid.UUID | None, cid: uuid.UUID | None
) -> LoggedEvent:
    """Add an event. Takes the owner's row lock, so commit order is `seq` order; the caller's transaction ends soon."""
    return append_all(type(owner), [Entry(owner.id, kind, payload, author_id, cid)])[0]


def append_all(
    table: type[HasLog], entries: Sequence[Entry], heads: Mapping[uuid.UUID, int] | None = None
) -> list[LoggedEvent]:
    """Add events, in the order given within each room, with the row locks of all their rooms.

    `heads` are what `heads_of` found in this transaction, where somebody has asked already.
    """
    if not entries:
        return []
    heads = _advance(table, Counter(entry.room_id for entry in entries), heads)
    moment = clock.now()
    events = []
    for entry in entries:
        heads[entry.room_id] = seq = heads[entry.room_id] + 1
        events.append(
            LoggedEvent(
                entry.room_id,
                seq,
                uuid.uuid4(),
                entry.kind,
                entry.author_id,
                entry.cid,
                entry.payload,
                moment,
            )
        )
    insert_all(_TABLE, [_row(event) for event in events])
    for entry, event in zip(entries, events, strict=True):
        publish(Appended(event, None if entry.show is None else entry.show(event)))
    return events


def heads_of(table: type[HasLog], wanted: ColumnElement[bool]) -> Select[uuid.UUID, int]:
    """Where logs stand, with their row locks. They are locked in one order, so that workers cannot deadlock."""
    return (
        select(table.id, table.head_seq)
        .where(wanted)
        .order_by(table.id)
        .with_for_update(key_share=True)  # SQLite has the whole file's lock since BEGIN
    )


def _advance(
    table: type[HasLog], more: Mapping[uuid.UUID, int], known: Mapping[uuid.UUID, int] | None
) -> dict[uuid.UUID, int]:
    """Where each log stood before it moved on."""
    if known is None:
        found = db.core().execute(heads_of(table, table.id.in_(more)))
        known = {row[0]: row[1] for row in found}
    moving = _moving(table, db.engine().dialect.name)
    db.leave(*((moving, {"room": room, "head": known[room] + count}) for room, count in more.items()))
    return dict(known)


@cache
def _moving(table: type[HasLog], _engine: str) -> Straight:
    owners = cast("Table", table.__table__)
    moving = update(owners).where(owners.c.id == bindparam("room")).values(head_seq=bindparam("head"))
    return Straight(moving, db.engine().dialect)


def _row(event: LoggedEvent) -> tuple[Any, ...]:
    """In the order of the table's columns."""
    sealed = crypto.keyring().seal(orjson.dumps(event.payload), _place(event.room_id, event.seq))
    return (
        event.room_id,
        event.seq,
        event.id,
        event.kind,
        event.author_id,
        event.cid,
        sealed,
        event.sent_at,
    )


@db.per_engine
def _said() -> tuple[Many, Select[*tuple[Any, ...]]]:
    asked = Many(Uuid(), Uuid())
    author_id, cid = asked.columns
    here = (_TABLE.c.author_id == author_id) & (_TABLE.c.cid == cid)
    return asked, _COLUMNS.select_from(asked.source).join(_TABLE, here)


def with_cids(pairs: Iterable[tuple[uuid.UUID, uuid.UUID]]) -> dict[tuple[uuid.UUID, uuid.UUID], LoggedEvent]:
    """What these authors already sent under these `cid`s, by `(author_id, cid)`."""
    many, statement = _said()
    return {(row.author_id, row.cid): _read(row) for row in db.core().execute(statement, many.given(pairs))}


def after(room_id: uuid.UUID, seq: int, limit: int = PAGE) -> list[LoggedEvent]:
    """The events that follow `seq`, ascending."""
    return _all(
        _COLUMNS.where(RoomEvent.room_id == room_id, RoomEvent.seq > seq).order_by(RoomEvent.seq).limit(limit)
    )


def before(room_id: uuid.UUID, seq: int | None, limit: int) -> list[LoggedEvent]:
    """The `limit` events before `seq` (None: the newest), ascending."""
    wanted = _COLUMNS.where(RoomEvent.room_id == room_id)
    if seq is not None:
        wanted = wanted.where(RoomEvent.seq < seq)
    return _all(wanted.order_by(RoomEvent.seq.desc()).limit(limit))[::-1]


def heads(table: type[HasLog], room_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[int, int]]:
    """`(epoch, head_seq)` of each log."""
    asked, found = _heads(table, db.engine().dialect.name)
    rows = db.session().execute(found, asked.given((room_id,) for room_id in room_ids))
    return {row[0]: (row[1], row[2]) for row in rows}


@cache
def _heads(table: type[HasLog], _engine: str) -> tuple[Many, Select[uuid.UUID, int, int]]:
    asked = Many(Uuid())
    (room_id,) = asked.columns
    found = select(table.id, table.epoch, table.head_seq).select_from(asked.source)
    return asked, found.join(table, table.id == room_id)


def forget_before(room_id: uuid.UUID, moment: datetime, limit: int) -> bool:
    """Empty up to `limit` events said before a moment; their numbers stay, so that no reader sees a gap.

    Gives whether there may be more.
    """
    kept = select(RoomEvent.seq).where(
        RoomEvent.room_id == room_id, RoomEvent.sent_at < moment, RoomEvent.payload_sealed.is_not(None)
    )
    emptied = (
        update(RoomEvent)
        .where(RoomEvent.room_id == room_id, RoomEvent.seq.in_(kept.limit(limit)))
        .values(payload_sealed=None, cid=None, author_id=None)
        .execution_options(synchronize_session=False)
    )
    done: int = db.session().execute(emptied).rowcount  # type: ignore[attr-defined]  # of a CursorResult
    return done == limit


def _place(room_id: uuid.UUID, seq: int) -> bytes:
    return crypto.place("room_events", "payload_sealed", f"{room_id}/{seq}")


def _all(wanted: Select[*tuple[Any, ...]]) -> list[LoggedEvent]:
    return [_read(row) for row in db.session().execute(wanted)]


def _read(row: Row[*tuple[Any, ...]]) -> LoggedEvent:
    room_id, seq, sealed = row.room_id, row.seq, row.payload_sealed
    plain = b"{}" if sealed is None else _unsealed(sealed, room_id, seq)
    return LoggedEvent(
        room_id, seq, row.id, row.kind, row.author_id, row.cid, orjson.loads(plain), row.sent_at
    )


def _unsealed(sealed: bytes, room_id: uuid.UUID, seq: int) -> bytes:
    try:
        return crypto.keyring().unseal(sealed, _place(room_id, seq))
    except crypto.Unreadable:
        # One damaged row must not shut the room: it is shown like one whose time has passed.
        _log.error("unreadable_event", seq=seq)
        return b"{}"
