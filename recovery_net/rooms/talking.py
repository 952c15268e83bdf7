"""Saying something in a room, and reading what was said."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import bindparam, select, update

from recovery_net.accounts.models import Account
from recovery_net.accounts.speakers import Speaker
from recovery_net.core import db, text
from recovery_net.core.errors import Conflict, DomainError, NotFound, SignInNeeded, require
from recovery_net.core.i18n import N_
from recovery_net.core.straight import Straight
from recovery_net.realtime import log
from recovery_net.realtime.log import Entry, LoggedEvent
from recovery_net.rooms import presenting
from recovery_net.rooms.models import Membership, Room
from recovery_net.rooms.service import Place, join, room_for
from recovery_net.rooms.spots import Spot, arrivals

MESSAGE = "message"
NOTE_LIMIT = 80
Key = tuple[int, int]  # author and `cid`, as numbers (their hash is quick): one message


@dataclass(frozen=True, slots=True)
class Draft:
    """What someone wants to say. The device made `cid` once; the same one again is the same message."""

    cid: uuid.UUID
    body: object  # what is not text is refused in words
    reply_to: uuid.UUID | None = None
    content_note: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A draft that waits for its commit, made ready as far as that needs no database.

    `objection` is why it is refused, unless it was said before: a known `cid` is answered whatever stands against it.
    """

    token: str  # of the sender's session
    slug: str
    draft: Draft
    payload: dict[str, Any] = field(default_factory=dict)
    html: str = ""
    objection: DomainError | None = None


def ready(token: str, slug: str, draft: Draft, *conditions: Callable[[], object]) -> Post:
    """A draft ready for `post_messages`; a condition that does not hold raises its refusal."""
    try:
        for condition in conditions:
            condition()
        payload = _payload(draft)
    except DomainError as error:
        return Post(token, slug, draft, objection=error)
    return Post(token, slug, draft, payload, text.render(payload["body"]))


def _payload(draft: Draft) -> dict[str, Any]:
    payload = {"body": text.plain(draft.body, text.MESSAGE_LIMIT)}
    if draft.content_note and draft.content_note.strip():
        payload["content_note"] = text.plain(draft.content_note, NOTE_LIMIT, lines=False)
    if draft.reply_to is not None:
        payload["reply_to"] = str(draft.reply_to)
    return payload


def post_message(place: Place, draft: Draft) -> LoggedEvent:
    """Say something in a room. The same `cid` again returns the first result, whatever the rules say now."""
    (answer,) = _say([_Wish(ready("", place.slug, draft), place.actor, place)])
    if isinstance(answer, DomainError):
        raise answer
    return answer


def post_messages(posts: Sequence[Post]) -> list[LoggedEvent | DomainError]:
    """Say what many people want to say, each with an answer of its own: a kind of act for `realtime.committing`."""
    arrived, heads = arrivals([(post.token, post.slug, post.draft.cid) for post in posts])
    wishes = [
        _Wish(post, arrival.actor, arrival.spot, arrival.is_known)
        for post, arrival in zip(posts, arrived, strict=True)
    ]
    return _say(wishes, heads)


@dataclass(frozen=True, slots=True)
class _Wish:
    """A post, with who it comes from and how they stand in the room; None where there is no such thing for them."""

    post: Post
    actor: Account | Speaker | None
    spot: Place | Spot | None
    may_be_known: bool = True

    @property
    def key(self) -> Key | None:
        return None if self.actor is None else (self.actor.id.int, self.post.draft.cid.int)


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A post that will be said, and where."""

    post: Post
    spot: Place | Spot

    @property
    def seat(self) -> tuple[int, int]:
        return self.spot.actor.id.int, self.spot.room.id.int

    def entry(self) -> Entry:
        room, actor, post = self.spot.room, self.spot.actor, self.post
        shown = partial(presenting.show, room.slug, room.epoch, author=actor, html=post.html)
        return Entry(room.id, MESSAGE, post.payload, actor.id, post.draft.cid, shown)


def _say(
    wishes: Sequence[_Wish], heads: Mapping[uuid.UUID, int] | None = None
) -> list[LoggedEvent | DomainError]:
    """Every refusal is found before anything is written."""
    judging = _Judging(wishes)
    verdicts = [judging.judge(wish) for wish in wishes]
    said = _append(judging.accepted, heads)
    return [said[verdict] if isinstance(verdict, tuple) else verdict for verdict in verdicts]


class _Judging:
    """Looks at wishes in their order: said before, refused, or accepted (and then said once)."""

    def __init__(self, wishes: Sequence[_Wish]) -> None:
        self.accepted: dict[Key, _Accepted] = {}
        asked = [(one.actor.id, one.post.draft.cid) for one in wishes if one.actor and one.may_be_known]
        known = log.with_cids(asked) if asked else {}
        self._known = {(author_id.int, cid.int): event for (author_id, cid), event in known.items()}
        self._rooms = _rooms_of({wish.post.draft.reply_to for wish in wishes})

    def judge(self, wish: _Wish) -> Key | LoggedEvent | DomainError:
        try:
            return self._judge(wish)
        except DomainError as refusal:
            return refusal

    def _judge(self, wish: _Wish) -> Key | LoggedEvent:
        if (key := wish.key) is None:
            raise SignInNeeded()
        if (earlier := self._known.get(key)) is not None:
            _same_room(wish, db.session().get_one(Room, earlier.room_id).slug)
            return earlier
        if (twin := self.accepted.get(key)) is not None:
            _same_room(wish, twin.post.slug)
            return key
        self.accepted[key] = _Accepted(wish.post, self._may_say(wish))
        return key

    def _may_say(self, wish: _Wish) -> Place | Spot:
        if wish.spot is None:
            raise NotFound()
        require(wish.spot.may_post, N_("You cannot post in this room right now."))
        if wish.post.objection is not None:
            raise wish.post.objection
        target = wish.post.draft.reply_to
        if target is not None and self._rooms.get(target) != wish.spot.room.id:
            raise NotFound(N_("The message you answer is not there any more."))
        return wish.spot


def _same_room(wish: _Wish, slug: str) -> None:
    if slug != wish.post.slug:
        raise Conflict(N_("This message was already sent in another room."))


_TARGETS = select(log.RoomEvent.id, log.RoomEvent.room_id).where(
    log.RoomEvent.id.in_(bindparam("ids", expanding=True))
)


def _rooms_of(event_ids: set[uuid.UUID | None]) -> dict[uuid.UUID, uuid.UUID]:
    """In which room each of these events is."""
    ids = [event_id for event_id in event_ids if event_id is not None]
    if not ids:
        return {}
    return {row[0]: row[1] for row in db.core().execute(_TARGETS, {"ids": ids})}


def _append(accepted: dict[Key, _Accepted], heads: Mapping[uuid.UUID, int] | None) -> dict[Key, LoggedEvent]:
    """Who speaks in an open room has walked in; one's own words are not news."""
    read: dict[tuple[int, int], int] = {}  # how far each of them has read each of these rooms
    for one in accepted.values():
        if one.seat not in read:
            member = one.spot.member if one.spot.is_member else None
            read[one.seat] = _come_in(one.spot).read_seq if member is None else member.read_seq
    events = log.append_all(Room, [one.entry() for one in accepted.values()], heads)
    marks: dict[tuple[int, int], Mark] = {}
    for one, event in zip(accepted.values(), events, strict=True):
        if read[one.seat] == event.seq - 1:
            read[one.seat] = event.seq
            marks[one.seat] = Mark(event.room_id, one.spot.actor.id, event.seq)
    _write_marks(marks.values())
    return dict(zip(accepted, events, strict=True))


def _come_in(spot: Place | Spot) -> Membership:
    if isinstance(spot, Spot):
        spot = room_for(db.session().get_one(Account, spot.actor.id), spot.room.slug)
    return join(spot)


@db.per_engine
def _moving() -> Straight:
    mine = (Membership.room_id == bindparam("room")) & (Membership.account_id == bindparam("account"))
    moved = update(Membership).where(mine, Membership.read_seq < bindparam("seq"))
    return Straight(moved.values(read_seq=bindparam("seq")), db.engine().dialect)


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """How far somebody says that they have read."""

    room_id: uuid.UUID
    account_id: uuid.UUID
    seq: int


def mark_all(marks: Sequence[Mark]) -> list[None]:
    """Move marks forward, never past what is there: a kind of act for `realtime.committing`."""
    heads = log.heads(Room, list({mark.room_id for mark in marks}))
    _write_marks(
        Mark(mark.room_id, mark.account_id, min(mark.seq, heads[mark.room_id][1]))
        for mark in marks
        if mark.room_id in heads
    )
    return [None for _ in marks]


def _write_marks(marks: Iterable[Mark]) -> None:
    moving = _moving()
    rows = [{"room": mark.room_id, "account": mark.account_id, "seq": mark.seq} for mark in sorted(marks)]
    db.leave(*((moving, row) for row in rows))


def mark_read(place: Place, seq: int) -> None:
    """Move one reader's mark."""
    mark_all([Mark(place.room.id, place.actor.id, seq)])
