"""The HTTP server: without a word about anybody, and able to leave without cutting an answer off."""

import logging
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any

import gevent
import structlog
from flask import Flask
from gevent import GreenletExit
from gevent.pywsgi import WSGIHandler, WSGIServer

from recovery_net.core import logs

# Seconds until the head of the first request is there: who sends it byte by byte holds a line for nothing.
HEAD_WITHIN = 30
NEXT_WITHIN = 90  # and until that of the next one is; nginx gives an idle line up before
HEAD_SIZE = 64 * 1024  # bytes of all header lines
_UPGRADES = "/socket.io/"
_log = structlog.get_logger()
_SILENT = logging.getLogger("recovery_net.wire")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class _HeaderLines:
    """A request's header lines. What ends before the empty line was cut on its way: it is no request."""

    def __init__(self, wire: Any) -> None:
        self._wire = wire
        self._size = 0

    def readline(self, limit: int = -1) -> bytes:
        try:
            line: bytes = self._wire.readline(limit)
        except OSError as error:
            raise ValueError("reset") from error
        self._size += len(line)
        if not line or self._size > HEAD_SIZE:
            raise ValueError("cut")
        return line


class Handler(WSGIHandler):
    """Tells errors of the server itself without the request, and the server whether it is at work."""

    server: "HttpServer"
    has_answered = False
    _patience: gevent.Timeout

    def MessageClass(self, wire: Any, *more: Any) -> Any:  # noqa: N802 - the library's name
        # The library takes the end of the line for the end of the headers, and would answer half a request.
        return super().MessageClass(_HeaderLines(wire), *more)  # type: ignore[arg-type]

    def read_requestline(self) -> str:
        if self.server.is_leaving and self.has_answered:
            self.stop_reading()
        self.server.idle.add(self)
        try:
            line: str = super().read_requestline()
        finally:
            self.server.idle.discard(self)
        self.server.busy.add(self)
        return line

    def stop_reading(self) -> None:
        """What has come is still read and answered; nothing comes after it."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RD)

    def read_request(self, raw_requestline: str) -> Any:
        is_good = super().read_request(raw_requestline)
        self._patience.close()
        if self.server.is_leaving:
            self.close_connection = True
        if self.headers.get("Upgrade", "").lower() == "websocket" and (self.path or "").startswith(_UPGRADES):
            self.server.busy.discard(self)  # what follows is no answer, but a conversation
        return is_good

    def handle_one_request(self) -> Any:
        self._patience = gevent.Timeout.start_new(NEXT_WITHIN if self.has_answered else HEAD_WITHIN)
        try:
            return super().handle_one_request()
        except gevent.Timeout as late:
            if late is not self._patience:
                raise
            return None
        finally:
            self._patience.close()
            self.server.busy.discard(self)
            self.has_answered = True

    def handle_error(
        self, t: type[BaseException] | None, v: BaseException | None, tb: TracebackType | None
    ) -> None:
        if t is not None and v is not None:
            _log.error("server", error=t.__name__, where=logs.where(v))
        super().handle_error(GreenletExit, v, tb)  # what it prints for anything else holds the address


class HttpServer(WSGIServer):
    """Knows which of its connections wait for a request and which are being answered."""

    def __init__(self, listener: socket.socket, app: Flask, *, is_shared: bool) -> None:
        self.idle: set[Handler] = set()
        self.busy: set[Handler] = set()
        self.is_leaving = False
        self._is_shared = is_shared
        super().__init__(
            listener,
            without_compression(app),
            handler_class=Handler,
            log=None,  # an access log would hold addresses
            error_log=_SILENT,  # what clients get wrong on the wire is nobody's to read
            environ={
                "wsgi.multiprocess": is_shared
            },  # then one connection a turn: the others take their share
        )

    def stop_listening(self) -> None:
        """No new connection, and no second request on an old one. Whoever has come already is still answered."""
        self.is_leaving = True
        while not self._is_shared and (come := self.do_read()):
            self.do_handle(*come)
        self.close()
        for handler in list(self.idle):
            if handler.has_answered:
                handler.stop_reading()

    def finish(self, patience: float) -> None:
        """Wait until every request that was begun is answered, at most so many seconds."""
        deadline = time.monotonic() + patience
        while self.busy and time.monotonic() < deadline:
            gevent.sleep(0.02)


def without_compression(app: Flask) -> Callable[..., Iterable[bytes]]:
    """Never negotiate permessage-deflate: it costs 100 KB a member and doubles the work (delivery.md)."""

    def call(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        return app(environ, start_response)

    return call
