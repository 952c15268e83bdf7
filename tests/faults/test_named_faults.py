"""Single faults, each at the very moment where it hurts; the storm meets these only by luck."""

import asyncio
import os
import uuid
from collections.abc import Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from tests.faults.proxy import Link, Way
from tests.faults.services import limit
from tests.faults.wire import Ack, Line, LineLost
from tests.live import LiveServer
from tests.loops import on_a_loop
from tests.person import Person, Town

is_fast = os.environ.get("ENGINE", "fast") == "fast"
SMALL = 4096  # bytes that a stalled reader's kernel takes on


class Ear:
    """A member with a line of their own, who keeps what was pushed."""

    def __init__(self, person: Person, port: int) -> None:
        self._person, self._port = person, port
        self.heard: list[Ack] = []
        self._news = asyncio.Condition()

    async def open(self) -> "Ear":
        self.line = Line(self._hear, lambda *_: None)
        origin = self._person.url
        headers = {"Host": origin[7:], "Origin": origin, "Cookie": self._person.cookie}
        await self.line.open(self._port, headers, 10)
        return self

    def _hear(self, name: str, payload: Any) -> None:
        if name == "room:event":
            self.heard.append(payload)
            self._telling = asyncio.ensure_future(self._tell())

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def has(self, count: int) -> list[Ack]:
        """What was pushed, as soon as it is so many."""
        async with asyncio.timeout(30), self._news:
            await self._news.wait_for(lambda: len(self.heard) >= count)
        return self.heard

    async def ask(self, name: str, **payload: Any) -> Ack:
        return await self.line.call(name, payload, 20)

    def say(self, room: str, body: str, cid: str) -> Coroutine[Any, Any, Ack]:
        return self.ask("message:send", room=room, body=body, cid=cid)


@asynccontextmanager
async def through_a_proxy(town: Town, window: int = 0) -> Any:
    """Somebody whose line we can hurt, somebody with a sound one, and the hurt one's link."""
    link = await Link(lambda: [town.server.port], window=window).open()
    hurt = await Ear(await asyncio.to_thread(town.person), link.port).open()
    sound = await Ear(await asyncio.to_thread(town.person), town.server.port).open()
    yield hurt, sound, link
    await asyncio.gather(hurt.line.close(), sound.line.close())
    await link.close()
    await asyncio.sleep(0)  # what was closed is told so


def test_who_never_saw_the_answer_gets_the_same_one_again(town: Town) -> None:
    room, cid = town.room(), str(uuid.uuid4())

    async def scene() -> None:
        async with through_a_proxy(town) as (writer, reader, link):
            for ear in (writer, reader):
                assert (await ear.ask("room:join", room=room))["ok"]
            link.ways[Way.DOWN].flowing.clear()
            sending = asyncio.ensure_future(writer.say(room, "did it arrive?", cid))
            (event,) = await reader.has(1)  # committed, and the answer is on its way for ever
            link.cut()
            with pytest.raises(LineLost):
                await sending
            link.behave()
            await writer.open()
            assert (await writer.ask("room:join", room=room, after=0))["events"] == [event]
            ack = await writer.say(room, "did it arrive?", cid)
            assert (ack["ok"], ack["seq"], ack["id"]) == (True, event["seq"], event["id"])
            assert (await reader.ask("room:sync", room=room, after=0))["events"] == [event]

    on_a_loop(scene())


@pytest.mark.skipif(not is_fast, reason="the library's own server lets a slow reader fill its memory")
def test_who_stops_reading_is_closed_holds_nobody_up_and_misses_nothing(town: Town) -> None:
    room, count = town.room(), 250  # some 8 MB: more than the server and both kernels hold

    async def scene() -> None:
        async with through_a_proxy(town, window=SMALL) as (stalled, sound, link):
            for ear in (stalled, sound):
                assert (await ear.ask("room:join", room=room))["ok"]
            link.ways[Way.DOWN].flowing.clear()
            told = [str(number).ljust(4000, "🌊") for number in range(count)]
            acks = await asyncio.gather(*(sound.say(room, body, str(uuid.uuid4())) for body in told))
            assert [ack["seq"] for ack in acks] == list(range(1, count + 1))
            assert [event["body"] for event in await sound.has(count)] == told
            link.behave()
            async with asyncio.timeout(30):
                await stalled.line.closed.wait()
            # On a slow machine the goodbye waits longer than the server does, and the line is cut instead.
            assert stalled.line.code in {1013, None}
            seen = [event["seq"] for event in stalled.heard]
            assert seen == list(range(1, len(seen) + 1))
            assert len(seen) < count
            await stalled.open()
            page = await stalled.ask("room:join", room=room, after=len(seen))
            missed = page["events"]
            while page["more"]:
                page = await stalled.ask("room:sync", room=room, after=missed[-1]["seq"])
                missed += page["events"]
            assert [event["body"] for event in missed] == told[len(seen) :]

    on_a_loop(scene())


@contextmanager
def full_disk(server: LiveServer) -> Iterator[None]:
    """No file of the server grows any more."""
    assert server._process is not None
    limit(server._process.pid, 0)
    try:
        yield
    finally:
        limit(server._process.pid, -1)


def test_a_full_disk_refuses_for_now_and_loses_nothing(live: Callable[..., LiveServer]) -> None:
    server = live()
    town = Town(server)
    room, person = town.room(), town.person().connect()
    person.ask("room:join", {"room": room})
    accepted = [person.say(room, f"before {number}") for number in range(5)]
    cids = [str(uuid.uuid4()) for _ in range(5)]
    with full_disk(server):
        for number, cid in enumerate(cids):
            refused = person.say(room, f"after {number}", cid)
            assert not refused["ok"]
            assert not refused["error"]["permanent"]
            assert refused["error"]["message"]
        page = person.ask("room:sync", {"room": room, "after": 0})  # reading goes on
        assert [event["id"] for event in page["events"]] == [ack["id"] for ack in accepted]
    accepted += [person.say(room, f"after {number}", cid) for number, cid in enumerate(cids)]
    assert [ack["seq"] for ack in accepted] == list(range(1, 11))
    server.kill()
    server.start()
    person.close()
    page = person.connect().ask("room:join", {"room": room, "after": 0})
    assert [event["id"] for event in page["events"]] == [ack["id"] for ack in accepted]
    person.close()
