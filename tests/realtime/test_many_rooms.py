"""One socket cannot listen to rooms without end: a join to ten thousand of them is a mistake or a flood."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from recovery_net.accounts.models import Account
from recovery_net.rooms import sockets
from tests.factories import make_account, make_room


def test_more_rooms_than_one_device_may_listen_to_are_refused(
    app: Flask, sign_in: Callable[[Account], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MOST_ROOMS", 2)
    socket = app.extensions["sockets"].io.test_client(
        app, flask_test_client=sign_in(make_account()), headers={"Origin": "http://127.0.0.1:8000"}
    )
    rooms = [make_room().slug for _ in range(3)]

    def join(slug: str) -> bool:
        ack = socket.emit("room:join", {"room": slug}, callback=True)
        assert ack["ok"] or (ack["error"]["code"], ack["error"]["permanent"]) == ("not_allowed", True)
        return bool(ack["ok"])

    assert [join(slug) for slug in rooms] == [True, True, False]
    assert join(rooms[0])  # one of those it listens to already
    socket.emit("room:leave", {"room": rooms[0]}, callback=True)
    assert join(rooms[2])
    socket.disconnect()
