"""One wheel for all that waits: pings, their answers, lines without a namespace, and goodbyes without an answer.

A turn of the wheel takes the ping interval; each line sits in one slot and is pinged when that comes by. There is no
timer per member.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recovery_net.realtime.engine import frames
from recovery_net.realtime.engine.wire import CLOSING

if TYPE_CHECKING:
    from recovery_net.realtime.engine.lines import Bounds
    from recovery_net.realtime.engine.wire import Wire

SLOTS = 25
_WARM = 5  # ticks
_PING = frames.text(b"2")


class Wheel:
    """Ticks `SLOTS` times in a ping interval, while there is any line."""

    def __init__(self, loop: Any, bounds: Bounds, ping_interval: float, ping_timeout: float) -> None:
        self._bounds = bounds
        self._seconds = ping_interval / SLOTS
        self._patience = self._ticks(ping_timeout)
        self._slots: list[dict[Wire, None]] = [{} for _ in range(SLOTS)]
        self._nameless: dict[
            Wire, int
        ] = {}  # until when they may stay without a namespace, the earliest first
        self._leaving: dict[Wire, int] = {}  # until when the peer may answer our goodbye
        self._warm: list[Wire] = []  # those whose request is kept, and
        self._cooling: list[Wire] = []  # those that had one when it was last looked at
        self._now = 1
        self._timer = loop.timer(self._seconds, repeat=self._seconds, ref=False)
        self._runs = False

    def _ticks(self, seconds: float) -> int:
        return max(1, -int(-seconds // self._seconds))

    @property
    def is_crowded(self) -> bool:
        """Whether too many lines wait without a namespace."""
        return len(self._nameless) >= self._bounds.half_open

    def add(self, wire: Wire) -> None:
        """A new line: its first ping comes after a whole turn."""
        if not self._runs:
            self._runs = True
            self._timer.start(self._tick)
        wire.slot = self._now % SLOTS
        self._slots[wire.slot][wire] = None
        self.without_name(wire)

    def without_name(self, wire: Wire) -> None:
        """The line has no namespace: it has a while to join one."""
        self._nameless.pop(wire, None)  # the earliest stay first
        self._nameless[wire] = self._now + self._ticks(self._bounds.connect_within)

    def with_name(self, wire: Wire) -> None:
        """The line has joined a namespace."""
        self._nameless.pop(wire, None)

    def leave(self, wire: Wire) -> None:
        """The line is closing: no more pings, and not for ever."""
        self._slots[wire.slot].pop(wire, None)
        self._nameless.pop(wire, None)
        if wire.stage == CLOSING:  # our goodbye may have found nobody there
            self._leaving[wire] = self._now + self._ticks(self._bounds.close_within)

    def cut(self, wire: Wire) -> None:
        """The line is gone."""
        self._leaving.pop(wire, None)

    def keep_warm(self, wire: Wire) -> None:
        """The line's request and session were made; for some ticks they are kept, then made again when needed."""
        self._warm.append(wire)

    def _cool(self) -> None:
        for wire in self._cooling:
            if wire.busy:
                self._warm.append(wire)
            else:
                wire.kept = None
        self._cooling, self._warm = self._warm, []

    def _tick(self) -> None:
        self._now += 1
        now = self._now
        if not now % _WARM:
            self._cool()
        for wire in list(self._slots[now % SLOTS]):
            self._ping(wire, now)
        for wire in list(self._slots[(now - self._patience) % SLOTS]):
            self._look_for_answer(wire, now)
        for wire in _over(self._nameless, now):
            wire.close(frames.POLICY, "no namespace was joined", "transport error")
        for wire in _over(self._leaving, now):
            wire.lost("")
        if not self._leaving and not self._cooling and not self._warm and not any(self._slots):
            self._runs = False
            self._timer.stop()

    def _ping(self, wire: Wire, now: int) -> None:
        if not self._look_for_answer(wire, now):
            return
        if wire.packet is not None and wire.packet is wire.packet_seen and not wire.is_paused:
            wire.close(frames.POLICY, "attachments did not come", "transport error")
            return
        wire.packet_seen = wire.packet
        if not wire.pinged:
            wire.pinged = now
            wire.push(_PING)

    def _look_for_answer(self, wire: Wire, now: int) -> bool:
        """Whether the line still counts as alive. One that we do not read from is not asked."""
        if wire.pinged and now - wire.pinged >= self._patience and not wire.is_paused:
            wire.close(frames.GOING_AWAY, "no answer to a ping", "ping timeout")
            return False
        return True


def _over(waiting: dict[Wire, int], now: int) -> list[Wire]:
    found = []
    for wire, until in waiting.items():
        if until > now:
            break  # all wait equally long, so the rest came later
        found.append(wire)
    return found
