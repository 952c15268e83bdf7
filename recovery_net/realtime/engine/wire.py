"""One member's line after the handshake: bytes out in the order of the pushes, messages in, and a clean end.

Everything here runs on the hub's thread, and nothing waits: sockets are not blocking, and what the kernel does not
take stays in a bounded backlog until it does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from recovery_net.realtime.engine import frames
from recovery_net.realtime.engine.frames import BadFrame, Message, Reader

if TYPE_CHECKING:
    import _socket

    from recovery_net.realtime.engine.context import Handshake
    from recovery_net.realtime.engine.lines import Lines

PIECE = 16 * 1024  # bytes of one read
_TOGETHER = 64 * 1024  # bytes of one write while a backlog drains
OPEN, CLOSING, GONE = range(3)


Take = Callable[["Wire", int, bytes], bool]


class _Closed:
    """Stands in `Wire.out` once nothing more may be pushed: it is neither empty nor sent."""


CLOSED = _Closed()


class Wire:
    """A line to one member. `out` is what was pushed in this turn of the loop: nothing, one frame, or a list."""

    __slots__ = (
        "__weakref__",
        "attachments",
        "backlog",
        "backlog_size",
        "busy",
        "handshake",
        "has_heard",
        "inbox",
        "is_deaf",
        "is_paused",
        "kept",
        "lines",
        "members",
        "out",
        "packet",
        "packet_seen",
        "pinged",
        "reader",
        "reading",
        "sid",
        "slot",
        "sock",
        "stage",
        "store",
        "tokens",
        "tokens_at",
        "writing",
    )

    def __init__(self, lines: Lines, sock: _socket.socket, sid: str, handshake: Handshake) -> None:
        self.lines = lines
        self.sock = sock
        self.sid = sid
        self.handshake = handshake
        self.stage = OPEN
        self.has_heard = False  # the peer's goodbye
        self.is_deaf = False  # what it sends cannot be read any more
        self.out: bytes | list[bytes] | _Closed | None = None
        self.is_paused = False  # it has asked for more than was answered yet
        self.backlog: deque[bytes] | None = None  # what the kernel did not take
        self.backlog_size = 0
        self.writing: Any = None  # the watcher of a line that is blocked
        self.reader: Reader | None = None  # only in the middle of a message
        self.packet: Any = None  # a binary event that waits for
        self.packet_seen: Any = None  # the same, when the wheel last came by
        self.attachments: list[bytes] | None = None
        self.inbox: list[Any] | None = None  # what waits behind the event being answered
        self.busy = False
        self.members: tuple[tuple[str, str], ...] = ()  # (namespace, sid) of each namespace it has joined
        self.kept: Any = None  # its request and session, while it is active (context.py)
        self.store: dict[str, Any] | None = None  # python-socketio's session of this client
        self.pinged = 0  # the tick of the ping that is not answered; 0: none
        self.slot = 0  # its place on the wheel
        self.tokens = 0  # frames it may send before the clock is looked at
        self.tokens_at = 0.0
        self.reading = lines.loop.io(sock.fileno(), 1)
        self.reading.start(lines.readable, self)

    # --- out ---

    def push(self, data: bytes) -> None:
        """Send a frame with whatever else this turn of the loop brings. Nothing happens once the line is closing."""
        out = self.out
        if out is None:
            self.out = data
            self.lines.mark(self)
        elif out.__class__ is list:
            out.append(data)
        elif out.__class__ is bytes:
            self.out = [out, data]

    def send(self, data: bytes | list[bytes]) -> None:
        """Hand to the kernel what it takes; keep the rest, within bounds."""
        if self.backlog is not None:
            self._stash(data if isinstance(data, list) else [data])
            return
        parts = data if isinstance(data, list) else [data]
        whole = b"".join(parts)
        try:
            sent = self.sock.send(whole)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.lost("transport error")
            return
        if sent < len(whole):
            self.keep(parts, sent)

    def keep(self, parts: list[bytes], sent: int) -> None:
        """The kernel took `sent` bytes of these frames: the rest waits until it takes more."""
        self.backlog = deque(parts)
        self.backlog_size = sum(map(len, parts))
        self._took(sent)
        self.writing = self.lines.loop.io(self.sock.fileno(), 2)
        self.writing.start(self._drain)
        self._bound()

    def _stash(self, parts: list[bytes]) -> None:
        assert self.backlog is not None
        self.backlog.extend(parts)
        self.backlog_size += sum(map(len, parts))
        self._bound()

    def _bound(self) -> None:
        """Who does not read is let go. One frame may be longer than what else may wait."""
        assert self.backlog is not None
        if self.backlog_size > self.lines.bounds.buffered and len(self.backlog) > 1 and self.stage == OPEN:
            # Only the frame that is half sent has to be finished, or the close frame would be part of it.
            first = self.backlog[0]
            self.backlog = deque([first])
            self.backlog_size = len(first)
            self.close(frames.TRY_LATER, "you read too slowly", "transport error")

    def _took(self, sent: int) -> None:
        assert self.backlog is not None
        self.backlog_size -= sent
        while sent:
            first = self.backlog.popleft()
            if len(first) > sent:
                self.backlog.appendleft(first[sent:])
                return
            sent -= len(first)

    def _drain(self) -> None:
        """The kernel takes bytes again."""
        if self.backlog is None:
            return
        parts, size = [], 0
        for part in self.backlog:
            parts.append(part)
            size += len(part)
            if size > _TOGETHER:
                break
        try:
            sent = self.sock.send(b"".join(parts))
        except BlockingIOError:
            return
        except OSError:
            self.lost("transport error")
            return
        self._took(sent)
        if not self.backlog:
            self._drained()

    def _drained(self) -> None:
        self.backlog = None
        self.backlog_size = 0
        self._stop_writing()
        if self.stage == CLOSING:
            self._said_goodbye()

    def _stop_writing(self) -> None:
        if self.writing is not None:
            self.writing.stop()
            self.writing.close()
            self.writing = None

    # --- in ---

    def read(self, take: Take) -> None:
        """Read what has come and hand its messages over; `take` says whether it wants more now."""
        try:
            piece = self.sock.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            self.lost("transport error")
            return
        if not piece:
            self.lost("transport close")
        elif self.reader is None and (payload := frames.whole_text(piece, self._limit())) is not None:
            if not self.is_deaf:
                self._hand_over((frames.TEXT, payload), take)
        elif not self.is_deaf:
            reader = self.reader or self.lines.spare_reader()
            reader.feed(piece)
            self.go_on(reader, take)

    def pause(self) -> None:
        """Read no more for now: the kernel, and then the peer, keep what comes."""
        self.is_paused = True
        self.reading.stop()

    def unpause(self) -> None:
        """Read again."""
        if self.is_paused:
            self.is_paused = False
            self.pinged = 0  # its answer may be among what was not read
            self.reading.start(self.lines.readable, self)

    def go_on(self, reader: Reader, take: Take) -> None:
        """Hand over the messages that have come whole, as long as they are wanted."""
        reader.limit = self._limit()
        try:
            while (message := reader.take()) is not None and self._hand_over(message, take):
                pass
        except BadFrame as error:
            self.is_deaf = True  # nobody knows where the next frame begins
            self.refuse(error)
        if self.stage == GONE or self.is_deaf:
            return
        if reader.is_empty:
            self.reader = None
            self.lines.give_back(reader)
        else:
            self.reader = reader

    def _limit(self) -> int:
        bounds = self.lines.bounds
        return bounds.message if self.members else bounds.early

    def _hand_over(self, message: Message, take: Take) -> bool:
        try:
            return take(self, *message)
        except BadFrame as error:
            self.is_deaf = error.code == frames.POLICY  # a flood is not even listened to
            self.refuse(error)
            return not self.is_deaf

    def refuse(self, error: BadFrame) -> None:
        """What it sent cannot be used. What follows is read away: unread bytes would reset the line under our words."""
        self.reader = self.inbox = None
        self.close(error.code, error.reason, "transport error")

    # --- the end ---

    def close(self, code: int | None, reason: str, why: str) -> None:
        """Say goodbye behind everything that was pushed; the line is cut when the peer has answered, or soon."""
        if self.stage != OPEN:
            return
        out, self.out = self.out, CLOSED
        self.stage = CLOSING
        self.unpause()
        rest = out if isinstance(out, list) else [out] if isinstance(out, bytes) else []
        self.send([*rest, frames.closing(code, reason)])
        self.lines.ended(self, why)
        if self.backlog is None and self.stage == CLOSING:
            self._said_goodbye()

    def hear_goodbye(self, payload: bytes) -> None:
        """The peer's close frame has come: an answer to ours, or to be answered."""
        self.has_heard = True
        if self.stage == OPEN:
            self.close(frames.close_reply(payload), "", "transport close")
        elif self.backlog is None:
            self.lost("")

    def _said_goodbye(self) -> None:
        if self.has_heard:
            self.lost("")

    def lost(self, why: str) -> None:
        """The line is gone: nothing can be said any more."""
        was, self.stage = self.stage, GONE
        if was == GONE:
            return
        self.out, self.backlog, self.reader = CLOSED, None, None
        self.packet = self.packet_seen = self.attachments = None
        self._stop_writing()
        self.reading.stop()
        self.reading.close()
        self.sock.close()
        if was == OPEN:
            self.lines.ended(self, why)
        self.lines.cut(self)
