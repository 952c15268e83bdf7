"""The ways of many people to many rooms at once: what `service.room_for` does for one, as far as a message needs it.

The rules are the same ones of `policy`; only the rows are leaner, because an object of the mapper for each costs more
than all the rest of a message.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, select, tuple_

from recovery_net.accounts.speakers import Speaker
from recovery_net.core import db
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
_ROOMS = select(Room.id, Room.slug, Room.access, Room.epoch).where(
    Room.slug.in_(bindparam("slugs", expanding=True))
)
_SEATS = select(
    Membership.room_id, Membership.account_id, Membership.id, Membership.standing, Membership.is_host
).where(tuple_(Membership.room_id, Membership.account_id).in_(bindparam("pairs", expanding=True)))


def spots_for(asked: Iterable[tuple[Speaker, str]]) -> dict[Asked, Spot]:
    """The rooms that these people asked for, as they stand in them. Hidden is the same as missing: not there."""
    wanted = list(asked)
    connection = db.core()
    slugs = list({slug for _, slug in wanted if service.could_be_room(slug)})
    rooms = {row[1]: RoomHead(*row) for row in connection.execute(_ROOMS, {"slugs": slugs})}
    pairs = list({(rooms[slug].id, actor.id) for actor, slug in wanted if slug in rooms})
    seats: dict[tuple[uuid.UUID, uuid.UUID], Seat] = {}
    for row in connection.execute(_SEATS, {"pairs": pairs}) if pairs else ():
        seats[row[0], row[1]] = Seat(row[2], row[3], row[4])
    found: dict[Asked, Spot] = {}
    for actor, slug in wanted:
        room = rooms.get(slug)
        if room is None:
            continue
        seat_of = seats.get((room.id, actor.id))
        if policy.may_see(actor, room, seat_of):
            found[actor.id, slug] = Spot(room, actor, seat_of)
    return found
