"""From the log to the sockets of this process: every room's events once and in order (delivery.md, 5).

An appended event is a poke. What is pushed is always `delivered + 1`, and whatever a poke did not bring (another
process wrote it, a handler failed) the sweep reads from the database. So a lost poke costs seconds, never a message.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from threading import RLock
from typing import Any

from recovery_net.core import db
from recovery_net.realtime import log
from recovery_net.realtime.log import HasLog, LoggedEvent

# An event, and what clients get of it if its writer has made that already.
Pair = tuple[LoggedEvent, dict[str, Any] | None]
Push = Callable[[uuid.UUID, list[Pair]], None]


class Delivery:
    """Keeps, per room with listeners here, how far its log has been pushed."""

    def __init__(self, logs: type[HasLog], push: Push) -> None:
        self._logs = logs
        self._push = push
        self._listeners: dict[uuid.UUID, set[str]] = defaultdict(set)
        self._delivered: dict[uuid.UUID, int] = {}
        self._waiting: dict[uuid.UUID, dict[int, Pair]] = defaultdict(dict)
        self._locks: dict[uuid.UUID, RLock] = defaultdict(RLock)  # one sender a room

    def listen(self, room_id: uuid.UUID, sid: str) -> None:
        """A socket listens from here on. Listen first, then read the page: nothing falls between the two."""
        self._listeners[room_id].add(sid)
        if room_id not in self._delivered:
            with db.reading():
                head = log.heads(self._logs, [room_id])[room_id][1]
            self._delivered.setdefault(room_id, head)

    def unlisten(self, room_id: uuid.UUID, sid: str) -> None:
        """A socket has left; the last one takes the room's state with it."""
        self._listeners[room_id].discard(sid)
        if not self._listeners[room_id]:
            states: tuple[dict[uuid.UUID, Any], ...]
            states = (self._listeners, self._delivered, self._waiting, self._locks)
            for state in states:
                state.pop(room_id, None)

    def listeners(self, room_id: uuid.UUID) -> frozenset[str]:
        """The sockets that listen to a room here."""
        return frozenset(self._listeners.get(room_id, ()))

    def poke(self, event: LoggedEvent, shown: dict[str, Any] | None = None) -> None:
        """An event was committed in this process. `shown` spares the push a look into the database."""
        if event.room_id in self._delivered:
            with self._locks[event.room_id]:
                self._accept(event.room_id, [(event, shown)])

    def sweep(self) -> None:
        """Push whatever the database has beyond what was pushed."""
        rooms = list(self._delivered)
        if not rooms:
            return
        with db.reading():
            heads = log.heads(self._logs, rooms)
        for room_id, (_epoch, head) in heads.items():
            if head > self._delivered.get(room_id, head):
                self._catch_up(room_id)

    def _catch_up(self, room_id: uuid.UUID) -> None:
        with self._locks[room_id], db.reading():
            done = self._delivered.get(room_id)
            if done is not None:
                self._accept(room_id, [(event, None) for event in log.after(room_id, done)])

    def _accept(self, room_id: uuid.UUID, read: Iterable[Pair]) -> None:
        """Push the unbroken run that begins at `delivered + 1`; the room's lock is held."""
        done = self._delivered.get(room_id)
        if done is None:
            return
        waiting = self._waiting[room_id]
        waiting.update((event.seq, (event, shown)) for event, shown in read)
        run: list[Pair] = []
        while (pair := waiting.get(done + len(run) + 1)) is not None:
            run.append(pair)
        if run:
            self._push(room_id, run)
        # Only now: a push that failed is tried again by the sweep. And only if the room is still what it was:
        # while we pushed, the last listener may have left and another one come.
        if self._delivered.get(room_id) != done:
            return
        self._delivered[room_id] = done + len(run)
        for seq in [seq for seq in waiting if seq <= done + len(run)]:
            del waiting[seq]
