"""What the engine leans on inside the libraries. An upgrade that moves any of it fails here, by name.

When it does: read what changed, compare `realtime/engine/` with it, run this folder's tests, then write the new value.
"""

import hashlib
import inspect
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import engineio
import flask.ctx
import flask.globals
import flask.sessions
import flask.signals
import flask_socketio
import gevent
import greenlet
import pytest
import socketio
from gevent import pywsgi
from gevent.monkey import get_original
from socketio import base_manager, manager, packet

VERSIONS = {
    "Flask-SocketIO": "5.7",
    "python-socketio": "5.18",
    "python-engineio": "4.15",
    "gevent": "26.9",
    "greenlet": "3.5",
    "Flask": "3.1",
}
# Copied, overridden or called behind the public interface: the code itself is what we agreed with.
SOURCES: dict[Callable[..., Any], str] = {
    flask_socketio.SocketIO.init_app: "12a3a6c8e896",
    flask_socketio.SocketIO.on: "f9c9de573dc6",
    flask_socketio.SocketIO._handle_event: "70d95a741fbd",
    flask_socketio._SocketIOMiddleware.__call__: "7cfbb7890542",
    socketio.Server.disconnect: "a348aff17b8e",
    socketio.Server.call: "cbd1d9c54985",
    socketio.Server._send_packet: "3289b949be8c",
    socketio.Server._handle_connect: "1b0ba130a57d",
    socketio.Server._handle_disconnect: "fb93d61de8cb",
    socketio.Server._handle_event: "3f64c030f25e",
    socketio.Server._handle_event_internal: "37e1c84a6974",
    socketio.Server._trigger_event: "836cb0c8d232",
    socketio.Server._handle_eio_message: "65f309c138d6",
    socketio.Server.__init__: "6b998e091b34",
    socketio.Server.get_environ: "382c69762c6c",
    manager.Manager: "cfeabf92435f",
    base_manager.BaseManager: "b393b4c05dbd",
    packet.Packet: "e1660ba64e4e",
    engineio.Server.__init__: "a06b17502fbd",
    engineio.Server._handle_connect: "049f7c2b2c23",
    engineio.Server._cors_allowed_origins: "d0cad0c66d53",
    pywsgi.WSGIHandler.handle: "9e7238affc12",
    pywsgi.WSGIHandler.handle_one_request: "14e946e9fb33",
    pywsgi.WSGIHandler.handle_one_response: "16fcb501fa89",
    pywsgi.WSGIHandler.get_environ: "fbd39b74e42d",
    pywsgi.WSGIHandler.run_application: "46cef793ff43",
    pywsgi.WSGIHandler.process_result: "975218538151",
    flask.ctx.AppContext: "f499726b0dd2",
    flask.ctx.RequestContext: "100498a9244b",
}
ATTRIBUTES = {
    flask.globals: ["_cv_app", "_cv_request"],
    flask.signals: [
        "appcontext_popped",
        "appcontext_pushed",
        "appcontext_tearing_down",
        "request_tearing_down",
    ],
    flask.sessions: ["SecureCookieSessionInterface"],
    flask_socketio: ["_ManagedSession", "ConnectionRefusedError"],
    greenlet: ["getcurrent", "greenlet"],
    engineio.Server.reason: [
        "SERVER_DISCONNECT",
        "CLIENT_DISCONNECT",
        "PING_TIMEOUT",
        "TRANSPORT_CLOSE",
        "TRANSPORT_ERROR",
    ],
}
LOOP = ["io", "timer", "run_callback", "run_callback_threadsafe"]


@pytest.mark.parametrize("library", VERSIONS)
def test_the_libraries_are_those_it_was_written_for(library: str) -> None:
    assert version(library).startswith(VERSIONS[library] + "."), (
        f"{library} is {version(library)}: the engine was written for {VERSIONS[library]}"
    )


@pytest.mark.parametrize("thing", SOURCES, ids=lambda thing: thing.__qualname__)
def test_what_it_leans_on_is_what_it_was(thing: Callable[..., Any]) -> None:
    found = fingerprint(thing)
    name = f"{thing.__module__}.{thing.__qualname__}"
    assert found == SOURCES[thing], f"{name} has changed: {found!r}"


@pytest.mark.parametrize(
    ("owner", "name"), [(owner, name) for owner, names in ATTRIBUTES.items() for name in names]
)
def test_what_it_uses_is_there(owner: Any, name: str) -> None:
    assert hasattr(owner, name), f"{owner} has no {name}"


@pytest.mark.parametrize("name", LOOP)
def test_the_loop_offers_what_the_lines_need(name: str) -> None:
    assert callable(getattr(gevent.get_hub().loop, name)), f"gevent's loop has no {name}"


def test_threads_are_told_apart_below_the_patches() -> None:
    assert get_original("_thread", "get_ident")() > 0


def fingerprint(thing: Callable[..., Any]) -> str:
    return hashlib.sha256(inspect.getsource(thing).encode()).hexdigest()[:12]
