"""Rooms over the socket: events in, pushes out."""

import uuid
from collections.abc import Callable, Collection
from typing import Annotated, Any

from pydantic import Field

from recovery_net.accounts.events import AccountChanged, SessionsEnded
from recovery_net.accounts.principal import current_account, current_principal
from recovery_net.accounts.service import names_shown
from recovery_net.core import clock, db, limits
from recovery_net.core.errors import DomainError, NotAllowed, TooEarly
from recovery_net.core.events import on
from recovery_net.core.i18n import N_
from recovery_net.realtime.committing import commit
from recovery_net.realtime.delivery import Delivery, Pair
from recovery_net.realtime.log import Appended, LoggedEvent
from recovery_net.realtime.payloads import Payload, parse
from recovery_net.realtime.presence import Presence
from recovery_net.realtime.relay import Relay
from recovery_net.realtime.server import Ack, Connection, Sockets
from recovery_net.rooms import history, service, talking
from recovery_net.rooms.events import AccessChanged, MembershipEnded
from recovery_net.rooms.history import Page
from recovery_net.rooms.marks import Marks
from recovery_net.rooms.models import Room
from recovery_net.rooms.presenting import present
from recovery_net.rooms.rounds import Rounds
from recovery_net.rooms.service import Place
from recovery_net.rooms.talking import Draft, Mark

Slug = Annotated[str, Field(strict=True, max_length=64)]
Seq = Annotated[int, Field(strict=True, ge=0, le=2**53)]
TYPING_PAUSE = 4.0  # seconds between two signs of typing from one socket


class JoinRoom(Payload):
    room: Slug
    after: Seq | None = None
    epoch: Seq | None = None


class SyncRoom(Payload):
    room: Slug
    after: Seq
    epoch: Seq | None = None


class InRoom(Payload):
    room: Slug


class ReadRoom(Payload):
    room: Slug
    seq: Seq


class SendMessage(Payload):
    room: Slug
    cid: uuid.UUID
    body: Any  # what is not text is refused in words by the rule itself
    reply_to: uuid.UUID | None = None
    content_note: Annotated[str, Field(strict=True)] | None = None


def register(sockets: Sockets, across: Relay) -> "LiveRooms":
    """Answer the rooms' events, and push their logs."""
    live = LiveRooms(sockets, across)
    for name, handler in (
        ("room:join", live.join),
        ("room:leave", live.leave),
        ("room:sync", live.sync),
        ("room:read", live.read),
        ("room:typing", live.typing),
    ):
        sockets.on(name)(handler)
    sockets.on("message:send", looks_up=False)(live.send)
    sockets.on_gone.append(live.gone)
    on(Appended)(lambda appended: live.delivery.poke(appended.event, appended.shown))
    on(MembershipEnded)(lambda ended: live.rounds.room_changed(ended.room_id))
    on(AccessChanged)(lambda changed: live.rounds.room_changed(changed.room_id))
    on(AccountChanged)(lambda changed: live.rounds.account_changed(changed.account_id))
    on(SessionsEnded)(lambda ended: live.rounds.sessions_ended(ended.device_ids))
    return live


def page_ack(page: Page) -> Ack:
    """A page as `room:sync` answers it."""
    return {
        "epoch": page.epoch,
        "head": page.head,
        "events": page.events,
        "more": page.more,
        "reset": page.reset,
    }


def sent_ack(event: LoggedEvent) -> Ack:
    """What the sender of a message is told; the same for every repetition."""
    return {"cid": str(event.cid), "id": str(event.id), "seq": event.seq, "state": "sent"}


class LiveRooms:
    """The rooms' socket events of one process."""

    def __init__(self, sockets: Sockets, across: Relay) -> None:
        self._sockets = sockets
        self._relay = across
        self._typed: dict[str, float] = {}
        self.marks = Marks()
        self.delivery = Delivery(Room, self._push, across)
        self.presence = Presence(sockets, across, _names_shown)
        self.rounds = Rounds(sockets, across, self.presence, self._unlisten)
        across.hear["typing"] = self._hear_typing

    def join(self, data: Any) -> Ack:
        wanted = parse(data, JoinRoom)
        with db.reading():
            room = self._readable(wanted.room).room
        connection = self._sockets.here()
        # Listen before the page is read: nothing falls between the two, and the client drops what it gets twice.
        self._sockets.enter(connection, room.id, room.slug)
        self.delivery.listen(room.id, connection.sid)
        try:
            with db.reading():
                return page_ack(self._page(wanted)) | {"here": self.presence.here(room.id)}
        except DomainError:
            self._unlisten(connection, room.id)  # the right went away between the two looks
            raise

    def _page(self, wanted: JoinRoom) -> Page:
        place = self._readable(wanted.room)
        if wanted.after is None:
            return history.newest(place)
        return history.since(place, wanted.after, wanted.epoch)

    def leave(self, data: Any) -> None:
        slug = parse(data, InRoom).room
        connection = self._sockets.here()
        for room_id, known in list(connection.rooms.items()):
            if known == slug:
                self._unlisten(connection, room_id)

    def sync(self, data: Any) -> Ack:
        wanted = parse(data, SyncRoom)
        self._listening(wanted.room)
        with db.reading():
            return page_ack(history.since(self._readable(wanted.room), wanted.after, wanted.epoch))

    def send(self, data: Any) -> Ack:
        """The session is looked up where the message is written: see `Sockets.on`, `looks_up`."""
        message = parse(data, SendMessage)
        connection = self._sockets.here()
        draft = Draft(message.cid, message.body, message.reply_to, message.content_note)
        return _send(
            connection.account_id,
            connection.token,
            message.room,
            draft,
            lambda: _joined(connection, message.room),
        )

    def read(self, data: Any) -> None:
        wanted = parse(data, ReadRoom)
        room_id = self._listening(wanted.room)
        connection = self._sockets.here()
        self.marks.move(connection.sid, Mark(room_id, connection.account_id, wanted.seq))

    def typing(self, data: Any) -> None:
        slug = parse(data, InRoom).room
        room_id = self._listening(slug)
        connection = self._sockets.here()
        with db.reading():
            place = self._readable(slug)
        now = clock.now().timestamp()
        if connection.sid not in self._sockets.connections:
            return  # gone meanwhile: nobody would forget it again
        if place.may_post and now - self._typed.get(connection.sid, 0.0) >= TYPING_PAUSE:
            self._typed[connection.sid] = now
            said = {"room": slug, "pseudonym": place.actor.pseudonym}
            self._sockets.push("room:typing", said, room_id, skip=connection.sid)
            self._relay.whisper(room_id, "typing", said)

    def _hear_typing(self, room_id: uuid.UUID | None, said: Any) -> None:
        if room_id is not None:
            self._sockets.push("room:typing", said, room_id)

    def gone(self, connection: Connection) -> None:
        """A socket has closed."""
        self._typed.pop(connection.sid, None)
        self.marks.gone(connection.sid)
        for room_id in list(connection.rooms):
            self.delivery.unlisten(room_id, connection.sid)

    def _push(self, room_id: uuid.UUID, events: list[Pair]) -> None:
        for payload in _payloads(room_id, events):
            self._sockets.push("room:event", payload, room_id)

    def _readable(self, slug: str) -> Place:
        place = service.room_for(current_account(), slug)
        if not place.may_read:
            raise NotAllowed(N_("Join this room to read it."))
        return place

    def _listening(self, slug: str) -> uuid.UUID:
        """The id of a room this socket listens to; whatever else is asked comes after `room:join`."""
        for room_id, known in self._sockets.here().rooms.items():
            if known == slug:
                return room_id
        with db.reading():
            self._readable(slug)  # a room that is closed to them is closed for good
        raise TooEarly(N_("Join the room first."))

    def _unlisten(self, connection: Connection, room_id: uuid.UUID) -> None:
        self._sockets.leave(connection, room_id)
        self.delivery.unlisten(room_id, connection.sid)


def _names_shown(account_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    with db.reading():
        return names_shown(account_ids)


def _payloads(room_id: uuid.UUID, events: list[Pair]) -> list[dict[str, Any]]:
    """What clients get; the database is asked only for what its writer has not made."""
    bare = [event for event, shown in events if shown is None]
    if not bare:
        return [shown for _, shown in events if shown is not None]
    with db.reading() as session:
        room = session.get_one(Room, room_id)
        made = iter(present(room.slug, room.epoch, bare))
    return [next(made) if shown is None else shown for _, shown in events]


def _joined(connection: Connection, slug: str) -> None:
    """Speaking over a socket comes after listening."""
    if slug not in connection.rooms.values():
        raise TooEarly(N_("Join the room first."))


def send(slug: str, draft: Draft) -> Ack:
    """Post for the person whose request this is."""
    asker = current_principal()
    return _send(asker.account_id, asker.token, slug, draft)


def _send(
    account_id: uuid.UUID, token: str, slug: str, draft: Draft, *conditions: Callable[[], object]
) -> Ack:
    """Every way in ends here. A known `cid` is answered whatever the conditions say; they hold for what is new."""

    def may_spend() -> None:
        limits.budget().spend(limits.SEND, "send", str(account_id))

    post = talking.ready(token, slug, draft, *conditions, may_spend)
    return sent_ack(commit(talking.post_messages, post))
