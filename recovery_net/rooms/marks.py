"""How far people have read: at most one write per socket in two seconds (delivery.md, 8)."""

import time
import uuid

from recovery_net.core import db
from recovery_net.realtime.committing import commit
from recovery_net.rooms.talking import Mark, mark_all

PAUSE = 2.0  # seconds between two writes for one socket
_PIECE = 500  # marks of one transaction


class Marks:
    """The first mark is written at once; of those that come sooner than they may, the furthest is held."""

    def __init__(self) -> None:
        self._written: dict[str, float] = {}
        self._held: dict[tuple[str, uuid.UUID], Mark] = {}

    def move(self, sid: str, mark: Mark) -> None:
        """A socket says how far its person has read."""
        if self._is_due(sid):
            self._written[sid] = time.monotonic()
            commit(mark_all, mark)
            return
        held = self._held.get((sid, mark.room_id))
        self._held[sid, mark.room_id] = mark if held is None else max(held, mark)

    def write_held(self) -> None:
        """Write what was held and may be written by now."""
        due = [key for key in self._held if self._is_due(key[0])]
        for start in range(0, len(due), _PIECE):
            with db.transaction():
                mark_all([self._held[key] for key in due[start : start + _PIECE]])
            for key in due[start : start + _PIECE]:
                self._held.pop(key, None)
                if key[0] in self._written:  # else it has closed
                    self._written[key[0]] = time.monotonic()

    def gone(self, sid: str) -> None:
        """A socket has closed; what is held for it is written with the next ones."""
        self._written.pop(sid, None)

    def _is_due(self, sid: str) -> bool:
        return time.monotonic() - self._written.get(sid, -PAUSE) >= PAUSE
