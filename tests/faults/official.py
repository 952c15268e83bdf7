"""The official Python client behind the same face as `wire.Line`: what it makes of our server is told on asyncio."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from typing import Any

import socketio
from socketio.exceptions import SocketIOError

from tests.faults.wire import Ack, LineLost, Refused
from tests.official import Line

logging.getLogger("engineio.client").setLevel(logging.CRITICAL)  # it prints that lines break


class OfficialLine:
    """One connection of python-socketio, which works in threads of its own."""

    in_order = False  # the library hands every event to a thread: they may overtake each other

    def __init__(self, hear: Callable[[str, Any], None], answered: Callable[[str, Any, Ack], None]) -> None:
        self._hear, self._answered = hear, answered
        self._loop = asyncio.get_running_loop()
        self._refusal: Any = None
        self.closed = asyncio.Event()
        self.code, self.reason = None, ""
        self._client: socketio.Client | None = None

    def _new_client(self, host: str, origin: str) -> socketio.Client:
        options = {"class_": Line, "host": host, "origin": origin}
        client = socketio.Client(reconnection=False, handle_sigint=False, websocket_extra_options=options)
        for name in ("room:event", "room:heads", "drain"):
            client.on(name, lambda payload, name=name: self._here(self._hear, name, payload))
        client.on("disconnect", lambda _reason: self._here(self.closed.set))
        client.on("connect_error", self._remember)
        return client

    def _remember(self, refusal: Any) -> None:
        self._refusal = refusal

    def _here(self, act: Callable[..., None], *values: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the storm is over
            self._loop.call_soon_threadsafe(act, *values)

    async def open(self, port: int, headers: dict[str, str], seconds: float) -> None:
        client = self._client = self._new_client(headers["Host"], headers["Origin"])
        url, cookie = f"http://127.0.0.1:{port}", {"Cookie": headers["Cookie"]}

        def connect() -> None:
            client.connect(url, headers=cookie, transports=["websocket"], wait_timeout=seconds)

        try:
            # When nobody lets it in, the library waits for its reader, and that for a heart-beat: up to 45 s.
            await asyncio.wait_for(asyncio.to_thread(connect), 2 * seconds)
        except TimeoutError as error:
            self._let_go()
            raise LineLost("not let in") from error
        except (SocketIOError, OSError) as error:
            refusal = self._refusal
            if isinstance(refusal, dict) and isinstance(refusal.get("data"), dict):
                raise Refused(refusal["message"], permanent=bool(refusal["data"].get("permanent"))) from error
            raise LineLost(str(error)) from error

    async def call(self, name: str, payload: Any, seconds: float) -> Ack:
        waiting: asyncio.Future[Ack] = self._loop.create_future()

        def told(ack: Ack) -> None:
            self._answered(name, payload, ack)
            if not waiting.done():
                waiting.set_result(ack)

        if self._client is None or self.closed.is_set():
            raise LineLost("not open")
        try:
            self._client.emit(name, payload, callback=lambda ack: self._here(told, ack))
        except (SocketIOError, OSError) as error:
            raise LineLost(str(error)) from error
        gone = asyncio.ensure_future(self.closed.wait())
        await asyncio.wait({waiting, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        if waiting.done():
            return waiting.result()
        if self.closed.is_set():
            raise LineLost("closed")
        raise TimeoutError

    async def close(self) -> None:
        """Drop the line, as a phone that is switched off does."""
        self._let_go()
        self.closed.set()

    def _let_go(self) -> None:
        web = None if self._client is None else self._client.eio.ws
        if web is not None and web.sock is not None:
            with contextlib.suppress(OSError):
                web.sock.shutdown(socket.SHUT_RDWR)  # closing alone does not wake who reads
            web.shutdown()
