"""From the log to the sockets of this process: every room's events once and in order (delivery.md, 5).

An appended event is a poke. What is pushed is always `delivered + 1`, and whatever a poke did not bring (another
worker wrote it, a handler failed) is read from the database: at once when the relay says so, by the sweep when it does
not. So a lost poke costs a second, never a message.
"""

import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event, RLock
from typing import Any, Protocol

import structlog

from recovery_net.core import db, logs
from recovery_net.realtime import log, relay
from recovery_net.realtime.log import HasLog, LoggedEvent
from recovery_net.realtime.relay import Relay

# An event, and what clients get of it if its writer has made that already.
Pair = tuple[LoggedEvent, dict[str, Any] | None]

SWEEP_EVERY = 1.0  # seconds
_HELD = 1000  # events of one room that wait for an earlier one; the log has the rest
_CHUNK = 500  # rooms of one question: between two of them others have their turn
_log = structlog.get_logger()


class Push(Protocol):
    """Sends a room's events to everyone here who listens. May read the database, must not wait for a reader."""

    def __call__(self, room_id: uuid.UUID, events: list[Pair], /) -> None: ...


@dataclass(slots=True)
class _Room:
    """One room with listeners here. `delivered` is None until its head was read; `epoch` is its log's, once known."""

    listeners: set[str] = field(default_factory=set)
    delivered: int | None = None
    epoch: int | None = None
    waiting: dict[int, Pair] = field(default_factory=dict)
    lock: Any = field(default_factory=RLock)  # one sender a room


@dataclass(frozen=True, slots=True)
class Lag:
    """How far behind this process is: events of the room that is worst, seconds since the last whole sweep."""

    events: int
    seconds: float


class Delivery:
    """Keeps, per room with listeners here, how far its log has been pushed."""

    def __init__(self, logs: type[HasLog], push: Push, across: Relay | None = None) -> None:
        self._logs = logs
        self._push = push
        self._relay = across or relay.Alone()
        self._relay.hear[relay.HEAD] = self._told
        self._relay.hear[relay.OPENED] = self._told
        self._rooms: dict[uuid.UUID, _Room] = {}
        self._doubtful: set[uuid.UUID] = set()  # rooms that may have more than was pushed
        self._wake = Event()
        self._swept_at = time.monotonic()
        self._behind = 0

    def listen(self, room_id: uuid.UUID, sid: str) -> None:
        """A socket listens from here on. Listen first, then read the page: nothing falls between the two."""
        room = self._rooms.get(room_id)
        if room is None:
            room = self._rooms[room_id] = _Room()
            self._relay.subscribe(room_id)
        room.listeners.add(sid)
        if room.delivered is None:
            with db.reading():
                epoch, head = log.heads(self._logs, [room_id])[room_id]
            self._begin(room_id, room, epoch, head)

    def _begin(self, room_id: uuid.UUID, room: _Room, epoch: int, head: int) -> None:
        with room.lock:
            if room.delivered is None:
                room.epoch, room.delivered = epoch, head
                self._accept(room_id, room, ())  # what was poked while the head was read

    def unlisten(self, room_id: uuid.UUID, sid: str) -> None:
        """A socket has left; the last one takes the room's state with it."""
        room = self._rooms.get(room_id)
        if room is None:
            return
        room.listeners.discard(sid)
        if not room.listeners:
            del self._rooms[room_id]
            self._relay.unsubscribe(room_id)

    def listeners(self, room_id: uuid.UUID) -> frozenset[str]:
        """The sockets that listen to a room here."""
        room = self._rooms.get(room_id)
        return frozenset() if room is None else frozenset(room.listeners)

    def poke(self, event: LoggedEvent, shown: dict[str, Any] | None = None) -> None:
        """An event was committed in this process. `shown` spares the push a look into the database."""
        self._relay.publish_head(event.room_id, event.seq)
        room = self._rooms.get(event.room_id)
        if room is None:
            return
        with room.lock:
            if len(room.waiting) < _HELD:  # beyond, the log has it
                self._accept(event.room_id, room, ((event, shown),))
        if room.waiting:  # another worker wrote the one before
            self._doubt(event.room_id)

    def _told(self, room_id: uuid.UUID | None, head: int | None) -> None:
        """Another worker wrote, or hints begin to come: what was written before is looked for."""
        room = None if room_id is None else self._rooms.get(room_id)
        if room is not None and room_id is not None and (head is None or head > (room.delivered or 0)):
            self._doubt(room_id)

    def _doubt(self, room_id: uuid.UUID) -> None:
        self._doubtful.add(room_id)
        self._wake.set()

    def work(self, stop: Event) -> None:
        """Catch up where a hint says so, and sweep every second, until told to stop."""
        due = time.monotonic()
        while not stop.is_set():
            self._wake.wait(max(0.0, due - time.monotonic()))
            self._wake.clear()
            is_due = time.monotonic() >= due
            due = time.monotonic() + SWEEP_EVERY if is_due else due
            try:
                self.sweep() if is_due else self._settle()
            except Exception as error:  # the database may be away; the next sweep finds what this one did not
                _log.error("background", error=type(error).__name__, where=logs.where(error))

    def sweep(self) -> None:
        """Push whatever the database has beyond what was pushed."""
        self._doubtful.clear()
        self._behind = self._look_at(list(self._rooms))
        self._swept_at = time.monotonic()

    def lag(self) -> Lag:
        """What the last sweep found, and how long ago that was."""
        return Lag(self._behind, time.monotonic() - self._swept_at)

    def _settle(self) -> None:
        doubtful, self._doubtful = self._doubtful, set()
        self._look_at(list(doubtful))

    def _look_at(self, room_ids: Sequence[uuid.UUID]) -> int:
        """Catch up in these rooms. Gives by how much the worst of them was behind."""
        worst = 0
        for some in _chunks(room_ids):
            done = {
                room_id: self._delivered(room_id) for room_id in some
            }  # before the look, see `_start_over`
            with db.reading():
                heads = log.heads(self._logs, some)
            for room_id, (epoch, head) in heads.items():
                room = self._rooms.get(room_id)
                if room is None:
                    continue
                if room.delivered is None:
                    self._begin(room_id, room, epoch, head)
                elif epoch != room.epoch or head < (done[room_id] or 0):
                    self._start_over(room, epoch, head)
                elif head > room.delivered:
                    worst = max(worst, head - room.delivered)
                    self._try_to_catch_up(room_id)
        return worst

    @staticmethod
    def _start_over(room: _Room, epoch: int, head: int) -> None:
        """Another log: a backup was restored. What waits is of the old one.

        A head behind what had been pushed *before* the look tells it too; what was pushed while we looked does not.
        """
        with room.lock:
            room.waiting.clear()
            room.epoch, room.delivered = epoch, head

    def _delivered(self, room_id: uuid.UUID) -> int | None:
        room = self._rooms.get(room_id)
        return None if room is None else room.delivered

    def _try_to_catch_up(self, room_id: uuid.UUID) -> None:
        """One room that cannot be shown must not silence the others."""
        try:
            self._catch_up(room_id)
        except Exception as error:
            if db.is_outage(error):
                raise
            _log.error("background", error=type(error).__name__, where=logs.where(error))

    def _catch_up(self, room_id: uuid.UUID) -> None:
        while (room := self._rooms.get(room_id)) is not None and room.delivered is not None:
            with db.reading():
                read = log.after(room_id, room.delivered)
            with room.lock:
                before = room.delivered
                self._accept(room_id, room, [(event, None) for event in read])
                is_stuck = room.delivered == before
            if is_stuck or len(read) < log.PAGE:
                return

    def _accept(self, room_id: uuid.UUID, room: _Room, read: Iterable[Pair]) -> None:
        """Push the unbroken run that begins at `delivered + 1`; the room's lock is held."""
        waiting, done = room.waiting, room.delivered
        for pair in read:
            if done is None or pair[0].seq > done:
                waiting.setdefault(pair[0].seq, pair)
        if done is None:
            return
        run: list[Pair] = []
        while (next_pair := waiting.get(done + len(run) + 1)) is not None:
            run.append(next_pair)
        # Not if the last listener left and another one came meanwhile: those have read a page of their own.
        if run and self._rooms.get(room_id) is room:
            self._push(room_id, run)
            room.delivered = done + len(run)  # only now: a push that failed is tried again by the sweep
        for seq in [seq for seq in waiting if seq <= (room.delivered or 0)]:
            del waiting[seq]


def _chunks(room_ids: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    for start in range(0, len(room_ids), _CHUNK):
        yield room_ids[start : start + _CHUNK]
