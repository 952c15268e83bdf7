"""Serving: migrate, say where it is, run the jobs beside, and leave in order."""

import argparse
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable
from threading import Event, Thread
from types import TracebackType
from typing import Any

import gevent
import structlog
from flask import Flask
from gevent import GreenletExit
from gevent.pywsgi import WSGIHandler, WSGIServer
from sqlalchemy.exc import SQLAlchemyError

from recovery_net import migrating
from recovery_net.accounts import setup
from recovery_net.accounts.principal import ended_sessions
from recovery_net.app import create_app
from recovery_net.config import Settings, SettingsError
from recovery_net.core import db, jobs, logs
from recovery_net.realtime.server import Sockets
from recovery_net.rooms.sockets import LiveRooms

SWEEP_EVERY, HEADS_EVERY = 2.0, 20.0  # seconds (delivery.md, 5 and 6)
_log = structlog.get_logger()
_SILENT = logging.getLogger("recovery_net.wire")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


def main(arguments: list[str]) -> int:
    """Serve until told to stop. Gives the exit code."""
    parser = argparse.ArgumentParser(prog="run", description="Serve Recovery Net.")
    parser.add_argument(
        "--demo", action="store_true", help="an instance full of made-up rooms, meetings and members"
    )
    options = parser.parse_args(arguments)
    os.umask(0o077)  # whatever is made in the data folder is ours alone
    try:
        settings = Settings.from_environment(demo=options.demo)
        listener = _listen(settings)
        app = create_app(settings)
        prepare_database()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    if settings.demo:
        from recovery_net import demo

        demo.fill(app)
    _serve(app, listener)
    return 0


def prepare_database() -> None:
    """Bring the tables of this process's database up to date; `SettingsError` when there is no database."""
    try:
        migrating.upgrade(db.engine())
    except SQLAlchemyError as error:
        if not db.is_outage(error):
            raise
        where = db.engine().url.render_as_string(hide_password=True)
        raise SettingsError(
            f"The database {where} cannot be used; is it running, and is DATABASE_URL right?"
        ) from error


def _listen(settings: Settings) -> socket.socket:
    """Take the port before any other work: a port in use is said at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Inherited by what is accepted: without it every answer on a kept connection waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}); "
            f"stop what uses it, or choose another: PORT={settings.port % 65535 + 1} ./run"
        ) from error
    listener.listen(1024)
    return listener


def _announce(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    print(f"Recovery Net is at {settings.public_url}", flush=True)
    with app.app_context():
        link = setup.setup_link()
    if link is not None:
        print(f"No operator yet. Make one, once: {settings.public_url}{link}", flush=True)


def _serve(app: Flask, listener: socket.socket) -> None:
    sockets: Sockets = app.extensions["sockets"]
    live: LiveRooms = app.extensions["live_rooms"]
    stop = Event()
    _quiet_hub()
    # No access log: it would hold addresses. What clients get wrong on the wire is nobody's to read.
    server = WSGIServer(
        listener, _without_compression(app), handler_class=_Handler, log=None, error_log=_SILENT
    )
    for work in (
        lambda: jobs.work(stop),
        lambda: _every(SWEEP_EVERY, live.sweep, stop),
        lambda: _every(SWEEP_EVERY, lambda: sockets.drop_ended(ended_sessions), stop),
        lambda: _every(HEADS_EVERY, live.push_heads, stop),
    ):
        Thread(target=_inside(app, work), daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, lambda: gevent.spawn(_drain, sockets, server, stop))
    _announce(app)
    server.serve_forever()


class _Handler(WSGIHandler):
    """Tells errors of the server itself without the request: the library's own way prints addresses."""

    def handle_error(
        self, t: type[BaseException] | None, v: BaseException | None, tb: TracebackType | None
    ) -> None:
        if t is not None and v is not None:
            _log.error("server", error=t.__name__, where=logs.where(v))
        super().handle_error(GreenletExit, v, tb)  # what it prints for anything else holds the address


def _without_compression(app: Flask) -> Callable[..., Iterable[bytes]]:
    """Never negotiate permessage-deflate: it costs 100 KB a member and doubles the work (delivery.md)."""

    def call(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        return app(environ, start_response)

    return call


def _quiet_hub() -> None:
    """The hub prints what a stray greenlet raised, with its values; type and place are enough."""

    def tell(_context: object, kind: type[BaseException], error: BaseException, _trace: object) -> None:
        _log.error("greenlet", error=kind.__name__, where=logs.where(error))

    gevent.get_hub().print_exception = tell  # type: ignore[method-assign, assignment]


def _inside(app: Flask, work: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        with app.app_context():
            work()

    return run


def _every(seconds: float, work: Callable[[], None], stop: Event) -> None:
    while not stop.wait(seconds):
        try:
            work()
        except Exception as error:
            _log.error("background", error=type(error).__name__, where=logs.where(error))


def _drain(sockets: Sockets, server: WSGIServer, stop: Event) -> None:
    """Stop taking connections, tell members to come back, finish what runs (delivery.md, 9)."""
    stop.set()
    server.stop_accepting()
    for connection in list(sockets.connections.values()):
        sockets.push("drain", {"reconnect_in": int.from_bytes(os.urandom(2)) / 65536 * 15}, connection.sid)
    gevent.sleep(0.2)
    server.stop(timeout=5)
