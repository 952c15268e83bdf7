"""All lines of this process: one write per member and turn of the loop, and what is done when a line ends.

Everything runs on the hub's thread. What another thread has to say comes through `on_hub`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

import structlog
from gevent import get_hub
from gevent.monkey import get_original

from recovery_net.core import logs
from recovery_net.realtime.engine.frames import Reader
from recovery_net.realtime.engine.wheel import Wheel
from recovery_net.realtime.engine.wire import CLOSED, Wire

PATIENCE = 0.002  # seconds that a push may wait for the end of a long turn
_this_thread = get_original("_thread", "get_ident")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one line may ask of the process."""

    message: int = 256 * 1024  # bytes of one message, and of the attachments of one event
    early: int = 64 * 1024  # the same before it has joined a namespace
    buffered: int = 1024 * 1024  # bytes pushed that the kernel has not taken
    waiting: int = 64  # events behind the one being answered
    frames: int = 2000  # frames at once; a long one counts as several
    frames_a_second: float = 100.0  # and then; 0: not counted
    connect_within: float = 10.0  # seconds without a namespace
    close_within: float = 3.0  # seconds for the peer to say goodbye
    half_open: int = 4096  # lines without a namespace


class Lines:
    """The registry of lines, and the turn of the loop."""

    def __init__(self, bounds: Bounds, ping_interval: float, ping_timeout: float) -> None:
        hub = get_hub()
        self.bounds = bounds
        self.loop = hub.loop
        self.by_sid: dict[str, Wire] = {}
        self.is_leaving = False  # nothing more is read
        self.wheel = Wheel(self.loop, bounds, ping_interval, ping_timeout)
        self.on_message: Callable[[Wire, int, bytes], bool] = lambda *_: True
        self.on_end: Callable[[Wire, str], None] = lambda *_: None
        self._thread = _this_thread()
        self._dirty: list[Wire] = []
        self._spare: Reader | None = None
        self._began = 0.0

    def on_hub(self, act: Callable[..., None], *arguments: Any) -> None:
        """Do something on the hub's thread: at once when this is it."""
        if _this_thread() == self._thread:
            act(*arguments)
        else:
            self.loop.run_callback_threadsafe(act, *arguments)

    def is_here(self) -> bool:
        """Whether this is the hub's thread."""
        return bool(_this_thread() == self._thread)

    # --- the turn ---

    def mark(self, wire: Wire) -> None:
        """A line has something to send at the end of this turn."""
        if not self._dirty:
            self.begin()
        self._dirty.append(wire)

    def begin(self) -> None:
        """The first push of a turn: everything is sent before the loop sleeps again."""
        self._began = monotonic()
        self.loop.run_callback(self.flush)

    def broadcast(self, data: bytes, wires: Any) -> None:
        """Push one frame to many lines: `Wire.push`, without a call for each."""
        dirty = self._dirty
        if not dirty:
            self.begin()
        mark = dirty.append
        for wire in wires:
            if wire.out is None:
                wire.out = data
                mark(wire)
            else:
                wire.push(data)

    def flush(self) -> None:
        """One write for every line that has something to send."""
        dirty, self._dirty = self._dirty, []
        for wire in dirty:
            out = wire.out
            if out.__class__ is not bytes or wire.backlog is not None:
                self._flush_slowly(wire)
                continue
            wire.out = None
            try:
                sent = wire.sock.send(out)
            except BlockingIOError:
                wire.keep([out], 0)
            except OSError:
                wire.lost("transport error")
            else:
                if sent != len(out):
                    wire.keep([out], sent)

    def _flush_slowly(self, wire: Wire) -> None:
        out = wire.out
        if out is not None and out is not CLOSED:
            wire.out = None
            wire.send(out)  # type: ignore[arg-type]

    def flush_if_late(self) -> None:
        """In a turn with much to do, whoever was pushed to early is not kept waiting for the end of it."""
        if self._dirty and monotonic() - self._began > PATIENCE:
            self.flush()

    # --- lines ---

    def add(self, wire: Wire) -> None:
        """A line has shaken hands."""
        self.by_sid[wire.sid] = wire
        self.wheel.add(wire)

    def readable(self, wire: Wire) -> None:
        """Bytes have come on a line. The hub calls this: nothing may be raised."""
        try:
            wire.read(self.on_message)
        except Exception as error:
            _log.error("engine", error=type(error).__name__, where=logs.where(error))
            wire.lost("transport error")
        if self._dirty:
            self.flush_if_late()

    def spare_reader(self) -> Reader:
        """A reader that holds nothing: between messages a line needs none of its own."""
        spare, self._spare = self._spare, None
        return spare or Reader(0)

    def give_back(self, reader: Reader) -> None:
        """The reader of `spare_reader`, empty again."""
        self._spare = reader

    def ended(self, wire: Wire, why: str) -> None:
        """A line takes no more pushes. Said once for each."""
        self.wheel.leave(wire)
        self.on_end(wire, why)

    def cut(self, wire: Wire) -> None:
        """The line's socket is closed."""
        self.wheel.cut(wire)
