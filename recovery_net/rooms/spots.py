"""The ways of many people to many rooms at once: what `service.room_for` does for one, as far as a message needs it.

The rules are the same ones of `policy`; only the rows are leaner, because an object of the mapper for each costs more
than all the rest of a message.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Integer, LargeBinary, Text, Uuid, select

from recovery_net.accounts.models import Account
from recovery_net.accounts.speakers import COLUMNS, Speaker, behind, speakers
from recovery_net.accounts.tokens import token_hash
from recovery_net.core import db
from recovery_net.core.many import Many
from recovery_net.core.straight import Straight
from recovery_net.realtime import log
from recovery_net.realtime.log import RoomEvent
from recovery_net.rooms import policy, service
from recovery_net.rooms.models import Belongs, Membership, Room


@dataclass(frozen=True, slots=True)
class RoomHead:
    """A room, as far as its rules and its log go."""

    id: uuid.UUID
    slug: str
    access: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Seat(Belongs):
    """A membership, as far as the rules go."""

    standing: str
    is_host: bool
    read_seq: int


@dataclass(frozen=True, slots=True)
class Spot:
    """A room as one person stands in it: a `service.Place` read for many at once."""

    room: RoomHead
    actor: Speaker
    member: Seat | None

    @property
    def is_member(self) -> bool:
        return self.member is not None and self.member.is_active

    @property
    def may_post(self) -> bool:
        return policy.may_post(self.actor, self.room, self.member)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody with a message: who they are, how they stand in the room, and whether the message is there already."""

    actor: Speaker | None
    spot: Spot | None
    is_known: bool


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked about everybody at once, and about the rooms, which are locked with it."""

    people: Many
    ways: Straight
    rooms: Many
    heads: Straight


@db.per_engine
def _question() -> _Question:
    people, rooms = Many(Integer(), LargeBinary(), Text(), Uuid()), Many(Text())
    number, hashed, slug, cid = people.columns
    mine = (Membership.room_id == Room.id) & (Membership.account_id == Account.id)
    said = (RoomEvent.author_id == Account.id) & (RoomEvent.cid == cid)
    seat = (Membership.standing, Membership.is_host, Membership.read_seq)
    ways = (
        select(number, *COLUMNS, Room.id, Room.access, Room.epoch, *seat, RoomEvent.seq)
        .select_from(behind(people.source, hashed))
        .outerjoin(Room, Room.slug == slug)
        .outerjoin(Membership, mine)
        .outerjoin(RoomEvent, said)
    )
    here = Room.slug.in_(select(rooms.columns[0]).select_from(rooms.source))
    dialect = db.engine().dialect
    return _Question(people, Straight(ways, dialect), rooms, Straight(log.heads_of(Room, here), dialect))


def arrivals(asked: Sequence[tuple[str, str, uuid.UUID]]) -> tuple[list[Arrival], dict[uuid.UUID, int]]:
    """What is to be known about these tokens, slugs and `cid`s, and where the logs of the rooms stand.

    The rooms are locked until the transaction ends. A hidden one is the same as a missing one: no spot.
    """
    question = _question()
    people = question.people.given(
        (number, token_hash(token), slug if service.could_be_room(slug) else "", cid)
        for number, (token, slug, cid) in enumerate(asked)
    )
    slugs = {slug for _token, slug, _cid in asked if service.could_be_room(slug)}
    found, heads = db.ask(
        (question.ways, people), (question.heads, question.rooms.given((slug,) for slug in sorted(slugs)))
    )
    rows = sorted(found, key=itemgetter(0))
    known = speakers(row[1:_ROOM] for row in rows)
    arrived = [
        Arrival(actor, _spot(actor, slug, row[_ROOM:-1]), row[-1] is not None)
        for actor, row, (_token, slug, _cid) in zip(known, rows, asked, strict=True)
    ]
    return arrived, dict(heads)


_ROOM = 1 + len(COLUMNS)  # where the room begins in a row


def _spot(actor: Speaker | None, slug: str, row: Sequence[Any]) -> Spot | None:
    room_id, access, epoch, standing, is_host, read_seq = row
    if actor is None or room_id is None:
        return None
    room = RoomHead(room_id, slug, access, epoch)
    seat = None if standing is None else Seat(standing, is_host, read_seq)
    return Spot(room, actor, seat) if policy.may_see(actor, room, seat) else None
