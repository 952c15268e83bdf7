"""A second client, independent of our own: requests for pages, the official Socket.IO client for the rest."""

import re
import secrets
import uuid
from collections.abc import Callable
from threading import Condition, Event
from typing import Any

import requests
import socketio
from socketio import exceptions

from tests.live import LiveServer
from tests.official import PATIENCE, official_client

Ack = dict[str, Any]
PASSPHRASE = "plenty of quiet harbours"


def fresh_name(stem: str) -> str:
    """A pseudonym that nobody has yet: of letters that are like no others, for names must not look alike."""
    return f"{stem}-{''.join(secrets.choice('bdfghkpstxz') for _ in range(8))}"


class Person:
    """Somebody with a device, signed in through the pages."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.web = requests.Session()
        self.events: list[dict[str, Any]] = []
        self._news = Condition()
        self._gone = Event()
        self.socket: socketio.Client | None = None

    def join(self, pseudonym: str) -> "Person":
        """Become a member, through the page."""
        return self._enter("/join", pseudonym, agree="y")

    def sign_in(self, pseudonym: str) -> "Person":
        """Sign another device in."""
        return self._enter("/sign-in", pseudonym)

    def set_up(self, link: str) -> "Person":
        """Become the first operator."""
        return self._enter(link, f"keeper-{secrets.token_hex(3)}")

    def _enter(self, page: str, pseudonym: str, **more: str) -> "Person":
        answer = self.post(page, page=page, pseudonym=pseudonym, passphrase=PASSPHRASE, **more)
        assert answer.ok, answer.text[:3000]
        assert page not in answer.url, answer.url
        return self

    def open_room(self, name: str, access: str = "open") -> str:
        """Make a room, as an operator; gives its slug."""
        answer = self.post("/rooms/new", page="/rooms/new", name=name, access=access, retention_days="30")
        assert answer.ok, answer.text[:3000]
        return answer.url.rpartition("/")[2]

    @property
    def cookie(self) -> str:
        """The header that says whose device this is."""
        return "; ".join(f"{name}={value}" for name, value in self.web.cookies.items())

    def csrf(self, page: str) -> str:
        """The token of a page's forms."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.web.get(self.url + page).text)
        assert found, page
        return found.group(1)

    def post(self, path: str, *, page: str, **fields: str) -> requests.Response:
        """Send a form as it stands on a page."""
        return self.web.post(
            self.url + path, data={"csrf_token": self.csrf(page), **fields}, timeout=PATIENCE
        )

    def connect(self) -> "Person":
        """Open a socket with this device's cookie."""
        gone = self._gone = Event()  # of this line: the one before may yet be told that it has ended
        self.socket = official_client()
        self.socket.on("room:event", self._hear)
        self.socket.on("disconnect", lambda _reason: self._lose(gone))
        cookie = {"Cookie": self.cookie}
        self.socket.connect(self.url, headers=cookie, transports=["websocket"], wait_timeout=PATIENCE)
        return self

    def ask(self, event: str, payload: Any) -> Ack:
        """Send an event and wait for its answer."""
        assert self.socket is not None
        answers: list[Ack] = []

        def hear(answer: Ack) -> None:
            with self._news:
                answers.append(answer)
                self._news.notify_all()

        self.socket.emit(event, payload, callback=hear)
        with self._news:
            self._news.wait_for(lambda: answers or self._gone.is_set(), PATIENCE)
        if not answers:
            raise exceptions.DisconnectedError if self._gone.is_set() else exceptions.TimeoutError
        return answers[0]

    def say(self, room: str, body: str, cid: str | None = None) -> Ack:
        """Send a message."""
        return self.ask("message:send", {"room": room, "cid": cid or str(uuid.uuid4()), "body": body})

    def wait(
        self, until: Callable[[list[dict[str, Any]]], bool], seconds: float = PATIENCE
    ) -> list[dict[str, Any]]:
        """What was pushed, once it is as expected; the last state when it never is."""
        with self._news:
            self._news.wait_for(lambda: until(self.events), seconds)
            return list(self.events)

    def close(self) -> None:
        """Drop the line, as a phone that is switched off does."""
        if self.socket is not None and self.socket.connected:
            self.socket.eio.ws.shutdown()

    def _hear(self, event: dict[str, Any]) -> None:
        with self._news:
            self.events.append(event)
            self._news.notify_all()

    def _lose(self, gone: Event) -> None:
        with self._news:
            gone.set()
            self._news.notify_all()


class Town:
    """A running server with an operator."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.url = server.url
        self.operator = Person(server.url).set_up(server.set_up_link())

    def room(self, access: str = "open") -> str:
        """A fresh room; gives its slug."""
        return self.operator.open_room(f"Room {secrets.token_hex(4)}", access)

    def person(self) -> Person:
        """A new member."""
        return Person(self.url).join(fresh_name("still-water"))
