"""Who is here: only who wants it, only to who listens, gathered, and never kept (delivery.md, 8; security.md, 8)."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from recovery_net.accounts import service
from recovery_net.accounts.models import Account
from recovery_net.core import clock, db
from recovery_net.realtime.presence import Presence
from recovery_net.realtime.relay import EVERYONE, Alone, OverRedis, Relay
from recovery_net.realtime.server import Connection, Sockets
from tests.factories import make_account
from tests.realtime.workers.conftest import listeners, until

ROOM, OTHER = uuid.uuid4(), uuid.uuid4()


class Worker(Sockets):
    """One process's sockets, without a network: what would be pushed is kept."""

    def __init__(self, across: Relay) -> None:
        super().__init__()
        self.pushed: list[tuple[uuid.UUID, list[str]]] = []
        self.presence = Presence(self, across, names)

    def push(self, name: str, payload: Any, to: uuid.UUID | str, *, skip: str | None = None) -> None:
        assert name == "room:here"
        assert isinstance(to, uuid.UUID)
        assert payload["count"] == len(payload["names"])
        self.pushed.append((to, payload["names"]))

    def seat(self, account: Account, room: uuid.UUID = ROOM) -> Connection:
        connection = Connection(uuid.uuid4().hex, uuid.uuid4(), account.id, "token", {room: "evening"})
        self.connections[connection.sid] = connection
        return connection


def names(account_ids: Any) -> dict[uuid.UUID, str]:
    with db.reading():
        return service.names_shown(account_ids)


def shown(**more: Any) -> Account:
    return make_account(shows_presence=True, **more)


@pytest.fixture
def worker(app: Flask, frozen: object) -> Worker:
    return Worker(Alone())


def look(worker: Worker, *, seconds: int) -> None:
    for _ in range(seconds):
        clock.shift(seconds=1)
        worker.presence.look()


def test_nobody_is_shown_who_did_not_ask_for_it(worker: Worker) -> None:
    worker.seat(make_account())
    look(worker, seconds=90)
    assert worker.pushed == []
    assert worker.presence.here(ROOM) == {"count": 0, "names": []}


def test_who_asked_for_it_is_shown_in_the_rooms_they_listen_to_and_nowhere_else(worker: Worker) -> None:
    north = shown()
    worker.seat(north)
    worker.seat(make_account())
    worker.seat(make_account(), OTHER)
    look(worker, seconds=3)
    assert worker.pushed == [(ROOM, [north.pseudonym])]
    assert worker.presence.here(ROOM)["names"] == [north.pseudonym]
    assert worker.presence.here(OTHER)["count"] == 0


def test_coming_and_going_is_gathered_into_one_message_in_ten_seconds(worker: Worker) -> None:
    seats = [worker.seat(shown())]
    look(worker, seconds=2)
    for _ in range(9):
        seats.append(worker.seat(shown()))
        look(worker, seconds=1)
    look(worker, seconds=11)
    assert [len(here) for _, here in worker.pushed] == [1, 10]
    seats.pop()
    for seat in seats:
        del worker.connections[seat.sid]
    look(worker, seconds=11)
    assert [len(here) for _, here in worker.pushed] == [1, 10, 1]


def test_who_changes_their_mind_is_gone_with_the_next_message(worker: Worker) -> None:
    north, heron = shown(), shown()
    worker.seat(north)
    worker.seat(heron)
    look(worker, seconds=2)
    with db.transaction():
        service.choose_presence(north, is_shown=False)  # another worker may have been told
    look(worker, seconds=20)
    assert worker.pushed[-1] == (ROOM, [heron.pseudonym])


@pytest.fixture
def two(app: Flask, frozen: object, valkey_url: str) -> Iterator[tuple[Worker, Worker]]:
    lines = OverRedis(valkey_url), OverRedis(valkey_url)
    workers = Worker(lines[0]), Worker(lines[1])
    for line in lines:
        line.start()
        line.subscribe(ROOM)
    until(lambda: listeners(valkey_url, EVERYONE) == listeners(valkey_url, f"recovery-net:room:{ROOM}") == 2)
    yield workers
    for line in lines:
        line.stop()


def test_a_worker_that_dies_takes_its_people_along(two: tuple[Worker, Worker]) -> None:
    first, second = two
    north, heron = shown(), shown()
    first.seat(north)
    second.seat(heron)
    both = sorted([north.pseudonym, heron.pseudonym])

    def hear_each_other() -> bool:
        for worker in two:
            look(worker, seconds=1)
        return all(worker.presence.here(ROOM)["names"] == both for worker in two)

    until(hear_each_other)
    look(second, seconds=30)  # without the first
    assert second.presence.here(ROOM)["names"] == [heron.pseudonym]


def test_the_choice_is_made_on_the_account_page(
    app: Flask, sign_in: Callable[[Account], FlaskClient]
) -> None:
    north = make_account()
    client = sign_in(north)
    assert names([north.id]) == {}
    assert "Show when I am here" in client.get("/account").text
    client.post("/account/presence", data={"is_shown": "y"})
    assert names([north.id]) == {north.id: north.pseudonym}
    client.post("/account/presence", data={})
    assert names([north.id]) == {}
