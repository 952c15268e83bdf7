"""The official Python client against both engines: what Flask-SocketIO promises holds on either."""

from collections.abc import Callable, Iterator
from socket import SHUT_RDWR
from threading import Event
from typing import Any

import pytest
import requests
import socketio
from socketio.exceptions import ConnectionError as CannotConnect

from tests.realtime.engine.conftest import Chat, until


class Guest:
    """A client, and what it heard."""

    def __init__(self, chat: Chat, **options: Any) -> None:
        self.heard: list[Any] = []
        self.reasons: list[str] = []
        self.client = socketio.Client(reconnection_delay=0.05, **options)
        self.client.on("heard", self.heard.append)
        self.client.on("answered", lambda *answer: self.heard.append(list(answer)))
        self.client.on("question", lambda question: ["yes", question])
        self.client.on("disconnect", self.reasons.append)
        self.chat = chat

    def connect(self, path: str = "", **options: Any) -> "Guest":
        self.client.connect(self.chat.url + path, transports=["websocket"], wait_timeout=10, **options)
        return self

    def ask(self, event: str, *data: Any, namespace: str = "/") -> Any:
        return self.client.call(event, data, namespace=namespace, timeout=10)

    def hears(self, count: int) -> list[Any]:
        until(lambda: len(self.heard) >= count)
        return self.heard


Invite = Callable[..., Guest]


@pytest.fixture
def invite(chat: Chat) -> Iterator[Invite]:
    guests: list[Guest] = []

    def make(**options: Any) -> Guest:
        guests.append(Guest(chat, **options))
        return guests[-1]

    yield make
    for guest in guests:
        guest.client.disconnect()


@pytest.mark.parametrize(
    "data",
    [
        {"a": [1, None, "ü😀", 1.5]},
        b"\x00\xff",
        {"deep": [{"b": b"one"}, b"two"]},
        "x" * 1_000_000,
        b"y" * 1_000_000,
        "",
        0,
        [],
    ],
    ids=lambda data: f"{type(data).__name__}-{len(str(data))}",
)
def test_what_is_sent_comes_back(invite: Invite, data: Any) -> None:
    assert invite().connect().ask("echo", data) == data


def test_answers_of_none_one_and_several(invite: Invite) -> None:
    guest = invite().connect()
    assert guest.ask("nothing") is None
    assert guest.ask("echo", "a", {"b": b"c"}, 3) == ("a", {"b": b"c"}, 3)


def test_the_server_asks_back_and_waits(invite: Invite) -> None:
    guest = invite().connect()
    assert guest.ask("ask_me", "sure?") == {"you said": ["yes", "sure?"]}
    guest.ask("ask_me_later", "really?")
    assert guest.hears(1) == [[["yes", "really?"]]]


def test_rooms_hear_what_is_said_in_them(invite: Invite) -> None:
    one, two, far = (invite().connect() for _ in range(3))
    assert one.ask("join", "pond") == ["pond"]
    assert two.ask("join", "pond") == ["pond"]
    far.ask("join", "sea")
    one.ask("say", "pond", {"n": 1})
    one.ask("say_others", "pond", {"n": 2})
    two.ask("leave", "pond")
    one.ask("say", "pond", [{"n": b"3"}])
    requests.get(f"{one.chat.url}/shout/sea", timeout=10)
    assert one.hears(2) == [{"n": 1}, [{"n": b"3"}]]
    assert two.hears(2) == [{"n": 1}, {"n": 2}]
    assert far.hears(1) == [{"from": "http"}]


def test_what_a_handler_breaks_is_the_error_handlers(invite: Invite) -> None:
    guest = invite().connect()
    assert guest.ask("breaks") == {"error": "RuntimeError"}
    assert "secret" not in guest.chat.said()


def test_namespaces_are_apart(invite: Invite) -> None:
    guest = invite().connect(namespaces=["/", "/side"])
    assert guest.ask("echo", "there", namespace="/side") == "there"
    assert guest.client.get_sid("/") != guest.client.get_sid("/side")
    with pytest.raises(CannotConnect):
        invite().connect(namespaces=["/nowhere"])


def test_who_is_refused_is_told_why(invite: Invite) -> None:
    guest, why = invite(reconnection=False), []
    guest.client.on("connect_error", why.append)
    with pytest.raises(CannotConnect):
        guest.connect(auth={"refuse": "full"})
    assert why == [{"message": "not today", "data": {"why": "full"}}]


def test_an_event_sees_the_handshake_and_nothing_of_the_event_before(invite: Invite) -> None:
    web = requests.Session()
    guest = invite()
    web.get(guest.chat.url, params={"name": "heron"}, timeout=10)
    cookie = "; ".join(f"{name}={value}" for name, value in web.cookies.items())
    guest.connect("?asked=much", headers={"Cookie": cookie, "Accept-Language": "pl"})
    first, second = guest.ask("context", "LEFT"), guest.ask("context")
    assert first == second
    assert first == {
        "name": "heron",
        "left in g": None,
        "left in the session": None,
        "left on the request": None,
        "language": "pl",
        "cookie": True,
        "asked": "much",
        "event": "context",
        "app": True,
        "url": "/",
        "namespace": "/",
    }


def test_being_shown_out_is_said_once(invite: Invite) -> None:
    guest = invite(reconnection=False).connect()
    sid = guest.client.get_sid()
    guest.client.emit("show_me_out")
    guest.client.wait()
    assert guest.reasons == ["server disconnect"]
    assert guest.chat.farewell(sid) == "server disconnect"
    assert_said_once(guest.chat, sid)


def test_leaving_is_said_once(invite: Invite) -> None:
    guest = invite().connect()
    sid = guest.client.get_sid()
    guest.client.disconnect()
    # The library's own server may see the end of the line first.
    assert guest.chat.farewell(sid) in {"client disconnect", "transport close"}
    assert_said_once(guest.chat, sid)


def test_a_line_that_is_cut_is_noticed_and_comes_back(invite: Invite) -> None:
    guest, back = invite().connect(), Event()
    sid = guest.client.get_sid()
    guest.client.on("connect", back.set)
    guest.client.eio.ws.sock.shutdown(SHUT_RDWR)
    assert back.wait(20)
    assert guest.client.get_sid() != sid
    assert guest.ask("echo", "again") == "again"
    assert guest.chat.farewell(sid) == "transport close"
    assert_said_once(guest.chat, sid)


def assert_said_once(chat: Chat, sid: str) -> None:
    after = chat.member()
    after.ask(1, "echo")  # whatever else there was to say is said by now
    after.close()
    assert len(chat.notes("disconnect", sid)) == 1


def test_pings_keep_a_quiet_line(hasty: Chat) -> None:
    guest = Guest(hasty, reconnection=False).connect()
    pings = Event()
    count = 0
    answer = guest.client.eio._receive_packet

    def receive(packet: Any) -> None:
        nonlocal count
        count += packet.packet_type == 2
        if count >= 3:
            pings.set()
        answer(packet)

    guest.client.eio._receive_packet = receive
    assert pings.wait(20)
    assert guest.ask("echo", "still here") == "still here"
    guest.client.disconnect()
    assert guest.reasons == ["client disconnect"]


def test_who_does_not_answer_a_ping_is_let_go_once(hasty: Chat) -> None:
    line = hasty.member()
    assert hasty.farewell(line.sid) == "ping timeout"
    line.close()
    assert_said_once(hasty, line.sid)
