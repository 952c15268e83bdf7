"""Every socket event, for every role, with what it expects and with what it cannot use (security.md, 25)."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_socketio.test_client import SocketIOTestClient
from sqlalchemy import delete

from recovery_net.accounts.models import Account, DeviceSession, Role
from recovery_net.core import db
from recovery_net.rooms.models import Access, Standing
from tests.factories import make_account, make_membership, make_room

ROOM = "a-private-room"
CID = str(uuid.uuid4())
PAYLOADS: dict[str, dict[str, Any]] = {
    "room:join": {"room": ROOM},
    "room:leave": {"room": ROOM},
    "room:sync": {"room": ROOM, "after": 0},
    "room:read": {"room": ROOM, "seq": 0},
    "room:typing": {"room": ROOM},
    "message:send": {"room": ROOM, "cid": CID, "body": "hello"},
}
EVENTS = sorted(PAYLOADS)
IN_A_ROOM = sorted(set(PAYLOADS) - {"room:join", "room:leave"})
NO_OBJECTS = [None, "", "x" * 70_000, 7, -1.5, True, [], [["room"]], b"\x00\xff"]
NO_VALUES = [None, "", "\ud800", "x" * 70_000, -1, 2**80, 1.5, True, [], {}, {"room": ROOM}]
OPTIONAL = ["after", "epoch", "reply_to", "content_note", "more"]
REFUSALS = {"invalid", "not_found", "not_allowed"}  # leaving a room where one is not is no error
WHERE_ONE_STANDS = {
    (Access.OPEN, None): True,
    (Access.OPEN, Standing.ACTIVE): True,
    (Access.REQUEST, None): False,
    (Access.REQUEST, Standing.REQUESTED): False,
    (Access.REQUEST, Standing.INVITED): False,
    (Access.REQUEST, Standing.ACTIVE): True,
    (Access.PRIVATE, Standing.INVITED): False,
    (Access.PRIVATE, Standing.ACTIVE): True,
}

Plug = Callable[[Account], SocketIOTestClient]


@pytest.fixture
def plug(app: Flask, sign_in: Callable[[Account], FlaskClient]) -> Iterator[Plug]:
    """A connected socket of somebody who is signed in."""
    opened: list[SocketIOTestClient] = []

    def connect(account: Account) -> SocketIOTestClient:
        opened.append(socket_of(app, sign_in(account)))
        assert opened[-1].is_connected()
        return opened[-1]

    yield connect
    for socket in opened:
        if socket.is_connected():
            socket.disconnect()


def socket_of(app: Flask, browser: FlaskClient) -> SocketIOTestClient:
    here = {"Origin": "http://localhost"}
    return app.extensions["sockets"].io.test_client(app, flask_test_client=browser, headers=here)


def ask(socket: SocketIOTestClient, event: str, *payload: Any) -> dict[str, Any]:
    answer: dict[str, Any] = socket.emit(event, *payload, callback=True)
    return answer


def code(answer: dict[str, Any]) -> str:
    """`ok`, or why not."""
    return "ok" if answer["ok"] else str(answer["error"]["code"])


def test_every_event_is_walked_here(app: Flask) -> None:
    assert app.extensions["sockets"].events == set(PAYLOADS)


def test_nobody_gets_no_socket(app: Flask) -> None:
    assert not socket_of(app, app.test_client()).is_connected()


def test_who_has_yet_to_agree_gets_no_socket(app: Flask, sign_in: Callable[[Account], FlaskClient]) -> None:
    assert not socket_of(app, sign_in(make_account(guidelines_version=0))).is_connected()


def test_who_belongs_to_the_room_is_answered(plug: Plug) -> None:
    member = make_account()
    make_membership(make_room(ROOM, access=Access.PRIVATE), member)
    socket = plug(member)
    assert code(ask(socket, "room:join", PAYLOADS["room:join"])) == "ok"
    for event in (*IN_A_ROOM, "room:leave"):
        assert code(ask(socket, event, PAYLOADS[event])) == "ok", event


@pytest.mark.parametrize("role", [Role.MEMBER, Role.COUNSELOR, Role.MODERATOR])
def test_a_hidden_room_answers_like_one_that_is_not_there(plug: Plug, role: Role) -> None:
    make_room(ROOM, access=Access.PRIVATE)
    socket = plug(make_account(role=role))
    assert code(ask(socket, "room:join", {"room": ROOM})) == "not_found"
    for event, payload in PAYLOADS.items():
        assert ask(socket, event, payload) == ask(socket, event, payload | {"room": "no-such-room"}), event


@pytest.mark.parametrize("role", Role)
def test_no_role_reads_or_speaks_in_a_private_room_that_it_is_not_in(plug: Plug, role: Role) -> None:
    make_room(ROOM, access=Access.PRIVATE)
    socket = plug(make_account(role=role))
    for event in ("room:join", *IN_A_ROOM):
        assert code(ask(socket, event, PAYLOADS[event])) in {"not_found", "not_allowed"}, event


@pytest.mark.parametrize(("access", "standing"), WHERE_ONE_STANDS)
def test_who_may_listen(plug: Plug, access: Access, standing: Standing | None) -> None:
    member, room = make_account(), make_room(ROOM, access=access)
    if standing is not None:
        make_membership(room, member, standing)
    answer = ask(plug(member), "room:join", {"room": ROOM})
    assert code(answer) == ("ok" if WHERE_ONE_STANDS[access, standing] else "not_allowed")


@pytest.mark.parametrize("event", EVENTS)
def test_broken_payloads_get_an_error_and_the_socket_lives(plug: Plug, event: str) -> None:
    member = make_account()
    make_membership(make_room(ROOM, access=Access.PRIVATE), member)
    socket = plug(member)
    ask(socket, "room:join", {"room": ROOM})
    right = PAYLOADS[event]
    wrong = [right | {name: value} for name in right for value in NO_VALUES if value != right[name]]
    missing = [{key: value for key, value in right.items() if key != name} for name in right]
    more = [right | {name: value} for name in OPTIONAL for value in NO_VALUES]
    for payload in (*NO_OBJECTS, *missing, *wrong):
        answer = ask(socket, event, payload)
        assert code(answer) in REFUSALS | ({"ok"} if event == "room:leave" else set()), payload
        assert answer["ok"] or answer["error"]["permanent"], payload
    for payload in more:  # some of these may be used after all: no note, no answer
        assert code(ask(socket, event, payload)) in REFUSALS | {"ok"}, payload
    assert code(ask(socket, event)) == "invalid"
    assert code(ask(socket, event, right, right)) == "invalid"
    assert code(ask(socket, "room:join", {"room": ROOM})) == "ok"


@pytest.mark.parametrize("event", EVENTS)
def test_a_session_that_another_process_ended_holds_nothing(plug: Plug, event: str) -> None:
    member = make_account()
    make_membership(make_room(ROOM, access=Access.PRIVATE), member)
    socket = plug(member)
    ask(socket, "room:join", {"room": ROOM})
    with db.transaction() as session:
        session.execute(delete(DeviceSession))
    assert code(ask(socket, event, PAYLOADS[event])) == "sign_in"
    assert not socket.is_connected()


def test_a_room_whose_address_cannot_be_is_not_there(plug: Plug) -> None:
    answer = ask(plug(make_account()), "room:join", {"room": "a\x00b"})
    assert code(answer) in {"invalid", "not_found"}
