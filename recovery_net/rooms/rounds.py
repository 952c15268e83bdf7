"""What is looked at again and again for everyone connected: rights first, then how far the rooms have come.

In pieces, with a breath between them: ten thousand members at once would hold everybody up.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from recovery_net.accounts.principal import ended_sessions
from recovery_net.core import db
from recovery_net.realtime import log
from recovery_net.realtime.presence import Presence
from recovery_net.realtime.relay import ENDED, Relay
from recovery_net.realtime.server import Connection, Sockets
from recovery_net.rooms import service
from recovery_net.rooms.models import Room

RIGHTS_EVERY, HEADS_EVERY = 1.0, 20.0  # seconds (delivery.md, 6 and 9)
_PIECE = 500  # members of one piece
_RIGHTS_PIECE = 2000  # where the database is a process of its own, and waiting for it holds nobody up
_BREATH = 0.001  # seconds
_RIGHTS, _ACCOUNT = "rights", "account"

Heard = Sequence[tuple[Connection, uuid.UUID]]
T = TypeVar("T")


class Rounds:
    """Takes rights away from open sockets, here and on the other workers; says how far the rooms have come.

    A hint makes it quick. Without one the round of the next second finds the same in the database, so that nothing
    depends on Redis, nor on how a right was taken away.
    """

    def __init__(
        self,
        sockets: Sockets,
        across: Relay,
        presence: Presence,
        unlisten: Callable[[Connection, uuid.UUID], None],
    ) -> None:
        self._sockets = sockets
        self._presence = presence
        self._relay = across
        self._unlisten = unlisten
        # Looked at before the next hint is read: what is said after a right ended is not heard by who had it.
        across.hear[_RIGHTS] = lambda room_id, _: self._look_again(room_id=room_id)
        across.hear[_ACCOUNT] = lambda _, account_id: self._account_changed(uuid.UUID(account_id))
        across.hear[ENDED] = lambda _, ended: sockets.drop(map(uuid.UUID, ended))

    def sessions_ended(self, device_ids: Sequence[uuid.UUID]) -> None:
        """These devices are signed out: their sockets close."""
        self._sockets.drop(device_ids)
        self._relay.publish_ended(device_ids)

    def room_changed(self, room_id: uuid.UUID) -> None:
        """Somebody left, was let go, or the room was closed."""
        self._look_again(room_id=room_id)
        self._relay.whisper(room_id, _RIGHTS, None)

    def account_changed(self, account_id: uuid.UUID) -> None:
        """Another role, or another choice: whatever it allowed is looked at again."""
        self._account_changed(account_id)
        self._relay.tell(_ACCOUNT, str(account_id))

    def _account_changed(self, account_id: uuid.UUID) -> None:
        self._presence.look_again(account_id)
        self._look_again(account_id=account_id)

    def look_at_rights(self) -> None:
        """Everyone connected: is the device still signed in, may the person still listen?"""
        size = _RIGHTS_PIECE if db.is_postgresql() else _PIECE
        devices = [connection.device_id for connection in list(self._sockets.connections.values())]
        for some in _pieces(devices, size):
            self._sockets.drop(ended_sessions(some))
        heard = self._heard()
        with db.reading():
            is_open = service.walk_ins({room_id for _, room_id in heard})
        closed = [(connection, room_id) for connection, room_id in heard if room_id not in is_open]
        for part in _pieces(closed, size):
            self._silence(part)

    def _look_again(self, room_id: uuid.UUID | None = None, account_id: uuid.UUID | None = None) -> None:
        self._silence(
            [
                (connection, known)
                for connection, known in self._heard()
                if room_id in (None, known) and account_id in (None, connection.account_id)
            ]
        )

    def _heard(self) -> Heard:
        return [
            (connection, known)
            for connection in list(self._sockets.connections.values())
            for known in list(connection.rooms)
        ]

    def _silence(self, heard: Heard) -> None:
        if not heard:
            return
        with db.reading():
            shut_out = service.shut_out([(known, connection.account_id) for connection, known in heard])
        if not shut_out:
            return
        for connection, known in heard:
            if (known, connection.account_id) in shut_out:
                self._unlisten(connection, known)

    def push_heads(self) -> None:
        """Tell every socket how far its rooms have come: who is behind will ask (delivery.md, 6)."""
        for some in _pieces(list(self._sockets.connections.values()), _PIECE):
            walked_in = {room_id for connection in some for room_id in list(connection.rooms)}
            with db.reading():
                heads = log.heads(Room, list(walked_in))
                mine = service.heads_for(connection.account_id for connection in some)
            for connection in some:
                self._push_heads(connection, heads, mine.get(connection.account_id, {}))

    def _push_heads(
        self,
        connection: Connection,
        heads: dict[uuid.UUID, tuple[int, int]],
        mine: dict[str, tuple[int, int]],
    ) -> None:
        here = {slug: heads[room_id] for room_id, slug in list(connection.rooms.items()) if room_id in heads}
        known: Any = mine | here
        if known:
            self._sockets.push("room:heads", known, connection.sid)


def _pieces(everyone: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(everyone), size):
        yield everyone[start : start + size]
        time.sleep(_BREATH)
