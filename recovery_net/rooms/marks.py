"""How far people have read: at most one write per socket in two seconds (delivery.md, 8)."""

import time
import uuid
from collections.abc import Sequence

from recovery_net.core import db
from recovery_net.realtime.committing import Committing
from recovery_net.rooms.talking import Mark, mark_all

PAUSE = 2.0  # seconds between two writes for one socket
_PIECE = 500  # marks of one transaction


class Marks:
    """The first mark is written at once; of those that come sooner than they may, the furthest is held."""

    def __init__(self) -> None:
        # A line of their own: in one transaction with messages, two workers would lock the same rows crosswise.
        self._line = Committing()
        self._written: dict[str, float] = {}
        self._held: dict[tuple[str, uuid.UUID], Mark] = {}

    def move(self, sid: str, mark: Mark) -> None:
        """A socket says how far its person has read."""
        if self._is_due(sid):
            self._written[sid] = time.monotonic()
            self._line.do(mark_all, mark)
            return
        held = self._held.get((sid, mark.room_id))
        self._held[sid, mark.room_id] = mark if held is None else max(held, mark)

    def write_held(self) -> None:
        """Write what was held and may be written by now."""
        self._write([key for key in self._held if self._is_due(key[0])])

    def write_all(self) -> None:
        """The process leaves: whatever was held, now."""
        self._write(list(self._held))

    def _write(self, keys: Sequence[tuple[str, uuid.UUID]]) -> None:
        for start in range(0, len(keys), _PIECE):
            some = {key: self._held[key] for key in keys[start : start + _PIECE]}
            with db.transaction():
                mark_all(list(some.values()))
            for key, written in some.items():
                if self._held.get(key) is written:  # else it went further meanwhile
                    del self._held[key]
                if key[0] in self._written:  # else it has closed
                    self._written[key[0]] = time.monotonic()

    def gone(self, sid: str) -> None:
        """A socket has closed; what is held for it is written with the next ones."""
        self._written.pop(sid, None)

    def _is_due(self, sid: str) -> bool:
        return time.monotonic() - self._written.get(sid, -PAUSE) >= PAUSE
