"""Saying something in a room, and reading what was said."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from recovery_net.accounts.models import Account
from recovery_net.core import db, text
from recovery_net.core.errors import Conflict, Invalid, NotFound, require
from recovery_net.core.i18n import N_
from recovery_net.realtime import log
from recovery_net.realtime.log import LoggedEvent
from recovery_net.rooms.models import Membership, Room
from recovery_net.rooms.service import Place, join

MESSAGE = "message"
NOTE_LIMIT = 80
PAGE = 50  # messages of one page of history


@dataclass(frozen=True, slots=True)
class Draft:
    """What someone wants to say. The device made `cid` once; the same one again is the same message."""

    cid: uuid.UUID
    body: str
    reply_to: uuid.UUID | None = None
    content_note: str | None = None


def already_posted(actor: Account, slug: str, cid: uuid.UUID) -> LoggedEvent | None:
    """The first answer to this `cid`, if it was given. It is the sender's own: no limit, no closed door is asked."""
    earlier = log.with_cid(actor.id, cid)
    if earlier is not None and db.session().get_one(Room, earlier.room_id).slug != slug:
        raise Conflict(N_("This message was already sent in another room."))
    return earlier


def post_message(place: Place, draft: Draft) -> LoggedEvent:
    """Say something in a room. The same `cid` again returns the first result, whatever the limits say now."""
    if earlier := already_posted(place.actor, place.slug, draft.cid):
        return earlier
    require(place.may_post, N_("You cannot post in this room right now."))
    payload = {"body": text.plain(draft.body, text.MESSAGE_LIMIT)}
    if draft.content_note and draft.content_note.strip():
        payload["content_note"] = text.plain(draft.content_note, NOTE_LIMIT, lines=False)
    if draft.reply_to is not None:
        payload["reply_to"] = str(_in_this_room(place, draft.reply_to))
    member = place.member if place.is_member else join(place)  # who speaks in an open room has walked in
    event = log.append(place.room, MESSAGE, payload, author_id=place.actor.id, cid=draft.cid)
    if member is not None:
        _mark(member.id, event.seq, only_from=event.seq - 1)  # one's own words are not news
    return event


def _in_this_room(place: Place, event_id: uuid.UUID) -> uuid.UUID:
    found = db.session().scalar(
        select(log.RoomEvent.id).where(log.RoomEvent.id == event_id, log.RoomEvent.room_id == place.room.id)
    )
    if found is None:
        raise NotFound(N_("The message you answer is not there any more."))
    return found


@dataclass(frozen=True, slots=True)
class Page:
    """Some events of a room, ascending. `more`: there is more in the direction that was asked for."""

    epoch: int
    head: int
    events: list[dict[str, Any]]
    more: bool
    reset: bool = False

    @property
    def oldest(self) -> int:
        return int(self.events[0]["seq"]) if self.events else self.head + 1


def newest(place: Place, before: int | None = None, limit: int = PAGE) -> Page:
    """The newest events, or those before a `seq`."""
    require(place.may_read, N_("Join this room to read it."))
    if before is not None:
        before = max(0, min(before, place.room.head_seq + 1))  # a number from an address may be any number
    events = log.before(place.room.id, before, limit)
    more = bool(events) and events[0].seq > 1
    return Page(
        place.room.epoch, place.room.head_seq, present(place.room.slug, place.room.epoch, events), more
    )


def since(place: Place, seq: int, epoch: int | None = None) -> Page:
    """The events after `seq`, at most 200; `reset` when the reader's log is not this one any more."""
    require(place.may_read, N_("Join this room to read it."))
    room = place.room
    if seq < 0:
        raise Invalid(N_("A place in the room's log is a number from 0 up."))
    if seq > room.head_seq or (epoch is not None and epoch != room.epoch):
        return Page(room.epoch, room.head_seq, [], more=False, reset=True)
    events = log.after(room.id, seq)
    head = max(room.head_seq, events[-1].seq if events else 0)
    more = bool(events) and events[-1].seq < head
    return Page(room.epoch, head, present(room.slug, room.epoch, events), more)


def mark_read(place: Place, seq: int) -> None:
    """Move the reader's mark; it only moves forward, and never past what is there."""
    if place.member is not None:
        _mark(place.member.id, min(seq, place.room.head_seq))


def _mark(member_id: uuid.UUID, seq: int, only_from: int = 0) -> None:
    db.session().execute(
        update(Membership)
        .where(Membership.id == member_id, Membership.read_seq < seq, Membership.read_seq >= only_from)
        .values(read_seq=seq)
        .execution_options(synchronize_session=False)
    )


def present(slug: str, epoch: int, events: Iterable[LoggedEvent]) -> list[dict[str, Any]]:
    """Events as clients get them (contract.md, `room:event`)."""
    listed = list(events)
    authors = _authors({event.author_id for event in listed if event.author_id})
    return [_shown(slug, epoch, event, authors) for event in listed]


def _authors(ids: set[uuid.UUID]) -> dict[uuid.UUID, dict[str, str]]:
    if not ids:
        return {}
    rows = db.session().execute(
        select(Account.id, Account.pseudonym, Account.avatar_seed, Account.role).where(Account.id.in_(ids))
    )
    return {row.id: {"pseudonym": row.pseudonym, "avatar": row.avatar_seed, "role": row.role} for row in rows}


def _shown(
    slug: str, epoch: int, event: LoggedEvent, authors: dict[uuid.UUID, dict[str, str]]
) -> dict[str, Any]:
    head = {"room": slug, "epoch": epoch, "seq": event.seq}
    if not event.payload:
        return head | {"kind": "expired"}  # retention took the content; the number stays
    nobody = {"pseudonym": N_("former member"), "avatar": str(event.id), "role": "member"}
    return head | {
        "kind": event.kind,
        "id": str(event.id),
        "cid": None if event.cid is None else str(event.cid),
        "author": authors.get(event.author_id, nobody) if event.author_id else nobody,
        "body": event.payload["body"],
        "html": text.render(
            event.payload["body"]
        ),  # now, not when it was said: rules of safety reach old words
        "reply_to": event.payload.get("reply_to"),
        "content_note": event.payload.get("content_note"),
        "sent_at": event.sent_at.isoformat(),
    }
