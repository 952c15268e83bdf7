"""Sockets that come and go at a bad moment."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_socketio.test_client import SocketIOTestClient

from recovery_net.accounts.models import Account
from recovery_net.realtime.server import Connection, Sockets
from recovery_net.rooms.sockets import LiveRooms
from tests.factories import make_account, make_room

Plug = Callable[[], SocketIOTestClient]


@pytest.fixture
def sockets(app: Flask) -> Sockets:
    found: Sockets = app.extensions["sockets"]
    return found


@pytest.fixture
def plug(app: Flask, sockets: Sockets, sign_in: Callable[[Account], FlaskClient]) -> Iterator[Plug]:
    """A socket of somebody who is signed in, let in or not."""
    opened: list[SocketIOTestClient] = []

    def connect() -> SocketIOTestClient:
        browser = sign_in(make_account())
        here = {"Origin": "http://localhost"}
        opened.append(sockets.io.test_client(app, flask_test_client=browser, headers=here))
        return opened[-1]

    yield connect
    for socket in opened:
        if socket.is_connected():
            socket.disconnect()


def test_what_breaks_when_a_socket_goes_keeps_nothing_else_from_letting_go(
    sockets: Sockets, plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go: list[Connection] = []

    def breaks(_: Connection) -> None:
        raise RuntimeError

    monkeypatch.setattr(sockets, "on_gone", [breaks, let_go.append])
    plug().disconnect()
    assert len(let_go) == 1
    assert sockets.connections == {}


def test_a_session_that_ends_while_its_socket_joins_does_not_get_in(
    sockets: Sockets, plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = sockets._authenticate

    def ends_right_after() -> Any:
        device = look_up()
        assert device is not None
        sockets.drop([device.device_id])
        return device

    monkeypatch.setattr(sockets, "_authenticate", ends_right_after)
    assert not plug().is_connected()
    monkeypatch.undo()
    assert plug().is_connected()


def test_who_goes_while_their_typing_is_looked_at_leaves_nothing_behind(
    app: Flask, sockets: Sockets, plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    live: LiveRooms = app.extensions["live_rooms"]
    socket, room = plug(), make_room().slug
    assert socket.emit("room:join", {"room": room}, callback=True)["ok"]
    look_up = live._readable

    def goes_meanwhile(slug: str) -> Any:
        place = look_up(slug)
        live.gone(sockets.connections.pop(sockets.here().sid))
        return place

    monkeypatch.setattr(live, "_readable", goes_meanwhile)
    socket.emit("room:typing", {"room": room}, callback=True)
    assert live._typed == {}


def test_a_hint_of_typing_in_no_room_reaches_nobody(app: Flask, plug: Plug) -> None:
    socket = plug()
    app.extensions["relay"].hear["typing"](None, {"room": "x", "pseudonym": "y"})
    assert socket.get_received() == []
