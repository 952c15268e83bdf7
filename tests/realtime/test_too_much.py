"""One member asks for too much: answered with an error, and nobody else notices."""

import uuid
from collections.abc import Callable
from threading import Condition
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from recovery_net.accounts.models import Account
from recovery_net.realtime.server import MAX_ROOMS, Sockets
from tests.factories import make_account, make_room
from tests.live import LiveServer
from tests.person import Town

AT_ONCE = 1000


def test_one_socket_listens_to_so_many_rooms(app: Flask, sign_in: Callable[[Account], FlaskClient]) -> None:
    sockets: Sockets = app.extensions["sockets"]
    make_room("one")
    make_room("more")
    socket = sockets.io.test_client(
        app, flask_test_client=sign_in(make_account()), headers={"Origin": "http://localhost"}
    )
    assert socket.emit("room:join", {"room": "one"}, callback=True)["ok"]
    (connection,) = sockets.connections.values()
    connection.rooms.update({uuid.uuid4(): f"room-{number}" for number in range(MAX_ROOMS - 1)})
    refused = socket.emit("room:join", {"room": "more"}, callback=True)
    assert refused["error"]["code"] == "not_allowed"
    assert socket.emit("room:join", {"room": "one"}, callback=True)["ok"]
    assert len(connection.rooms) == MAX_ROOMS
    socket.emit("room:leave", {"room": "room-7"}, callback=True)
    assert socket.emit("room:join", {"room": "more"}, callback=True)["ok"]
    socket.disconnect()


def test_a_thousand_events_at_once_are_each_answered(live: Callable[..., LiveServer]) -> None:
    town = Town(live(LIMITS="on"))
    room, north, heron = town.room(), town.person().connect(), town.person().connect()
    for person in (north, heron):
        assert person.ask("room:join", {"room": room})["ok"]
    answers, news = [], Condition()

    def answered(answer: dict[str, Any]) -> None:
        with news:
            answers.append(answer["ok"] or answer["error"]["code"])
            news.notify()

    assert north.socket is not None
    for _ in range(AT_ONCE):
        north.socket.emit("room:read", {"room": room, "seq": 0}, callback=answered)
    assert heron.say(room, "and this?")["ok"]
    with news:
        assert news.wait_for(lambda: len(answers) == AT_ONCE, 60)
    assert set(answers) == {True, "too_many"}
    assert north.wait(lambda events: len(events) == 1)[0]["body"] == "and this?"
    north.close()
    heron.close()
