"""The ways of many people to many rooms at once: what `service.room_for` does for one, as far as a message needs it.

The rules are the same ones of `policy`; only the rows are leaner, because an object of the mapper for each costs more
than all the rest of a message.
"""

import uuid
from collections.abc import Iterable
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

    id: uuid.UUID
    standing: str
    is_host: bool


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


Asked = tuple[uuid.UUID, str]  # whose, and the room's slug


@db.per_engine
def _ways() -> tuple[Many, Select[*tuple[Any, ...]]]:
    asked = Many(Integer(), Uuid(), Text())
    number, account_id, slug = asked.columns
    mine = (Membership.room_id == Room.id) & (Membership.account_id == account_id)
    statement = (
        select(
            number, Room.id, Room.access, Room.epoch, Membership.id, Membership.standing, Membership.is_host
        )
        .select_from(asked.source)
        .join(Room, Room.slug == slug)
        .outerjoin(Membership, mine)
    )
    return asked, statement


def spots_for(asked: Iterable[tuple[Speaker, str]]) -> dict[Asked, Spot]:
    """The rooms that these people asked for, as they stand in them. Hidden is the same as missing: not there."""
    many, statement = _ways()
    wanted = [(actor, slug) for actor, slug in dict.fromkeys(asked) if service.could_be_room(slug)]
    given = many.given((number, actor.id, slug) for number, (actor, slug) in enumerate(wanted))
    found: dict[Asked, Spot] = {}
    for row in db.core().execute(statement, given):
        number, room_id, access, epoch, seat_id, standing, is_host = row
        actor, slug = wanted[number]
        room = RoomHead(room_id, slug, access, epoch)
        seat = None if seat_id is None else Seat(seat_id, standing, is_host)
        if policy.may_see(actor, room, seat):
            found[actor.id, slug] = Spot(room, actor, seat)
    return found
