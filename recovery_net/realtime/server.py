"""The sockets: who is connected, one wrapper around every event, and pushes out.

The features know `on`, `push`, `enter`, `leave` and `drop`; what moves the bytes is `ENGINE`'s business
(`realtime.engine`, or the library's own server).
"""

import math
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from flask import Flask, request
from flask_socketio import ConnectionRefusedError as Refused

from recovery_net.config import Settings
from recovery_net.core import db, limits, logs
from recovery_net.core.errors import DomainError, NotAllowed, NotFound, SignInNeeded, TooMany, Unavailable
from recovery_net.core.http import error_message
from recovery_net.core.i18n import N_
from recovery_net.realtime.engine import GOING_AWAY, Bounds, LiveSocketIO

Ack = dict[str, Any]
Handler = Callable[[Any], Ack | None]

MAX_PACKET = 256 * 1024  # bytes; over it the socket is closed, below it a bad payload gets its answer
MAX_SOCKETS = 50  # of one account, at one process: tabs and devices, and those that nobody has missed yet
MAX_ROOMS = 300  # that one socket listens to: every one of them is looked at every few seconds
_FULL = 30  # seconds: a line that broke off is missed by then
_log = structlog.get_logger()
_BUG = N_("Something broke on our side. What you had saved is safe. Try again.")


class Device(Protocol):
    """What the edge must say of a signed-in device."""

    @property
    def device_id(self) -> uuid.UUID: ...
    @property
    def account_id(self) -> uuid.UUID: ...
    @property
    def pseudonym(self) -> str: ...
    @property
    def token(self) -> str: ...


@dataclass(slots=True)
class Connection:
    """One socket: whose it is, and which rooms it listens to (id → slug)."""

    sid: str
    device_id: uuid.UUID
    account_id: uuid.UUID
    token: str = field(repr=False)  # of the session, as it was when the socket connected
    rooms: dict[uuid.UUID, str] = field(default_factory=dict)


class Sockets:
    """The connected sockets of this process."""

    def __init__(self) -> None:
        self.io = LiveSocketIO()
        self.connections: dict[str, Connection] = {}
        self.events: set[str] = set()  # every event that is answered: the doors test walks them
        self.on_gone: list[Callable[[Connection], None]] = []
        self._authenticate: Callable[[], Device | None] = lambda: None
        self._held: Counter[uuid.UUID] = Counter()  # sockets of each account
        self._most: float = MAX_SOCKETS
        self._ended: list[set[uuid.UUID]] = []  # for each socket that is joining: devices dropped meanwhile

    def init(self, app: Flask, authenticate: Callable[[], Device | None], *, async_mode: str) -> None:
        """Attach to the app. `authenticate` looks the session up anew on every call."""
        self._authenticate = authenticate
        settings = app.config["SETTINGS"]
        self._most = MAX_SOCKETS if settings.limits else math.inf
        self.io.init_app(
            app,
            fast=_bounds(settings) if settings.engine == "fast" and async_mode == "gevent" else None,
            async_mode=async_mode,
            cors_allowed_origins=list(settings.origins),
            transports=["websocket"],
            manage_session=False,
            max_http_buffer_size=MAX_PACKET,
            async_handlers=False,  # True reorders one member's messages
            ping_interval=25,
            ping_timeout=20,
            logger=False,
            engineio_logger=False,
        )
        self.io.on_event("connect", self._connect)
        self.io.on_event("disconnect", self._disconnect)
        self.io.on_event("*", self._answer_unknown)

    def on(self, name: str, *, looks_up: bool = True) -> Callable[[Handler], Handler]:
        """Answer an event of signed-in people: the session is looked up, the budget spent, every error an ack.

        With `looks_up=False` the handler itself looks the session of `token` up, in a transaction of its own, and
        raises `SignInNeeded` when it has ended.
        """
        admit = self._still_signed_in if looks_up else self.here

        def register(handler: Handler) -> Handler:
            self.events.add(name)

            def answer(*data: Any) -> Ack:
                return self._answer(admit, handler, data)

            self.io.on_event(name, answer)
            return handler

        return register

    def here(self) -> Connection:
        """The connection that sent the event being answered."""
        found = self.connections.get(request.sid)  # type: ignore[attr-defined]
        if found is None:
            raise SignInNeeded()
        return found

    def token(self) -> str:
        """The session's token of the connection that sent the event being answered."""
        return self.here().token

    def push(self, name: str, payload: Any, to: uuid.UUID | str, *, skip: str | None = None) -> None:
        """Send to every socket in a room (by id), or to one socket (by sid)."""
        self.io.emit(name, payload, to=str(to), skip_sid=skip)

    def enter(self, connection: Connection, room_id: uuid.UUID, slug: str) -> None:
        """From here on, pushes to the room reach this socket. `NotAllowed` beyond `MAX_ROOMS`."""
        if len(connection.rooms) >= MAX_ROOMS and room_id not in connection.rooms:
            raise NotAllowed(N_("This page listens to too many rooms. Close one of them first."))
        connection.rooms[room_id] = slug
        if self.io.server is not None:
            self.io.server.enter_room(connection.sid, str(room_id))

    def leave(self, connection: Connection, room_id: uuid.UUID) -> None:
        """Pushes to the room no longer reach this socket."""
        if connection.rooms.pop(room_id, None) is not None and self.io.server is not None:
            self.io.server.leave_room(connection.sid, str(room_id))

    def drop(self, device_ids: Iterable[uuid.UUID]) -> None:
        """Close the sockets of devices whose session has ended."""
        gone = set(device_ids)
        if not gone:
            return
        for ended in self._ended:
            ended.update(gone)
        for connection in list(self.connections.values()):
            if connection.device_id in gone:
                self._close(connection.sid)

    def close_all(self, *, patience: float) -> None:
        """The process leaves: close every socket with 1001, behind what is pending; at most `patience` seconds."""
        if self.io.engine is not None:
            self.io.engine.close_all(GOING_AWAY, "the server restarts", within=patience)
        else:
            self.io.sleep(min(patience, 0.2))  # the library's own server closes them with the process

    def _close(self, sid: str) -> None:
        server = self.io.server
        if server is not None:
            server.disconnect(sid)

    def _connect(self, auth: Any = None) -> None:
        # Said explicitly: an exception here would let the socket in.
        if not request.headers.get("Origin"):
            raise Refused("origin", {"permanent": True})
        ended: set[uuid.UUID] = set()
        self._ended.append(ended)
        try:
            device = self._admit(auth)
        finally:
            self._ended[:] = [other for other in self._ended if other is not ended]
        if device.device_id in ended:
            raise Refused("sign_in", {"permanent": True})
        sid = request.sid  # type: ignore[attr-defined]
        self._held[device.account_id] += 1
        self.connections[sid] = Connection(sid, device.device_id, device.account_id, device.token)

    def _admit(self, auth: Any) -> Device:
        try:
            device = self._authenticate()
        except Exception as error:
            _log.error("unhandled", error=type(error).__name__, where=logs.where(error), socket=True)
            raise Refused("unavailable", {"permanent": False}) from error
        if device is None or not _is_for(device, auth):
            raise Refused("sign_in", {"permanent": True})
        try:
            limits.budget().spend(limits.CONNECT, "sockets", str(device.account_id))
        except TooMany as error:
            raise Refused("too_many", {"permanent": False, "retry_after": error.retry_after}) from error
        if self._held[device.account_id] >= self._most:
            raise Refused("too_many", {"permanent": False, "retry_after": _FULL})
        return device

    def _disconnect(self, _reason: Any = None) -> None:
        connection = self.connections.pop(request.sid, None)  # type: ignore[attr-defined]
        if connection is None:
            return
        self._held[connection.account_id] -= 1
        if not self._held[connection.account_id]:
            del self._held[connection.account_id]
        for gone in self.on_gone:
            try:
                gone(connection)
            except Exception as error:  # what the others have to let go does not wait for it
                _log.error("unhandled", error=type(error).__name__, where=logs.where(error), socket=True)

    def _answer(self, admit: Callable[[], Connection], handler: Handler, data: tuple[Any, ...]) -> Ack:
        try:
            # Counted first: in a flood, looking the session up would be most of the work.
            limits.budget().spend(limits.SOCKET_EVENT, "socket", str(self.here().account_id))
            admit()
            return {"ok": True, **(handler(data[0] if len(data) == 1 else None) or {})}
        except SignInNeeded as error:
            self._close(request.sid)  # type: ignore[attr-defined]
            return refusal(error)
        except DomainError as error:
            return refusal(error)
        except Exception as error:
            _log.error("unhandled", error=type(error).__name__, where=logs.where(error), socket=True)
            return refusal(Unavailable()) if db.is_outage(error) else _not_ok("bug", _BUG, permanent=False)

    def _answer_unknown(self, _name: str, *_data: Any) -> Ack:
        """Every event is answered, also one that nobody knows."""
        return refusal(NotFound(N_("There is no such event.")))

    def _still_signed_in(self) -> Connection:
        connection = self.here()
        device = self._authenticate()
        if device is None or device.device_id != connection.device_id:
            raise SignInNeeded()
        return connection


def _bounds(settings: Settings) -> Bounds:
    return Bounds() if settings.limits else Bounds(frames_a_second=0)


def _is_for(device: Device, auth: Any) -> bool:
    """A page may say for whom it was made: left open, it must not speak for whoever signs in after."""
    return not isinstance(auth, dict) or auth.get("account") in (None, device.pseudonym)


def refusal(error: DomainError) -> Ack:
    """An error as an ack."""
    ack = _not_ok(error.code, error_message(error), permanent=error.permanent)
    if isinstance(error, TooMany):
        ack["error"]["retry_after"] = error.retry_after
    return ack


def _not_ok(code: str, message: str, *, permanent: bool) -> Ack:
    return {"ok": False, "error": {"code": code, "message": message, "permanent": permanent}}
