"""Two people in a room over real sockets, against a real server (contract.md, Socket.IO)."""

import uuid
from typing import Any

import pytest
from socketio.exceptions import ConnectionError as CannotConnect

from tests.official import PATIENCE, official_client
from tests.person import Person, Town

Here = tuple[str, Person, Person]


@pytest.fixture
def here(town: Town) -> Here:
    """A room, on each engine, and two people at its door."""
    return town.room(), town.person().connect(), town.person().connect()


def seqs(events: list[dict[str, Any]]) -> list[int]:
    return [event["seq"] for event in events]


def test_what_one_says_the_other_hears_once_and_in_order(here: Here) -> None:
    room, north, heron = here
    for person in (north, heron):
        answer = person.ask("room:join", {"room": room})
        assert answer["ok"], answer
        assert (answer["head"], answer["events"], answer["more"]) == (0, [], False)
    for number in range(10):
        for person in (north, heron):
            ack = person.say(room, f"{number}")
            assert ack["ok"], ack
            assert ack["state"] == "sent"
    for person in (north, heron):
        events = person.wait(lambda events: len(events) >= 20)
        assert seqs(events) == list(range(1, 21))
        assert [event["body"] for event in events] == [str(number) for number in range(10) for _ in range(2)]
    assert set(north.events[0]) >= {
        "room",
        "epoch",
        "seq",
        "kind",
        "id",
        "cid",
        "author",
        "body",
        "html",
        "sent_at",
    }


def test_a_message_sent_again_is_answered_the_same_and_heard_once(here: Here) -> None:
    room, north, heron = here
    cid = str(uuid.uuid4())
    for person in (north, heron):
        person.ask("room:join", {"room": room})
    first = north.say(room, "once", cid)
    assert north.say(room, "once", cid) == first
    north.say(room, "after")
    events = heron.wait(lambda events: len(events) >= 2)
    assert [event["body"] for event in events] == ["once", "after"]


def test_who_was_away_asks_from_where_they_were(here: Here) -> None:
    room, north, heron = here
    north.ask("room:join", {"room": room})
    for number in range(5):
        north.say(room, str(number))
    answer = heron.ask("room:join", {"room": room, "after": 3})
    assert seqs(answer["events"]) == [4, 5]
    north.web.get(north.url)  # a page between: the socket stays
    assert seqs(heron.ask("room:sync", {"room": room, "after": 0})["events"]) == [1, 2, 3, 4, 5]


def test_what_the_forms_and_the_api_post_is_heard_live(here: Here) -> None:
    room, north, heron = here
    heron.ask("room:join", {"room": room})
    page = f"/rooms/{room}"
    assert north.post(f"{page}/messages", page=page, body="by form", cid=str(uuid.uuid4())).status_code == 200
    sent = north.web.post(
        f"{north.url}/api/v1{page}/messages",
        json={"cid": str(uuid.uuid4()), "body": "by api"},
        headers={"X-CSRFToken": north.csrf(page)},
        timeout=20,
    )
    assert sent.json()["ok"]
    events = heron.wait(lambda events: len(events) >= 2)
    assert [event["body"] for event in events] == ["by form", "by api"]


@pytest.mark.parametrize(
    ("event", "payload", "code"),
    [
        ("room:join", None, "invalid"),
        ("room:join", "evening", "invalid"),
        ("room:join", {"room": "no-such-room"}, "not_found"),
        ("room:sync", {"room": "ROOM", "after": 0}, "not_allowed"),  # before room:join
        ("room:read", {"room": "ROOM", "seq": 1}, "not_allowed"),
        ("room:typing", {"room": "ROOM"}, "not_allowed"),
        ("message:send", {"room": "ROOM", "cid": "x", "body": "hi"}, "invalid"),
        ("message:send", {"room": "ROOM", "cid": str(uuid.uuid4()), "body": "hi"}, "not_allowed"),
        (
            "message:send",
            {"room": "ROOM", "cid": str(uuid.uuid4()), "body": "hi", "x": "y" * 200_000},
            "invalid",
        ),
    ],
)
def test_what_cannot_be_answered_gets_an_error_and_the_socket_lives(
    town: Town, event: str, payload: Any, code: str
) -> None:
    room, north = town.room(), town.person().connect()
    if isinstance(payload, dict) and payload.get("room") == "ROOM":
        payload = payload | {"room": room}
    answer = north.ask(event, payload)
    assert answer["ok"] is False
    assert answer["error"]["code"] == code
    assert answer["error"]["message"]
    assert north.ask("room:join", {"room": room})["ok"]


def test_an_event_that_nobody_knows_is_answered(town: Town) -> None:
    north = town.person().connect()
    for event in ("nonsense", "room:event"):
        assert north.ask(event, {})["error"]["code"] == "not_found"


def test_what_comes_before_join_may_be_sent_again_after_it(town: Town) -> None:
    room, north = town.room(), town.person().connect()
    assert north.say(room, "too early")["error"]["permanent"] is False
    north.ask("room:join", {"room": room})
    assert north.say(room, "now")["ok"]


@pytest.mark.parametrize("body", ["", "x" * 4001, "a\x07b", 7, None, ["a"]])
def test_a_message_that_cannot_be_shown_is_refused_for_good(town: Town, body: Any) -> None:
    room, north = town.room(), town.person().connect()
    north.ask("room:join", {"room": room})
    answer = north.ask("message:send", {"room": room, "cid": str(uuid.uuid4()), "body": body})
    assert answer["error"]["permanent"] is True


def test_signing_out_closes_that_devices_socket(town: Town) -> None:
    here = Person(town.url).join(name := f"two-devices-{uuid.uuid4().hex[:6]}").connect()
    there = Person(town.url).sign_in(name).connect()
    here.post("/sign-out", page="/account")
    assert here.socket is not None
    here.socket.wait()  # until the server has closed it
    assert not here.socket.connected
    assert there.ask("room:join", {"room": "nowhere"})["error"]["code"] == "not_found"


@pytest.mark.parametrize("origin", [None, "https://elsewhere.example"])
def test_a_socket_from_another_place_is_refused(town: Town, origin: str | None) -> None:
    options = {"suppress_origin": True} if origin is None else {"origin": origin}
    client = official_client(**options)
    with pytest.raises(CannotConnect):
        client.connect(
            town.url,
            headers={"Cookie": town.operator.cookie},
            transports=["websocket"],
            wait_timeout=PATIENCE,
        )


def test_a_socket_without_a_session_is_refused(town: Town) -> None:
    client = official_client()
    with pytest.raises(CannotConnect):
        client.connect(town.url, transports=["websocket"], wait_timeout=PATIENCE)


def test_a_page_left_open_does_not_speak_for_somebody_else(town: Town) -> None:
    client = official_client()
    with pytest.raises(CannotConnect):
        client.connect(
            town.url,
            headers={"Cookie": town.operator.cookie},
            auth={"account": "somebody-else"},
            transports=["websocket"],
            wait_timeout=PATIENCE,
        )
