"""The room log: every event of a room, numbered without gaps in the order of their commits (delivery.md, 1–4, 7)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import structlog
from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    Row,
    Select,
    UniqueConstraint,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped

from recovery_net.core import clock, crypto, db
from recovery_net.core.db import Base, Holds, UtcDateTime, column
from recovery_net.core.events import publish

PAGE = 200  # the most events one answer carries
_KEPT = text("payload_sealed IS NOT NULL")
_log = structlog.get_logger()


class HasLog(Base):
    """What a model needs to own a log. The row's lock orders the log: `head_seq` moves only in `append`."""

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


_COLUMNS: Select[*tuple[Any, ...]] = select(*RoomEvent.__table__.columns)


def append(
    owner: HasLog, kind: str, payload: dict[str, Any], *, author_id: uuid.UUID | None, cid: uuid.UUID | None
) -> LoggedEvent:
    """Add an event. Takes the owner's row lock, so commit order is `seq` order; the caller's transaction ends soon."""
    table = type(owner)
    bump = (
        update(table)
        .where(table.id == owner.id)
        .values(head_seq=table.head_seq + 1)
        .returning(table.head_seq)
    )
    seq = db.session().execute(bump.execution_options(synchronize_session=False)).scalar_one()
    event = LoggedEvent(owner.id, seq, uuid.uuid4(), kind, author_id, cid, payload, clock.now())
    row = {
        "room_id": event.room_id,
        "seq": event.seq,
        "id": event.id,
        "kind": kind,
        "author_id": author_id,
        "cid": cid,
        "payload_sealed": crypto.keyring().seal(orjson.dumps(payload), _place(owner.id, seq)),
        "sent_at": event.sent_at,
    }
    db.session().execute(insert(RoomEvent.__table__), row)  # type: ignore[arg-type]  # Core: no ORM on this path
    publish(Appended(event))
    return event


def with_cid(author_id: uuid.UUID, cid: uuid.UUID) -> LoggedEvent | None:
    """What this author already sent under this `cid`."""
    row = db.session().execute(_COLUMNS.where(RoomEvent.author_id == author_id, RoomEvent.cid == cid)).first()
    return None if row is None else _read(row)


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
    rows = db.session().execute(select(table.id, table.epoch, table.head_seq).where(table.id.in_(room_ids)))
    return {row.id: (row.epoch, row.head_seq) for row in rows}


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
