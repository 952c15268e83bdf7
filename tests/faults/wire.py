"""A Socket.IO client of its own: WebSocket frames and packets over asyncio, nothing shared with ours or the library's.

Only what the storm needs: one namespace, text, acks, and being told what closed the line.
"""

import asyncio
import base64
import contextlib
import json
import os
import struct
from collections.abc import Callable
from typing import Any

Ack = dict[str, Any]
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class LineLost(Exception):
    """The line broke, or never came to be."""


class Refused(Exception):
    """The server does not let this device in."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


class Line:
    """One connection. `hear(name, payload)` gets pushes, `answered(name, payload, ack)` every ack, however late."""

    in_order = True  # pushes are heard in the order in which they came

    def __init__(self, hear: Callable[[str, Any], None], answered: Callable[[str, Any, Ack], None]) -> None:
        self._hear, self._answered = hear, answered
        self._asked: dict[int, tuple[str, Any, asyncio.Future[Ack]]] = {}
        self._numbers = iter(range(1_000_000_000))
        self._reading: asyncio.Task[None] | None = None
        self._let_in: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = asyncio.Event()
        self.code: int | None = None  # what the server closed with
        self.reason = ""

    async def open(self, port: int, headers: dict[str, str], seconds: float) -> None:
        """Shake hands; `Refused` when the server says no, `LineLost` when nobody answers."""
        try:
            async with asyncio.timeout(seconds):
                self._in, self._out = await asyncio.open_connection("127.0.0.1", port)
                await self._upgrade(headers)
                self._reading = asyncio.create_task(self._read())
                self._write(b"40")
                await self._let_in
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            await self.close()
            raise LineLost(type(error).__name__) from error
        except BaseException:
            await self.close()
            raise

    async def _upgrade(self, headers: dict[str, str]) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": "13",
            **headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._out.write(f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n{head}\r\n".encode())
        answer = await self._in.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 101"):
            raise LineLost(answer[:40].decode(errors="replace"))

    async def call(self, name: str, payload: Any, seconds: float) -> Ack:
        """Send an event and wait for its ack. A `TimeoutError` does not unsend it."""
        if self.closed.is_set() or not self._let_in.done():
            raise LineLost("not open")
        number = next(self._numbers)
        waiting: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        self._asked[number] = (name, payload, waiting)
        self._write(f"42{number}{json.dumps([name, payload])}".encode())
        async with asyncio.timeout(seconds):
            return await asyncio.shield(waiting)

    async def close(self) -> None:
        """Let go at once, as a device that is switched off."""
        if self._reading is not None:
            self._reading.cancel()
        if hasattr(self, "_out"):
            self._out.transport.abort()
            with contextlib.suppress(OSError):
                await self._out.wait_closed()
        self._end()

    def _end(self) -> None:
        self.closed.set()
        lost = [waiting for _, _, waiting in self._asked.values()] + [self._let_in]
        for waiting in lost:
            if not waiting.done():
                waiting.set_exception(LineLost("closed"))
            waiting.cancelled() or waiting.exception()  # said, so that nobody complains of not being asked

    def _write(self, text: bytes, kind: int = TEXT) -> None:
        mask = os.urandom(4)
        size = len(text)
        if size < 126:
            head = struct.pack("!BB", 0x80 | kind, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", 0x80 | kind, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | kind, 0x80 | 127, size)
        key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        self._out.write(head + mask + (int.from_bytes(text, "big") ^ key).to_bytes(size, "big"))

    async def _read(self) -> None:
        try:
            while True:
                kind, data = await self._message()
                if kind == CLOSE:
                    self.code = int.from_bytes(data[:2], "big") if len(data) > 1 else 1005
                    self.reason = data[2:].decode()
                    break
                if kind == PING:
                    self._write(data, PONG)
                elif kind == TEXT:
                    self._packet(data.decode())
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._out.transport.abort()
            self._end()

    async def _message(self) -> tuple[int, bytes]:
        kind, whole = 0, b""
        while True:
            first, second = await self._in.readexactly(2)
            size = second & 0x7F
            if size > 125:
                size = int.from_bytes(await self._in.readexactly(2 if size == 126 else 8), "big")
            data = await self._in.readexactly(size)
            if first & 0x0F >= CLOSE:
                return first & 0x0F, data
            kind, whole = first & 0x0F or kind, whole + data
            if first & 0x80:
                return kind, whole

    def _packet(self, text: str) -> None:
        if text == "2":
            self._write(b"3")
        elif text.startswith("40"):
            self._let_in.done() or self._let_in.set_result(None)
        elif text.startswith("44"):
            why = json.loads(text[2:])
            permanent = bool((why.get("data") or {}).get("permanent"))
            self._let_in.set_exception(Refused(why["message"], permanent=permanent))
        elif text.startswith("42"):
            name, payload = json.loads(text[2:])
            self._hear(name, payload)
        elif text.startswith("43"):
            start = text.index("[")
            self._answer(int(text[2:start]), json.loads(text[start:])[0])

    def _answer(self, number: int, ack: Ack) -> None:
        name, payload, waiting = self._asked.pop(number)
        self._answered(name, payload, ack)
        if not waiting.done():
            waiting.set_result(ack)
