"""The live engine: Flask-SocketIO on sockets of our own (decision 18).

Handlers, rooms, namespaces, acknowledgements and `disconnect` are the library's, and stay as they are for features.
`LiveSocketIO.init_app(app, fast=…)` decides what moves the bytes.
"""

import gc
from dataclasses import replace
from typing import Any

from flask import Flask
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO, _ManagedSession

from recovery_net.realtime.engine.broadcasting import Broadcaster
from recovery_net.realtime.engine.context import EventContext, Kept
from recovery_net.realtime.engine.frames import GOING_AWAY
from recovery_net.realtime.engine.lines import Bounds
from recovery_net.realtime.engine.server import EngineServer
from recovery_net.realtime.engine.wire import Wire

__all__ = ["GOING_AWAY", "Bounds", "LiveSocketIO", "settle_memory"]


_PLAIN = {"to", "skip_sid", "namespace", "callback", "include_self", "ignore_queue"}


class LiveSocketIO(SocketIO):  # type: ignore[misc]
    """Flask-SocketIO on either engine."""

    engine: EngineServer | None = None

    def init_app(self, app: Flask, *, fast: Bounds | None = None, **options: Any) -> None:
        """Attach to an app. `fast`: on our own engine with these bounds, else on the library's server.

        Our own runs on the hub of the thread that calls this.
        """
        if fast is None:
            super().init_app(app, **options)
            return
        options |= {"client_manager": Broadcaster(), "async_mode": "gevent", "async_handlers": True}
        super().init_app(app, **options)
        stock = self.server.eio
        bounds = replace(fast, message=stock.max_http_buffer_size)
        self.engine = self.server.eio = EngineServer(self.server, bounds)
        self._app = app

    def emit(self, event: str, *args: Any, **options: Any) -> None:
        """As the library's; a plain push goes straight to the rooms. To "" is to nobody, not to everybody."""
        if "" in (options.get("to"), options.get("room")):
            return
        asks_more = options.get("callback") is not None or not options.get("include_self", True)
        if self.engine is None or asks_more or len(args) > 1 or not options.keys() <= _PLAIN:
            super().emit(event, *args, **options)
            return
        data = args[0] if args else None
        namespace = options.get("namespace") or "/"
        self.engine.manager.emit(event, data, namespace, options.get("to"), options.get("skip_sid"))

    def _handle_event(self, handler: Any, message: Any, namespace: str, sid: str, *args: Any) -> Any:
        if self.engine is None:
            return super()._handle_event(handler, message, namespace, sid, *args)
        wire = self.engine.manager.wire(sid, namespace)
        if wire is None:
            return "", 400  # as the library has it
        told = {"message": message, "args": args}
        here = EventContext(wire.kept or self._keep(wire), sid, namespace, told)
        with here:
            try:
                result = _connect(handler, args) if message == "connect" else handler(*args)
            except Refused:
                raise
            except Exception as error:
                tell = self.exception_handlers.get(namespace, self.default_exception_handler)
                if tell is None:
                    raise
                return tell(error)
            here.save_session()
            return result

    def _keep(self, wire: Wire) -> Kept:
        managed = _ManagedSession if self.manage_session else None
        kept = wire.kept = Kept(self._app, wire.handshake.environ(), managed)
        if not kept.is_shared and self.engine is not None:
            self.engine.lines.wheel.keep_warm(wire)
        return kept


def _connect(handler: Any, args: tuple[Any, ...]) -> Any:
    auth = args[1] if len(args) > 1 else None
    try:
        return handler(auth)
    except TypeError:  # an older handler, without it
        return handler()


def settle_memory() -> None:
    """Once everything is loaded: what is there now stays, so the collector need not walk it for every few events."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)
