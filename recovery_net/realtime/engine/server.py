"""Engine.IO on our lines: what python-socketio asks of its transport, and what it is told."""

from collections.abc import Collection
from time import monotonic
from typing import Any

import engineio
import gevent
import structlog

from recovery_net.core import logs
from recovery_net.realtime.engine import frames, packets, wsgi
from recovery_net.realtime.engine.broadcasting import Broadcaster, answer_frames
from recovery_net.realtime.engine.context import Handshake
from recovery_net.realtime.engine.frames import BadFrame, Reader
from recovery_net.realtime.engine.inbound import EARLY, Inbound
from recovery_net.realtime.engine.lines import Bounds, Lines
from recovery_net.realtime.engine.packets import Packet
from recovery_net.realtime.engine.wire import OPEN, Wire

_NAMESPACES = 16  # the most that one line may join
_GOODBYE = object()  # a task: close the line from our side, behind the answer to what is being handled
_log = structlog.get_logger()


class _End:
    """The last task of a line: its members leave their namespaces."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why


class Environs:
    """The environment of each client's handshake, made when somebody asks: `socketio.Server.environ`."""

    def __init__(self, wires: dict[str, Wire]) -> None:
        self._wires = wires

    def __contains__(self, eio_sid: str) -> bool:
        return eio_sid in self._wires

    def __getitem__(self, eio_sid: str) -> dict[str, Any]:
        environ: dict[str, Any] = self._wires[eio_sid].handshake.environ()
        return environ

    def get(self, eio_sid: str | None) -> dict[str, Any] | None:
        """None when the client is gone."""
        return self[eio_sid] if eio_sid is not None and eio_sid in self._wires else None


class EngineServer(engineio.Server):  # type: ignore[misc]
    """Takes the place of `engineio.Server` inside a `socketio.Server`. WebSocket only, on gevent's hub."""

    def __init__(self, io: Any, bounds: Bounds) -> None:
        stock = io.eio
        super().__init__(
            async_mode="gevent",
            ping_interval=stock.ping_interval,
            ping_timeout=stock.ping_timeout,
            max_http_buffer_size=stock.max_http_buffer_size,
            cors_allowed_origins=stock.cors_allowed_origins,
            logger=stock.logger,
            monitor_clients=False,
            transports=["websocket"],
        )
        self.io = io  # the socketio.Server
        self.bounds = bounds
        self.lines = Lines(bounds, self.ping_interval, self.ping_timeout)
        self.lines.on_end = lambda wire, why: self.crew.give(wire, _End(why))
        inbound = Inbound(self.lines, self._do, self._ack)
        self.crew, self._take = inbound.crew, inbound.take
        self.sockets = self.lines.by_sid
        self._tasks = {
            packets.EVENT: self._event,
            packets.BINARY_EVENT: self._event,
            packets.CONNECT: self._connect,
            packets.DISCONNECT: self._leave,
        }
        self.manager: Broadcaster = io.manager
        self.manager.lines = self.lines
        io.environ = Environs(self.lines.by_sid)

    # --- the door ---

    def handle_request(self, environ: dict[str, Any], start_response: wsgi.StartResponse) -> list[bytes]:
        """Answer a request to `/socket.io/`: a refusal, or a socket."""
        try:
            is_crowded = self.lines.is_leaving or self.lines.wheel.is_crowded
            key = wsgi.check(environ, self._origins(environ), is_crowded=is_crowded)
        except wsgi.Refused as refused:
            return refused.answer(start_response)
        handshake = Handshake(environ)
        sock, early = wsgi.take_socket(environ)
        wire = Wire(self.lines, sock, self.generate_id(), handshake)
        wire.tokens, wire.tokens_at = EARLY, monotonic()
        self.lines.add(wire)
        wire.push(wsgi.switching(key) + frames.text(self._opening(wire.sid)))
        if early:
            reader = Reader(self.bounds.early)
            reader.feed(early)
            wire.go_on(reader, self._take)
        return []

    def _origins(self, environ: dict[str, Any]) -> Collection[str] | None:
        if self.cors_allowed_origins == []:
            return None
        origins: Collection[str] | None = self._cors_allowed_origins(environ)
        return origins

    def _opening(self, sid: str) -> bytes:
        return b"0" + packets.dumps(
            {
                "sid": sid,
                "upgrades": [],
                "pingTimeout": int(self.ping_timeout * 1000),
                "pingInterval": int((self.ping_interval + self.ping_interval_grace_period) * 1000),
                "maxPayload": self.max_http_buffer_size,
            }
        )

    # --- out: what python-socketio calls ---

    def send(self, sid: str, data: str | bytes) -> None:
        """Send a Socket.IO packet, or an attachment, to one client."""
        made = (
            frames.text(b"4" + data.encode()) if isinstance(data, str) else frames.frame(frames.BINARY, data)
        )
        self.lines.on_hub(self._push, sid, made)

    def send_packet(self, sid: str, pkt: Any) -> None:
        """Send an Engine.IO packet."""
        encoded = pkt.encode()
        made = (
            frames.text(encoded.encode())
            if isinstance(encoded, str)
            else frames.frame(frames.BINARY, encoded)
        )
        self.lines.on_hub(self._push, sid, made)

    def _push(self, sid: str, made: bytes) -> None:
        wire = self.lines.by_sid.get(sid)
        if wire is not None:
            wire.push(made)

    def transport(self, sid: str) -> str:  # noqa: ARG002 - the library's signature
        return "websocket"

    def get_session(self, sid: str) -> dict[str, Any]:
        wire = self.lines.by_sid[sid]
        if wire.store is None:
            wire.store = {}
        return wire.store

    def save_session(self, sid: str, session: dict[str, Any]) -> None:
        self.lines.by_sid[sid].store = session

    def disconnect(self, sid: str | None = None) -> None:
        """Close one line, or all."""
        for wire in [self.lines.by_sid[sid]] if sid is not None else list(self.lines.by_sid.values()):
            wire.close(frames.NORMAL, "", self.reason.SERVER_DISCONNECT)

    def close_all(self, code: int, reason: str, within: float) -> None:
        """Hear nobody any more, answer what was asked, close every line behind that; returns when all are gone.

        After `within` seconds at the latest.
        """
        self.lines.is_leaving = True
        everyone, deadline = list(self.lines.by_sid.values()), monotonic() + within
        for wire in everyone:
            if wire.stage == OPEN:
                wire.pause()
        while any(wire.busy for wire in everyone) and monotonic() < deadline - within / 2:
            gevent.sleep(0.01)
        for wire in everyone:
            wire.close(code, reason, self.reason.SERVER_DISCONNECT)
        while self.lines.by_sid and monotonic() < deadline:
            gevent.sleep(0.01)

    def left(self, wire: Wire, *, is_ours: bool) -> None:
        """A client has left a namespace. Who was shown out of the last one is closed; who went may join another."""
        if wire.members or wire.stage != OPEN:
            return
        self.lines.wheel.without_name(wire)
        if is_ours:
            self.crew.give(wire, _GOODBYE)

    # --- in: one task after the other, on a greenlet ---

    def _do(self, wire: Wire, task: Any) -> None:
        if isinstance(task, Packet):
            self._tasks[task.kind](wire, task)
        elif isinstance(task, _End):
            self._end(wire, task.why)
        else:
            wire.close(frames.NORMAL, "", self.reason.SERVER_DISCONNECT)

    def _event(self, wire: Wire, packet: Packet) -> None:
        io, namespace = self.io, packet.namespace
        sid = _sid(wire, namespace)
        if sid is None or not self.manager.is_connected(sid, namespace):
            return  # sent before it heard that it has no right to
        data = packet.data
        handlers = io.handlers.get(namespace)
        handler = handlers.get(data[0]) if handlers is not None else None
        if handler is not None:  # the first place where the library would look
            # Whoever answers events that nobody knows is told the name before the sid.
            result = handler("*", sid, *data[1:]) if data[0] == "*" else handler(sid, *data[1:])
        else:
            result = io._trigger_event(data[0], namespace, sid, *data[1:])
        if packet.id is None or result is io.not_handled:
            return
        answer = [] if result is None else list(result) if isinstance(result, tuple) else [result]
        for made in answer_frames(namespace, answer, packet.id):
            wire.push(made)

    def _connect(self, wire: Wire, packet: Packet) -> None:
        if wire.stage != OPEN:
            return
        if len(wire.members) >= _NAMESPACES:
            wire.refuse(BadFrame(frames.POLICY, "too many namespaces"))
            return
        try:
            self.io._handle_connect(wire.sid, packet.namespace, packet.data)
        except Exception as error:
            _log.error("unhandled", error=type(error).__name__, where=logs.where(error), socket=True)
            self._refuse(wire, packet.namespace)
        if wire.members:
            wire.tokens, wire.tokens_at = self.bounds.frames, monotonic()
            self.lines.wheel.with_name(wire)

    def _refuse(self, wire: Wire, namespace: str) -> None:
        """A handler broke. Nobody is let in by that, and the client is told."""
        sid = _sid(wire, namespace)
        if sid is not None:
            self.manager.basic_disconnect(sid, namespace)
        sorry = packets.encode_plain(packets.CONNECT_ERROR, namespace, {"message": "unavailable"})
        assert sorry is not None
        wire.push(frames.text(sorry))

    def _leave(self, wire: Wire, packet: Packet) -> None:
        if _sid(wire, packet.namespace) is not None:
            self.io._handle_disconnect(wire.sid, packet.namespace, self.reason.CLIENT_DISCONNECT)

    def _ack(self, wire: Wire, packet: Packet) -> None:
        """An answer to an event of ours: it overtakes, because the handler being answered may wait for it."""
        sid = _sid(wire, packet.namespace)
        if sid is None or not packet.id or packet.id not in self.manager.callbacks.get(sid, ()):
            return
        self.crew.run(None, lambda: self.manager.trigger_callback(sid, packet.id, packet.data))

    def _end(self, wire: Wire, why: str) -> None:
        for namespace, sid in wire.members:
            try:
                self.io._handle_disconnect(wire.sid, namespace, why)
            except Exception as error:
                _log.error("unhandled", error=type(error).__name__, where=logs.where(error), socket=True)
            self.manager.basic_disconnect(sid, namespace)
        self.lines.by_sid.pop(wire.sid, None)
        wire.kept = wire.store = None


def _sid(wire: Wire, namespace: str) -> str | None:
    for joined, sid in wire.members:
        if joined == namespace:
            return sid
    return None
