"""A TCP proxy between a member and the workers, as nginx would stand there, that can be told to misbehave."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

CHUNK = 65536
PAUSE = 0.001  # seconds between two bytes of a trickle


class Way(StrEnum):
    """Which way bytes go."""

    UP = "up"  # to the server
    DOWN = "down"  # to the member


class End(StrEnum):
    """How a connection is cut."""

    RESET = "reset"
    CLOSED = "closed"
    HALF = "half"  # only this way is closed; the other stays open a little


@dataclass
class Mischief:
    """What is done to the bytes of one way."""

    cut_after: int | None = None  # bytes
    end: End = End.RESET
    trickle: int = 0  # so many bytes one by one
    delay: float = 0.0
    flowing: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.flowing.set()


class Link:
    """The way of one member to the workers: each connection goes to the first worker that takes it."""

    def __init__(self, ports: Callable[[], Sequence[int]], *, window: int = 0) -> None:
        self._ports = ports
        self._window = window
        self._carrying: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}
        self.ways = {way: Mischief() for way in Way}
        self.port = 0

    async def open(self) -> "Link":
        """Begin to listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def close(self) -> None:
        """Cut everything and listen no more."""
        self._server.close()
        tasks = list(self._carrying)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def cut(self) -> None:
        """Reset every connection now."""
        for writers in list(self._carrying.values()):
            for writer in writers:
                writer.transport.abort()

    def behave(self) -> None:
        """End all mischief."""
        for mischief in self.ways.values():
            mischief.flowing.set()
        self.ways = {way: Mischief() for way in Way}

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._carrying[task] = [writer]
        task.add_done_callback(self._carrying.pop)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        pumps: list[asyncio.Task[bool]] = []
        try:
            if (upstream := await self._upstream()) is None:
                return
            ends.append(upstream[1])
            self._carrying[asyncio.current_task()] = ends  # type: ignore[index]
            pumps.append(asyncio.create_task(self._pump(Way.UP, reader, upstream[1])))
            pumps.append(asyncio.create_task(self._pump(Way.DOWN, upstream[0], writer)))
            done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            if any(pump.result() for pump in done):  # closed this way only
                await asyncio.wait(pumps, timeout=1)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for end in ends:
                end.close()
                with contextlib.suppress(OSError):
                    await end.wait_closed()

    async def _upstream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for port in self._ports():
            line = socket.socket()
            line.setblocking(False)
            if self._window:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._window)
            try:
                await asyncio.wait_for(asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", port)), 1)
                return await asyncio.open_connection(sock=line, limit=CHUNK)
            except (OSError, TimeoutError):
                line.close()
        return None

    async def _pump(self, way: Way, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> bool:
        """Carry bytes one way until it ends; True when only this way was closed."""
        with contextlib.suppress(OSError):
            while data := await source.read(1 if self.ways[way].trickle else CHUNK):
                mischief = self.ways[way]
                await mischief.flowing.wait()
                await self._dawdle(mischief, len(data))
                left = mischief.cut_after
                target.write(data if left is None else data[:left])
                await target.drain()
                if left is not None and left <= len(data):
                    mischief.cut_after = None
                    return self._end(mischief.end, source, target)
                if left is not None:
                    mischief.cut_after = left - len(data)
        return False

    async def _dawdle(self, mischief: Mischief, size: int) -> None:
        if mischief.trickle:
            mischief.trickle = max(0, mischief.trickle - size)
            await asyncio.sleep(PAUSE)
        if mischief.delay:
            await asyncio.sleep(mischief.delay)

    def _end(self, end: End, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> bool:
        if end is End.HALF:
            target.write_eof()
            return True
        if end is End.RESET:
            target.transport.abort()
        return False
