"""Rooms: one function per thing a person can do. Talking in them is in `talking.py`."""

import re
import unicodedata
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, Uuid, select, type_coerce
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from recovery_net.accounts.models import Account
from recovery_net.accounts.skeletons import skeleton
from recovery_net.core import clock, db, text
from recovery_net.core.errors import Conflict, Invalid, NotFound, require
from recovery_net.core.events import publish
from recovery_net.core.i18n import N_
from recovery_net.core.many import Many
from recovery_net.rooms import policy
from recovery_net.rooms.events import AccessChanged, MembershipEnded
from recovery_net.rooms.models import Access, Membership, Room, Standing

NAME_LIMIT, TOPIC_LIMIT, NOTE_LIMIT, GUIDELINES_LIMIT = 60, 200, 500, 4000
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_RESERVED_SLUGS = {"new"}


@dataclass(frozen=True, slots=True)
class Place:
    """A room as one person stands in it: the answer of `room_for`."""

    room: Room
    actor: Account
    member: Membership | None

    @property
    def is_member(self) -> bool:
        return self.member is not None and self.member.is_active

    @property
    def is_requested(self) -> bool:
        return self.member is not None and self.member.standing == Standing.REQUESTED

    @property
    def is_invited(self) -> bool:
        return self.member is not None and self.member.standing == Standing.INVITED

    @property
    def may_read(self) -> bool:
        return policy.may_read(self.actor, self.room, self.member)

    @property
    def may_post(self) -> bool:
        return policy.may_post(self.actor, self.room, self.member)

    @property
    def may_keep(self) -> bool:
        return policy.may_keep(self.actor, self.room, self.member)

    @property
    def may_ask(self) -> bool:
        return policy.may_ask(self.actor, self.room, self.member)

    @property
    def may_enter(self) -> bool:
        return not self.is_member and policy.may_enter(self.actor, self.room, self.member)

    @property
    def unread(self) -> int:
        return self.room.head_seq - self.member.read_seq if self.member is not None and self.is_member else 0

    @property
    def head(self) -> int:
        return self.room.head_seq

    @property
    def slug(self) -> str:
        return self.room.slug

    @property
    def name(self) -> str:
        return self.room.name


@dataclass(frozen=True, slots=True)
class RoomDraft:
    """What a keeper says of a room."""

    name: str
    topic: str = ""
    guidelines: str = ""
    access: str = Access.OPEN
    retention_days: int = 90


def places_for(actor: Account) -> list[Place]:
    """Every room that the actor may know of, by name."""
    mine = (Membership.room_id == Room.id) & (Membership.account_id == actor.id)
    rows = db.session().execute(
        select(Room, Membership).outerjoin(Membership, mine).order_by(Room.name, Room.slug)
    )
    places = [Place(room, actor, member) for room, member in rows]
    return [place for place in places if policy.may_see(actor, place.room, place.member)]


def my_places(actor: Account) -> list[Place]:
    """The rooms that the actor belongs to, by name."""
    mine = (
        select(Room, Membership)
        .join(Membership, Membership.room_id == Room.id)
        .where(Membership.account_id == actor.id, Membership.standing == Standing.ACTIVE)
    )
    return [
        Place(room, actor, member)
        for room, member in db.session().execute(mine.order_by(Room.name, Room.slug))
    ]


def could_be_room(slug: str) -> bool:
    """Whether a room could be at this address: nothing else is worth a question to the database."""
    return _SLUG.fullmatch(slug) is not None


def room_for(actor: Account, slug: str) -> Place:
    """The only way to a room: fetches and authorises. Hidden is the same as missing."""
    if not could_be_room(slug):
        raise NotFound()
    mine = (Membership.room_id == Room.id) & (Membership.account_id == actor.id)
    row = (
        db.session()
        .execute(select(Room, Membership).outerjoin(Membership, mine).where(Room.slug == slug))
        .first()
    )
    if row is None or not policy.may_see(actor, row[0], row[1]):
        raise NotFound()
    return Place(row[0], actor, row[1])


def open_room(actor: Account, draft: RoomDraft) -> Room:
    """Make a room; who makes it is its host."""
    require(policy.may_open_rooms(actor), N_("Only moderators and operators open rooms."))
    room = make_room(_free_slug(draft.name), draft)
    db.session().add(Membership(room=room, account=actor, is_host=True, since=clock.today()))
    return room


def make_room(slug: str, draft: RoomDraft) -> Room:
    """Make a room under a given slug, for the operator's command line and for `open_room`."""
    if not _SLUG.fullmatch(slug) or len(slug) > 64 or slug in _RESERVED_SLUGS:
        raise Invalid(N_("A room's address is made of small letters, digits and single hyphens."))
    room = Room(slug=slug)
    describe(room, draft)
    db.session().add(room)
    try:
        db.session().flush()
    except IntegrityError as error:
        raise Conflict(N_("There is a room at that address already. Choose another one.")) from error
    return room


def change_room(place: Place, draft: RoomDraft) -> None:
    """Rename, describe, open or close a room."""
    require(place.may_keep, N_("Only a room's hosts change it."))
    before = place.room.access
    describe(place.room, draft)
    if place.room.access != before:
        publish(AccessChanged(place.room.id))


def describe(room: Room, draft: RoomDraft) -> None:
    """Check and set what a keeper said of a room: all of it, or nothing."""
    name = text.plain(draft.name, NAME_LIMIT, lines=False)
    topic = text.plain(draft.topic, TOPIC_LIMIT) if draft.topic.strip() else None
    guidelines = text.plain(draft.guidelines, GUIDELINES_LIMIT) if draft.guidelines.strip() else None
    room.access, room.retention_days = Access(draft.access), draft.retention_days
    room.name, room.topic, room.guidelines = name, topic, guidelines


def join(place: Place, note: str = "") -> Membership:
    """Come in, or ask to; doing it again changes nothing."""
    if place.member is not None and (place.is_member or place.is_requested):
        return place.member
    if place.may_enter:
        return _enter(place)
    require(place.may_ask, N_("This room is by invitation."))
    written = text.plain(note, NOTE_LIMIT) if note.strip() else None
    return _add(place, Standing.REQUESTED, note=written)


def _enter(place: Place) -> Membership:
    if place.member is None:
        return _add(place, Standing.ACTIVE)
    place.member.standing = Standing.ACTIVE
    place.member.read_seq = place.room.head_seq
    return place.member


def _add(place: Place, standing: Standing, note: str | None = None) -> Membership:
    member = Membership(
        room_id=place.room.id,
        account_id=place.actor.id,
        standing=standing,
        read_seq=place.room.head_seq,
        since=clock.today(),
        note=note,
    )
    db.session().add(member)
    db.session().flush()
    return member


def leave(place: Place) -> None:
    """Leave a room, take a request back, or decline an invitation."""
    if place.member is not None:
        _end(place.member)


def walk_ins(room_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these rooms are open to every member of the site."""
    asked, rooms = _walk_ins()
    return set(db.session().scalars(rooms, asked.given((room_id,) for room_id in room_ids)))


@db.per_engine
def _walk_ins() -> tuple[Many, Select[uuid.UUID]]:
    asked = Many(Uuid())
    (room_id,) = asked.columns
    found = select(Room.id).select_from(asked.source).join(Room, Room.id == room_id)
    return asked, found.where(Room.access == Access.OPEN)


def shut_out(pairs: Collection[tuple[uuid.UUID, uuid.UUID]]) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """Which of these (room, account) pairs may not listen, in one question however many there are."""
    asked, outside = _outside()
    return {(row[0], row[1]) for row in db.session().execute(outside, asked.given(pairs))}


@db.per_engine
def _outside() -> tuple[Many, Select[uuid.UUID, uuid.UUID]]:
    asked = Many(Uuid(), Uuid())
    room_id, account_id = asked.columns
    is_walk_in = select(Room.id).where(Room.id == room_id, Room.access == Access.OPEN).exists()
    is_inside = (
        select(Membership.id)
        .where(
            Membership.room_id == room_id,
            Membership.account_id == account_id,
            Membership.standing == Standing.ACTIVE,
        )
        .exists()
    )
    pair = select(type_coerce(room_id, Uuid()), type_coerce(account_id, Uuid()))
    return asked, pair.select_from(asked.source).where(~is_walk_in, ~is_inside)


def heads_for(account_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[str, tuple[int, int]]]:
    """Per account, `{slug: (epoch, head_seq)}` of the rooms it belongs to."""
    asked, mine = _heads_of_mine()
    heads: dict[uuid.UUID, dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in db.session().execute(mine, asked.given((one,) for one in set(account_ids))):
        heads[row.account_id][row.slug] = (row.epoch, row.head_seq)
    return heads


@db.per_engine
def _heads_of_mine() -> tuple[Many, Select[uuid.UUID, str, int, int]]:
    asked = Many(Uuid())
    (account_id,) = asked.columns
    return asked, (
        select(Membership.account_id, Room.slug, Room.epoch, Room.head_seq)
        .select_from(asked.source)
        .join(Membership, Membership.account_id == account_id)
        .join(Room, Room.id == Membership.room_id)
        .where(Membership.standing == Standing.ACTIVE)
    )


def requests_in(place: Place) -> Sequence[Membership]:
    """Who asks to come in, longest waiting first."""
    require(place.may_keep)
    waiting = select(Membership).where(
        Membership.room_id == place.room.id, Membership.standing == Standing.REQUESTED
    )
    return (
        db.session().scalars(waiting.options(joinedload(Membership.account)).order_by(Membership.since)).all()
    )


def decide_request(place: Place, membership_id: uuid.UUID, *, let_in: bool) -> None:
    """Let someone in who asked, or not; a decision about nobody is a decision about nobody."""
    require(place.may_keep)
    member = db.session().get(Membership, membership_id)
    if member is None or member.room_id != place.room.id or member.standing != Standing.REQUESTED:
        raise NotFound()
    if not let_in:
        _end(member)
        return
    member.standing, member.read_seq, member.note = Standing.ACTIVE, place.room.head_seq, None


def invite(place: Place, pseudonym: str) -> None:
    """Ask someone in by pseudonym. Says nothing of whether there is such a person: same answer, no error."""
    require(place.may_keep)
    guest = db.session().scalar(select(Account).where(Account.skeleton == skeleton(pseudonym)))
    if guest is None or guest.id == place.actor.id:  # nobody opens a private room to themselves
        return
    known = db.session().scalar(
        select(Membership).where(Membership.room_id == place.room.id, Membership.account_id == guest.id)
    )
    if known is None:
        _add(Place(place.room, guest, None), Standing.INVITED)
    elif known.standing == Standing.REQUESTED:
        decide_request(place, known.id, let_in=True)


def _end(member: Membership) -> None:
    publish(MembershipEnded(member.room_id, member.account_id))
    db.session().delete(member)


def _free_slug(name: str) -> str:
    """An address made from a name; a number behind it when it is taken. Names without Latin letters get a plain one."""
    stem = (
        "-".join(re.findall(r"[a-z0-9]+", unicodedata.normalize("NFKD", name).lower()))[:50].strip("-")
        or "room"
    )
    taken = set(db.session().scalars(select(Room.slug).where(Room.slug.startswith(stem)))) | _RESERVED_SLUGS
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (stem, *numbered) if slug not in taken)
