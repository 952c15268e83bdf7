"""A member of the storm: the rules that every client must keep (delivery.md, 2 and 6), written a second time.

Only the waiting times are shorter than a browser's, so that a round is short.
"""

import asyncio
import contextlib
import json
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.faults.book import Book, Said, View
from tests.faults.proxy import Link
from tests.faults.wire import Ack, Line, LineLost, Refused

PATIENCE = 2.5  # seconds for an answer
LONGEST_PAUSE = 0.5


class TryAgain(Exception):
    """Not now: the line is given up and opened anew."""


@dataclass(frozen=True, slots=True)
class Device:
    """Somebody who is signed in."""

    pseudonym: str
    cookie: str
    csrf: str


class Member:
    """A device with an outbox, a picture of each of its rooms, and a line that comes back."""

    def __init__(
        self, device: Device, link: Link, rooms: list[str], book: Book, rng: Random, origin: str
    ) -> None:
        self.name, self.rooms = device.pseudonym, set(rooms)
        self._device, self._link, self._book, self._rng = device, link, book, rng
        self._headers = {
            "Host": origin.partition("//")[2],
            "Origin": origin,
            "Cookie": device.cookie,
        }
        self.views: dict[str, View] = {}
        self.outbox: dict[str, deque[Said]] = defaultdict(deque)
        self.doubling = False
        self._news = asyncio.Condition()
        self._line: Any = None  # a Line, or the library's
        self.line_kind: Callable[..., Any] = Line
        self._joined: set[str] = set()
        self._pushed: dict[str, int] = {}  # the last number pushed over this line
        self._level: set[str] = set()  # rooms whose page at joining went to the end of the log
        self._early: dict[str, list[Ack]] = defaultdict(list)  # pushed before the first page was there
        self._syncing: set[str] = set()
        self._numbers: dict[str, int] = defaultdict(int)
        self._trouble = ""  # why the last line did not come to be
        self._tasks: set[asyncio.Task[Any]] = set()

    # --- from outside

    def start(self) -> None:
        """Come online, and stay."""
        self._begin(self._stay())
        for room in self.rooms:
            self._begin(self._empty(room))

    async def stop(self) -> None:
        """Go away."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._line is not None:
            await self._line.close()

    async def say(self, room: str, words: str) -> None:
        """Put a message into the outbox."""
        self._numbers[room] += 1
        said = Said(room, self.name, self._numbers[room], f"{self.name} {self._numbers[room]} {words}")
        self._book.said[said.cid] = said
        self.outbox[room].append(said)
        await self._tell()

    async def forget(self) -> None:
        """The tab is closed and opened again: the outbox stays, the picture is made anew."""
        if self._line is not None:
            await self._line.close()
        self.views.clear()

    def is_quiet(self, heads: dict[str, int]) -> bool:
        """Everything sent, everything heard."""
        return (
            not any(self.outbox.values())
            and self._joined == self.rooms
            and all(room in self.views and self.views[room].have >= heads[room] for room in self.rooms)
        )

    def describe(self) -> str:
        """For a storm that never gets quiet."""
        seen = {room: view.have for room, view in self.views.items()}
        waiting = {room: len(items) for room, items in self.outbox.items() if items}
        return (
            f"{self.name}: has {seen}, waiting {waiting}, joined {sorted(self._joined)}, last {self._trouble}"
        )

    # --- the line

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._book.blame(f"{self.name}: the client itself broke: {error!r}")

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _stay(self) -> None:
        failures = 0
        while True:
            try:
                await self._come()
                failures = 0
                await self._line.closed.wait()
            except Refused as refused:
                if refused.permanent:
                    self._book.blame(f"{self.name} was turned away for good: {refused}")
            except (LineLost, TryAgain, TimeoutError) as error:
                failures += 1
                self._trouble = repr(error)
            self._joined.clear()
            await self._line.close()
            self._book.counts[f"closed with {self._line.code}"] += 1
            await asyncio.sleep(self._rng.uniform(0, min(LONGEST_PAUSE, 0.04 * 2**failures)))

    async def _come(self) -> None:
        line = self._line = self.line_kind(
            lambda name, payload: self._hear(line, name, payload), self._answered
        )
        self._pushed.clear()
        self._early.clear()
        self._level.clear()
        await line.open(self._link.port, self._headers, PATIENCE)
        self._book.counts["lines"] += 1
        for room in self.rooms:
            await self._join(line, room)
        await self._tell()

    async def _join(self, line: Any, room: str) -> None:
        view = self.views.get(room)
        where = {"room": room} if view is None else {"room": room, "after": view.have}
        page = self._page(await line.call("room:join", where, PATIENCE), "room:join")
        if line.closed.is_set():
            raise LineLost("closed")
        if view is None:
            first = page["events"][0]["seq"] if page["events"] else page["head"] + 1
            view = self.views.setdefault(room, View(first - 1))
            page["more"] = False  # older ones: nobody asks for those here
        if not page["more"]:
            self._level.add(room)
        self._take(room, page["events"] + self._early.pop(room, []))
        self._joined.add(room)
        if page["more"] or view.has_gap:
            self._sync(room)

    def _page(self, ack: Ack, name: str) -> Ack:
        if not ack["ok"]:
            if ack["error"]["permanent"]:
                self._book.blame(f"{self.name}: {name} was refused for good: {ack['error']}")
            self._book.codes[ack["error"]["code"]] += 1
            raise TryAgain
        if ack.get("reset"):
            self._book.blame(f"{self.name}: {name} says that the log is another one: {ack}")
        return ack

    # --- hearing

    def _hear(self, line: Any, name: str, payload: Any) -> None:
        if line is not self._line:
            return
        if name == "room:event":
            self._pushed_event(line, payload)
        elif name == "room:heads":  # counted, not heeded: over a line that lives, no push may be missing
            for room in self._joined & set(payload):
                view = self.views.get(room)
                self._book.counts["behind at room:heads"] += view is not None and payload[room][1] > view.have
        elif name == "drain":
            self._begin(self._move_on(line, payload["reconnect_in"]))

    def _pushed_event(self, line: Any, event: Ack) -> None:
        room, seq = event["room"], event["seq"]
        if room not in self.rooms:
            self._book.blame(f"{self.name} hears {room}, which is not theirs: {event}")
            return
        if line.in_order and not self._follows(room, seq):
            last, have = self._pushed.get(room), self.views.get(room) and self.views[room].have
            self._book.blame(f"{self.name}: in {room}, {seq} was pushed after {last}, with {have} known")
        self._pushed[room] = seq
        if room not in self.views:
            self._early[room].append(event)
        else:
            self._take(room, [event])
            if self.views[room].has_gap and room in self._joined:
                self._sync(room)

    def _follows(self, room: str, seq: int) -> bool:
        """Whether this is the push that had to come next over this line."""
        if room in self._pushed:
            return seq == self._pushed[room] + 1
        view = self.views.get(room)
        return view is None or room not in self._level or seq <= view.have + 1

    def _take(self, room: str, events: list[Ack]) -> None:
        for event in events:
            if event["room"] != room:
                self._book.blame(f"{self.name} got an event of {event['room']} with those of {room}")
            if fault := self.views[room].take(event):
                self._book.blame(f"{self.name} in {room}: {fault}")

    def _sync(self, room: str) -> None:
        if room not in self._syncing:
            self._syncing.add(room)
            self._begin(self._ask_until_level(self._line, room))

    async def _ask_until_level(self, line: Any, room: str) -> None:
        try:
            view, more = self.views.get(room), True
            while view is not None and (more or view.has_gap):
                after = {"room": room, "after": view.have}
                page = self._page(await line.call("room:sync", after, PATIENCE), "room:sync")
                if self.views.get(room) is not view:
                    return  # opened anew meanwhile
                self._take(room, page["events"])
                more = page["more"]
        except (LineLost, TryAgain, TimeoutError):
            await line.close()  # a line that does not answer is given up; the next one asks again
        finally:
            self._syncing.discard(room)

    async def _move_on(self, line: Any, seconds: float) -> None:
        await asyncio.sleep(seconds / 30)  # of the 15 s that browsers spread over
        await line.close()

    # --- sending

    def _answered(self, name: str, payload: Ack, ack: Ack) -> None:
        if name == "message:send":
            self._book.answered(payload["cid"], ack)

    async def _empty(self, room: str) -> None:
        """First in, first out, one in flight."""
        box, failures = self.outbox[room], 0
        while True:
            async with self._news:
                await self._news.wait_for(lambda: box)
            ack = await self._try(box[0])
            if ack is not None and (ack["ok"] or ack["error"]["permanent"]):
                box.popleft()
                failures = 0
            else:
                failures += 1
                await asyncio.sleep(self._rng.uniform(0, min(LONGEST_PAUSE, 0.04 * 2**failures)))

    async def _try(self, said: Said) -> Ack | None:
        if self.doubling:
            both = await asyncio.gather(self._by_socket(said), self._by_http(said))
            return both[0] or both[1]
        if said.room in self._joined:
            return await self._by_socket(said)
        with contextlib.suppress(TimeoutError):
            async with self._news:
                await asyncio.wait_for(self._news.wait_for(lambda: said.room in self._joined), 0.3)
        return await (self._by_socket(said) if said.room in self._joined else self._by_http(said))

    async def _by_socket(self, said: Said) -> Ack | None:
        line = self._line
        try:
            payload = {"room": said.room, "cid": said.cid, "body": said.body}
            return await line.call("message:send", payload, PATIENCE)  # type: ignore[no-any-return]
        except LineLost:
            return None
        except TimeoutError:
            if self._rng.random() < 0.5:
                await line.close()
            return None

    async def _by_http(self, said: Said) -> Ack | None:
        payload = {"cid": said.cid, "body": said.body}
        try:
            async with asyncio.timeout(PATIENCE):
                status, answer = await self._post(f"/api/v1/rooms/{said.room}/messages", payload)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
            return None
        self._book.counts["sent by HTTP"] += 1
        if status != 200:
            permanent = 400 <= status < 500 and status not in {400, 408, 425, 429}
            error = {"code": answer["code"], "message": answer["title"], "permanent": permanent}
            answer = {"ok": False, "error": error}
        self._book.answered(said.cid, answer)
        return answer

    async def _post(self, path: str, payload: Ack) -> tuple[int, Ack]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._link.port)
        try:
            body = json.dumps(payload).encode()
            headers = {
                **self._headers,
                "X-CSRFToken": self._device.csrf,
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                "Connection": "close",
            }
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            writer.write(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            size = int(head.lower().partition("content-length:")[2].split("\r\n")[0])
            answer = json.loads(await reader.readexactly(size))
            return int(head.split()[1]), answer
        finally:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
