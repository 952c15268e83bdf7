"""Who is here, of those who want it known: opt-in, told to those who listen to the same room, and kept nowhere.

Every worker looks at its own sockets once a second. What it finds goes to the workers that have listeners in the same
room, by a hint that is worth something for some seconds only: a worker that dies takes its people along.
"""

import secrets
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from recovery_net.core import clock
from recovery_net.realtime.relay import Relay
from recovery_net.realtime.server import Connection, Sockets

LOOK_EVERY = 1.0  # seconds
SPACING = 10.0  # between two messages to one room
TELL_EVERY = 8.0  # between two hints to other workers
WORTH = 17.0  # what a hint says holds so long: with the spacing, nobody is shown for 30 s after a worker died
REPEAT = 60.0  # a message that was lost is mended by then
NAMES = 50
_PIECE = 500

Names = Callable[[Collection[uuid.UUID]], dict[uuid.UUID, str]]
People = frozenset[uuid.UUID]
NOBODY: People = frozenset()


@dataclass(slots=True)
class _Room:
    """What was said of a room, here and to other workers, and what those said."""

    slug: str
    since: float
    said: list[str] = field(default_factory=list)
    said_at: float = float("-inf")
    told: People = NOBODY
    told_at: float = float("-inf")
    elsewhere: dict[str, tuple[People, float]] = field(default_factory=dict)  # by worker, and until when


class Presence:
    """Gathers who is here. `names` gives the pseudonyms of those among the asked who opted in: the database knows."""

    def __init__(self, sockets: Sockets, across: Relay, names: Names) -> None:
        self._sockets = sockets
        self._relay = across
        self._names_of = names
        self._me = secrets.token_hex(4)
        self._rooms: dict[uuid.UUID, _Room] = {}
        self._shown: dict[uuid.UUID, str] = {}  # who opted in
        self._asked: set[uuid.UUID] = set()  # about whom the database was asked in this round
        self._round_ends = 0.0
        across.hear["here"] = self._hear
        across.hear["who"] = self._answer

    def here(self, room_id: uuid.UUID) -> dict[str, Any]:
        """What a room was told last."""
        room = self._rooms.get(room_id)
        return _payload([] if room is None else room.said)

    def look_again(self, account_id: uuid.UUID) -> None:
        """Somebody chose anew; the next look asks about them."""
        self._asked.discard(account_id)
        self._shown.pop(account_id, None)

    def look(self) -> None:
        """Find who is here now, and tell whoever should know."""
        now = clock.now().timestamp()
        connections = list(self._sockets.connections.values())
        self._ask_names({connection.account_id for connection in connections}, now)
        people = self._people(connections, now)
        for room_id, room in list(self._rooms.items()):
            here = people[room.slug]
            self._tell_workers(room_id, room, frozenset(here), now)
            self._tell_listeners(room_id, room, here, now)

    def _people(self, connections: list[Connection], now: float) -> dict[str, set[uuid.UUID]]:
        """Who of those who opted in listens, by slug: its hash is at hand, that of an id is made at every turn."""
        people: dict[str, set[uuid.UUID]] = defaultdict(set)
        listened: dict[str, uuid.UUID] = {}
        for number, connection in enumerate(connections):
            if number % _PIECE == 0:
                time.sleep(0)  # others have their turn
            is_shown = connection.account_id in self._shown
            for room_id, slug in list(connection.rooms.items()):
                listened.setdefault(slug, room_id)
                if is_shown:
                    people[slug].add(connection.account_id)
        self._follow({room_id: slug for slug, room_id in listened.items()}, now)
        return people

    def _follow(self, slugs: dict[uuid.UUID, str], now: float) -> None:
        for room_id in self._rooms.keys() - slugs.keys():
            del self._rooms[room_id]
        for room_id in slugs.keys() - self._rooms.keys():
            self._rooms[room_id] = _Room(slugs[room_id], now)
            self._relay.whisper(room_id, "who", None)

    def _ask_names(self, connected: set[uuid.UUID], now: float) -> None:
        """About everyone now and then: the choice may have been made at another worker."""
        if now >= self._round_ends:
            self._asked.clear()
            self._round_ends = now + SPACING
        elsewhere = {
            one for room in self._rooms.values() for some, _ in room.elsewhere.values() for one in some
        }
        asked = list((connected | elsewhere) - self._asked)
        for start in range(0, len(asked), _PIECE):
            some = asked[start : start + _PIECE]
            found = self._names_of(some)
            for account_id in some:
                self._shown.pop(account_id, None)
            self._shown |= found
            self._asked.update(some)
            time.sleep(0.001)
        if len(self._shown) > len(connected | elsewhere):
            self._shown = {one: self._shown[one] for one in self._shown if one in connected | elsewhere}

    def _tell_workers(self, room_id: uuid.UUID, room: _Room, shown: People, now: float) -> None:
        if shown != room.told or (shown and now - room.told_at >= TELL_EVERY):
            room.told, room.told_at = shown, now
            self._relay.whisper(room_id, "here", [self._me, [str(one) for one in shown]])

    def _tell_listeners(self, room_id: uuid.UUID, room: _Room, here: set[uuid.UUID], now: float) -> None:
        if now - room.since < LOOK_EVERY or now - room.said_at < SPACING:
            return  # a new room waits for the answers of the others
        for worker in [worker for worker, (_, until) in room.elsewhere.items() if until < now]:
            del room.elsewhere[worker]
        everyone = here.union(*(some for some, _ in room.elsewhere.values()))
        names = sorted(self._shown[one] for one in everyone & self._shown.keys())
        if names != room.said or (names and now - room.said_at >= REPEAT):
            room.said, room.said_at = names, now
            self._sockets.push("room:here", {"room": room.slug, **_payload(names)}, room_id)

    def _hear(self, room_id: uuid.UUID | None, payload: Any) -> None:
        room = None if room_id is None else self._rooms.get(room_id)
        if room is not None:
            worker, people = payload
            room.elsewhere[worker] = frozenset(map(uuid.UUID, people)), clock.now().timestamp() + WORTH

    def _answer(self, room_id: uuid.UUID | None, _payload: Any) -> None:
        room = None if room_id is None else self._rooms.get(room_id)
        if room is not None and room_id is not None and room.told:
            self._relay.whisper(room_id, "here", [self._me, [str(one) for one in room.told]])


def _payload(names: list[str]) -> dict[str, Any]:
    return {"count": len(names), "names": names[:NAMES]}
