"""kill -9 amid 500 sends from five people who send again: what was acknowledged is there, once, in order."""

import gc
import uuid
from collections.abc import Callable
from threading import Barrier, Event, Thread

import pytest
from socketio.exceptions import SocketIOError

from tests.live import LiveServer
from tests.person import Person, Town

PEOPLE, SENDS = 5, 100

# Sockets whose server was killed are left to the collector by the client library.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


class Sender(Thread):
    """Sends its messages one after another, each until it is acknowledged, as the outbox does."""

    def __init__(self, server: LiveServer, room: str, person: Person, half: Barrier) -> None:
        super().__init__(daemon=True)
        self.server, self.room, self.person, self.half = server, room, person, half
        self.acked: list[tuple[str, int]] = []

    def run(self) -> None:
        for number in range(SENDS):
            if number == SENDS // 2:
                self.half.wait(60)
            cid = str(uuid.uuid4())
            self.acked.append((cid, self._until_acked(cid, f"{number}")))

    def _until_acked(self, cid: str, body: str) -> int:
        while True:
            try:
                self._here()
                answer = self.person.say(self.room, body, cid)
                if answer["ok"]:
                    return int(answer["seq"])
                assert not answer["error"]["permanent"], answer
            except SocketIOError:
                self.server.back.wait(60)  # type: ignore[attr-defined]

    def _here(self) -> None:
        socket = self.person.socket
        if socket is None or not socket.connected:
            self.person.connect()
            assert self.person.ask("room:join", {"room": self.room})["ok"]


def test_nothing_acknowledged_is_lost_doubled_or_out_of_order(
    live: Callable[..., LiveServer], own_database: dict[str, str]
) -> None:
    server = live(**own_database)
    server.back = Event()  # type: ignore[attr-defined]
    server.back.set()  # type: ignore[attr-defined]
    room = Town(server).room()
    half = Barrier(PEOPLE + 1)
    people = [Person(server.url).join(f"person-{number}") for number in range(PEOPLE)]
    senders = [Sender(server, room, person, half) for person in people]
    for sender in senders:
        sender.start()
    half.wait(60)
    server.back.clear()  # type: ignore[attr-defined]
    server.kill()  # amid the second half
    server.start()
    server.back.set()  # type: ignore[attr-defined]
    for sender in senders:
        sender.join(90)
        assert not sender.is_alive()
    log = whole_log(senders[0].person, room)
    assert [event["seq"] for event in log] == list(range(1, PEOPLE * SENDS + 1))
    acked = {cid: seq for sender in senders for cid, seq in sender.acked}
    assert {event["cid"]: event["seq"] for event in log} == acked
    for sender in senders:
        assert [seq for _, seq in sender.acked] == sorted(seq for _, seq in sender.acked)
    for sender in senders:
        sender.person.close()
    gc.collect()  # while that is forgiven here


def whole_log(person: Person, room: str) -> list[dict[str, object]]:
    events: list[dict[str, object]] = []
    while True:
        page = person.ask("room:sync", {"room": room, "after": len(events)})
        events += page["events"]
        if not page["more"]:
            return events
