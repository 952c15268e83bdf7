"""Somebody who asks too much is told so, and nobody else notices (security.md, 23)."""

import json
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
import websocket
from socketio.exceptions import ConnectionError as CannotConnect

from recovery_net.core import limits
from recovery_net.realtime.server import MAX_SOCKETS
from tests.live import LiveServer
from tests.person import PATIENCE, Person, Town, official_client


@pytest.fixture
def limited(live: Callable[..., LiveServer]) -> Town:
    """A server that counts, behind a proxy that says where people come from."""
    return Town(live(LIMITS="on", RECOVERY_NET_PROXIES="1"))


def knock(town: Town, *, address: str, cookie: str = "") -> int:
    """Ask for a socket, as a browser does; gives the status."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        "Origin": town.url,
        "X-Forwarded-For": address,
        "Cookie": cookie,
    }
    line = HTTPConnection(urlsplit(town.url).netloc, timeout=10)
    try:
        line.request("GET", "/socket.io/?EIO=4&transport=websocket", headers=headers)
        return line.getresponse().status
    finally:
        line.close()


def test_strangers_who_knock_on_and_on_do_not_keep_members_of_the_same_network_out(limited: Town) -> None:
    clinic = "203.0.113.9"
    statuses = [knock(limited, address=clinic) for _ in range(limits.STRANGE_SOCKET.count + 50)]
    assert statuses[0] == 101
    assert 429 in statuses[-50:]  # some are forgotten meanwhile
    member = limited.person()
    assert knock(limited, address=clinic, cookie=member.cookie) == 101
    assert knock(limited, address="203.0.113.10") == 101


def test_one_device_that_connects_on_and_on_is_stopped(limited: Town) -> None:
    member, other = limited.person(), limited.person()
    statuses = [
        knock(limited, address="203.0.113.9", cookie=member.cookie) for _ in range(2 * limits.CONNECT.count)
    ]
    assert statuses.count(101) >= limits.CONNECT.count
    assert statuses.count(429) > limits.CONNECT.count / 2  # some are forgotten meanwhile
    assert knock(limited, address="203.0.113.9", cookie=other.cookie) == 101


def test_one_account_that_connects_on_and_on_is_told_to_wait(limited: Town) -> None:
    name = f"many-devices-{uuid.uuid4().hex[:6]}"
    one, other = Person(limited.url).join(name), Person(limited.url).sign_in(name)
    refusals: list[object] = []
    tries = 0
    while not refusals:
        tries += 1
        assert tries < 3 * limits.CONNECT.count, "nobody ever said no"
        client = official_client()
        client.on("connect_error", refusals.append)
        with suppress(CannotConnect):
            cookie = {"Cookie": (one, other)[tries % 2].cookie}
            client.connect(limited.url, headers=cookie, transports=["websocket"], wait_timeout=PATIENCE)
        client.disconnect()
    assert tries > limits.CONNECT.count
    assert "too_many" in str(refusals)


def test_one_account_holds_so_many_sockets_and_no_more(limited: Town) -> None:
    member, other = limited.person(), limited.person()
    lines = [bare_socket(member) for _ in range(MAX_SOCKETS + 1)]
    answers = [line.recv() for line in lines]
    assert [answer[:2] for answer in answers] == ["40"] * MAX_SOCKETS + ["44"]
    refusal = json.loads(answers[-1][2:])
    assert (refusal["message"], refusal["data"]["permanent"]) == ("too_many", False)
    lines.append(bare_socket(other))
    assert lines[-1].recv().startswith("40")
    lines[0].close()  # waits until the server has closed it too
    while lines.append(bare_socket(member)) or not lines[-1].recv().startswith("40"):
        pass  # it ends by telling everybody
    for line in lines:
        line.shutdown()


def bare_socket(person: Person) -> websocket.WebSocket:
    """A socket that has asked to be let in: an official client for each would take seconds."""
    address = f"{person.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket"
    opened = websocket.create_connection(address, cookie=person.cookie, origin=person.url, timeout=10)
    opened.recv()
    opened.send("40")
    return opened


def test_a_thousand_events_at_once_leave_the_others_alone(limited: Town) -> None:
    room = limited.room()
    loud, north, heron = (limited.person().connect() for _ in range(3))
    for person in (loud, north, heron):
        person.ask("room:join", {"room": room})
    answers: list[Any] = []
    began = time.monotonic()
    assert loud.socket is not None
    for number in range(1000):
        if number % 100 == 50:
            assert north.say(room, f"{number}")["ok"]
        loud.socket.emit("room:sync", {"room": room, "after": 0}, callback=answers.append)
    assert [event["body"] for event in heron.wait(lambda events: len(events) >= 10)] == [
        f"{number}" for number in range(50, 1000, 100)
    ]
    assert north.ask("room:sync", {"room": room, "after": 0})["ok"]
    codes = {answer["error"]["code"] for answer in answers if not answer["ok"]}
    assert codes <= {"too_many"}
    pace, took = limits.SOCKET_EVENT, time.monotonic() - began  # some are forgotten meanwhile
    assert sum(answer["ok"] for answer in answers) <= pace.count * (1 + took / pace.seconds) + 1
