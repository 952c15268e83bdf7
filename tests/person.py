"""A second client, independent of our own: requests for pages, the official Socket.IO client for the rest."""

import re
import uuid
from collections.abc import Callable
from threading import Condition
from typing import Any

import requests
import socketio

Ack = dict[str, Any]


class Person:
    """Somebody with a device, signed in through the pages."""

    def __init__(self, url: str, pseudonym: str, passphrase: str) -> None:
        self.url = url
        self.web = requests.Session()
        self.events: list[dict[str, Any]] = []
        self._news = Condition()
        self.socket: socketio.Client | None = None
        answer = self.post("/sign-in", page="/sign-in", pseudonym=pseudonym, passphrase=passphrase)
        assert "/sign-in" not in answer.url, answer.text[:500]

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
        return self.web.post(self.url + path, data={"csrf_token": self.csrf(page), **fields}, timeout=20)

    def connect(self) -> "Person":
        """Open a socket with this device's cookie."""
        self.socket = socketio.Client(reconnection=False)
        self.socket.on("room:event", self._hear)
        self.socket.connect(self.url, headers={"Cookie": self.cookie}, transports=["websocket"])
        return self

    def ask(self, event: str, payload: Any) -> Ack:
        """Send an event and wait for its answer."""
        assert self.socket is not None
        answer: Ack = self.socket.call(event, payload, timeout=10)
        return answer

    def say(self, room: str, body: str, cid: str | None = None) -> Ack:
        """Send a message."""
        return self.ask("message:send", {"room": room, "cid": cid or str(uuid.uuid4()), "body": body})

    def wait(
        self, until: Callable[[list[dict[str, Any]]], bool], seconds: float = 10
    ) -> list[dict[str, Any]]:
        """What was pushed, once it is as expected; the last state when it never is."""
        with self._news:
            self._news.wait_for(lambda: until(self.events), seconds)
            return list(self.events)

    def close(self) -> None:
        """Put the device away."""
        if self.socket is not None:
            self.socket.disconnect()

    def _hear(self, event: dict[str, Any]) -> None:
        with self._news:
            self.events.append(event)
            self._news.notify_all()
