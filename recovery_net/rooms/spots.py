"""The ways of many people to many rooms at once: what `service.room_for` does for one, as far as a message needs it.

The rules are the same ones of `policy`; only the rows are leaner, because an object of the mapper for each costs more
than all the rest of a message.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, Text, Uuid, select

from recovery_net.accounts.speakers import Speaker
from recovery_net.core import db
from recovery_net.core.many import Many
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


@db.per_engine
def _ways() -> tuple[Many, Select[*tuple[Any, ...]]]:
    asked = Many(Integer(), Uuid(), Text())
    number, account_id, slug = asked.columns
    mine = (Membership.room_id == Room.id) & (Membership.account_id == account_id)
    seat = (Membership.standing, Membership.is_host, Membership.read_seq)
    statement = (
        select(number, Room.id, Room.access, Room.epoch, *seat)
        .select_from(asked.source)
        .join(Room, Room.slug == slug)
        .outerjoin(Membership, mine)
    )
    return asked, statement


def spots_for(asked: Sequence[tuple[Speaker | None, str]]) -> list[Spot | None]:
    """How each of these people stands in the room they asked for. Hidden is the same as missing: None."""
    many, statement = _ways()
    given = many.given(
        (number, actor.id, slug)
        for number, (actor, slug) in enumerate(asked)
        if actor is not None and service.could_be_room(slug)
    )
    found: list[Spot | None] = [None] * len(asked)
    for number, room_id, access, epoch, standing, is_host, read_seq in db.core().execute(statement, given):
        actor, slug = asked[number]
        room = RoomHead(room_id, slug, access, epoch)
        seat = None if standing is None else Seat(standing, is_host, read_seq)
        if actor is not None and policy.may_see(actor, room, seat):
            found[number] = Spot(room, actor, seat)
    return found
