"""Makers of posts, and a look at what became of them."""

import uuid

from sqlalchemy import select

from recovery_net.accounts import devices
from recovery_net.accounts.models import Account
from recovery_net.core import db
from recovery_net.core.errors import (
    DomainError,
)
from recovery_net.realtime.log import LoggedEvent, RoomEvent
from recovery_net.rooms import talking
from recovery_net.rooms.models import Room
from recovery_net.rooms.talking import Draft, Post, post_messages

Answer = LoggedEvent | DomainError


def device_of(account: Account) -> str:
    """A token of a device that is signed in."""
    with db.transaction():
        return devices.begin(account, "Firefox on Linux")[1]


def post(token: str, room: Room, body: str = "hello", cid: uuid.UUID | None = None, **more: object) -> Post:
    return talking.ready(token, room.slug, Draft(cid or uuid.uuid4(), body, **more))  # type: ignore[arg-type]


def together(*posts: Post) -> list[Answer]:
    """All of them in one batch."""
    with db.transaction():
        return post_messages(posts)


def log_of(room: Room) -> list[tuple[int, uuid.UUID | None]]:
    with db.reading() as session:
        rows = session.execute(
            select(RoomEvent.seq, RoomEvent.cid).where(RoomEvent.room_id == room.id).order_by(RoomEvent.seq)
        )
        return [(row.seq, row.cid) for row in rows]


def head_of(room: Room) -> int:
    with db.reading() as session:
        return session.scalars(select(Room.head_seq).where(Room.id == room.id)).one()
