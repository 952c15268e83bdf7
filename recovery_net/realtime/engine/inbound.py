"""What members send: in order for each of them, on a greenlet only while there is something to answer."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog
from gevent import get_hub
from greenlet import getcurrent, greenlet

from recovery_net.core import logs
from recovery_net.realtime.engine import frames, packets
from recovery_net.realtime.engine.frames import BadFrame
from recovery_net.realtime.engine.packets import Packet
from recovery_net.realtime.engine.wire import GONE, OPEN, Wire

if TYPE_CHECKING:
    from recovery_net.realtime.engine.lines import Lines

PARKED = 64  # greenlets kept for the next busy member
_BYTES_A_TOKEN = 16 * 1024
_LARGE = 64 * 1024  # bytes of an event that one behind it does not follow before it is handled
EARLY = 32  # frames before a namespace is joined
_log = structlog.get_logger()
_switch = greenlet.switch

Answer = Callable[[Wire, Any], None]


class Crew:
    """Runs what may wait, one thing at a time for each line. Greenlets are used again; an idle member has none."""

    def __init__(self, answer: Answer, *, resume: Callable[[Wire], None], low: int) -> None:
        self._answer = answer
        self._resume = resume
        self._low = low
        self._hub = get_hub()
        self._parked: list[Any] = []

    def give(self, wire: Wire, task: Any) -> None:
        """Do this after everything that the line has asked before."""
        if wire.busy:
            if wire.inbox is None:
                wire.inbox = []
            wire.inbox.append(task)
            return
        wire.busy = True
        self.run(wire, task)

    def run(self, wire: Wire | None, task: Any) -> None:
        """Do this now, beside whatever the line is busy with: at once on the hub, else in its next turn."""
        worker = self._parked.pop() if self._parked else greenlet(self._live, self._hub)
        if getcurrent() is self._hub:
            worker.switch(wire, task)
        else:
            self._hub.loop.run_callback(worker.switch, wire, task)

    def _live(self, wire: Wire | None, task: Any) -> None:
        while True:
            self._work(wire, task)
            if len(self._parked) >= PARKED:
                return
            self._parked.append(getcurrent())
            wire, task = _switch(self._hub)

    def _work(self, wire: Wire | None, task: Any) -> None:
        if wire is None:
            self._safely(task)
            return
        while True:
            self._safely(self._answer, wire, task)
            inbox = wire.inbox
            if not inbox:
                break
            task = inbox.pop(0)
            if len(inbox) <= self._low and wire.stage == OPEN and wire.is_paused:
                self._safely(self._resume, wire)
        wire.busy = False
        wire.inbox = None

    @staticmethod
    def _safely(act: Callable[..., None], *arguments: Any) -> None:
        """In a context of its own: nothing that a handler leaves behind is seen by the next one."""
        try:
            Context().run(act, *arguments)
        except BaseException as error:  # nothing may reach the hub: it would end
            _log.error("unhandled", error=type(error).__name__, where=logs.where(error), socket=True)


class Inbound:
    """From WebSocket messages to Socket.IO packets, with what a line may ask for counted."""

    def __init__(self, lines: Lines, answer: Answer, on_ack: Callable[[Wire, Packet], None]) -> None:
        self._lines = lines
        self._bounds = lines.bounds
        self._on_ack = on_ack
        self.crew = Crew(answer, resume=self.resume, low=lines.bounds.waiting // 2)
        lines.on_message = self.take

    def take(self, wire: Wire, opcode: int, payload: bytes) -> bool:
        """One message or control frame; whether more is wanted now."""
        if opcode == frames.CLOSE:
            wire.hear_goodbye(payload)
        elif wire.stage == OPEN:
            self._open(wire, opcode, payload)
            if wire.inbox and (len(wire.inbox) >= self._bounds.waiting or len(payload) > _LARGE):
                wire.pause()
                return False
        return bool(wire.stage != GONE)

    def _open(self, wire: Wire, opcode: int, payload: bytes) -> None:
        wire.tokens -= 1 if len(payload) < _BYTES_A_TOKEN else len(payload) // _BYTES_A_TOKEN
        if wire.tokens < 0:
            self._refill(wire)
        if opcode == frames.TEXT and wire.packet is None:
            self._text(wire, payload)
        elif opcode == frames.BINARY and wire.packet is not None:
            self._attachment(wire, payload)
        elif opcode == frames.PING:
            wire.push(frames.frame(frames.PONG, payload))
        elif opcode != frames.PONG:
            self._amid_attachments(wire, opcode, payload)

    def resume(self, wire: Wire) -> None:
        """The line may send again: first what was read already."""
        if self._lines.is_leaving:
            return
        wire.unpause()
        if wire.reader is not None:
            wire.go_on(wire.reader, self.take)

    def _refill(self, wire: Wire) -> None:
        bounds = self._bounds
        now = monotonic()
        if not bounds.frames_a_second:
            wire.tokens = bounds.frames
            return
        most = bounds.frames if wire.members else EARLY
        wire.tokens += min(most, int((now - wire.tokens_at) * bounds.frames_a_second))
        wire.tokens_at = now
        if wire.tokens < 0:
            raise BadFrame(frames.POLICY, "too much at once")

    def _text(self, wire: Wire, payload: bytes) -> None:
        kind = payload[0] if payload else 0
        if kind == packets.MESSAGE:
            self._packet(wire, packets.decode(payload))
        elif kind == packets.PONG:
            wire.pinged = 0
        elif kind == packets.CLOSE:
            wire.close(frames.NORMAL, "", "client disconnect")
        else:
            raise BadFrame(frames.PROTOCOL_ERROR, "no such message")

    def _amid_attachments(self, wire: Wire, opcode: int, payload: bytes) -> None:
        """Engine.IO's own text may come between an event and its attachments; nothing else does."""
        if opcode != frames.TEXT or payload[:1] == b"4":
            raise BadFrame(frames.PROTOCOL_ERROR, "attachments do not fit")
        self._text(wire, payload)

    def _packet(self, wire: Wire, packet: Packet) -> None:
        if packet.attachments:
            wire.packet, wire.attachments = packet, []
        elif packet.kind in {packets.ACK, packets.BINARY_ACK}:
            self._on_ack(wire, packet)
        else:
            self.crew.give(wire, packet)

    def _attachment(self, wire: Wire, payload: bytes) -> None:
        packet, got = wire.packet, wire.attachments
        assert got is not None
        got.append(payload)
        if sum(map(len, got)) > self._bounds.message:
            raise BadFrame(frames.TOO_BIG, "attachments too big")
        if len(got) == packet.attachments:
            wire.packet = wire.attachments = None
            self._packet(wire, packets.attach(packet, got)._replace(attachments=0))
