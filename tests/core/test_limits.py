"""Limits: they hold, they say when to come back, and they keep no address."""

import socket
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
import requests
from limits import parse

from recovery_net.core import clock
from recovery_net.core.counting import Pace, Paces, connect
from recovery_net.core.errors import TooMany
from recovery_net.core.limits import Budget, make_budget
from tests.conftest import MORNING
from tests.live import LiveServer
from tests.person import Person

TWO = parse("2 per hour")


def test_a_budget_is_spent_and_says_when_to_come_back() -> None:
    budget = Budget()
    budget.spend(TWO, "north")
    budget.spend(TWO, "north")
    with pytest.raises(TooMany) as refused:
        budget.spend(TWO, "north")
    assert 0 < refused.value.retry_after <= 3600
    assert not refused.value.permanent
    budget.spend(TWO, "heron")


def test_workers_share_a_budget_through_redis(valkey_url: str) -> None:
    first, second = make_budget(valkey_url, is_on=True), make_budget(valkey_url, is_on=True)
    key = f"north {time.time_ns()}"
    first.spend(TWO, key)
    second.spend(TWO, key)
    with pytest.raises(TooMany):
        first.spend(TWO, key)


def test_without_the_shared_storage_this_process_counts() -> None:
    budget = make_budget("redis://127.0.0.1:1/0", is_on=True)
    budget.spend(TWO, "north")
    budget.spend(TWO, "north")
    with pytest.raises(TooMany):
        budget.spend(TWO, "north")


def test_a_pace_holds_over_any_minute_and_says_when_to_come_back(frozen: object) -> None:
    paces, pace = Paces(), Pace(60, 60)
    for second in range(600):
        clock.freeze(MORNING + timedelta(seconds=second / 2))
        wait = paces.hit(pace, ("north",))
        if second < 60:
            assert wait == 0
        elif wait:
            clock.freeze(clock.now() + timedelta(seconds=wait + 0.01))
            assert paces.hit(pace, ("north",)) == 0
            assert paces.hit(pace, ("heron",)) == 0
            return
    raise AssertionError("it never ended")


def test_paces_are_shared_a_second_later(valkey_url: str) -> None:
    pace, key = Pace(10, 3600), (f"north {time.time_ns()}",)
    first, second = Paces(connect(valkey_url)), Paces(connect(valkey_url))
    for paces in (first, second):
        assert [paces.hit(pace, key) for _ in range(5)] == [0] * 5
    for paces in (first, second, first):
        paces.exchange()
    assert second.hit(pace, key) > 0
    first.hit(pace, key)  # whoever counts nothing has nothing to tell, and nothing to learn
    first.exchange()
    assert first.hit(pace, key) > 0


def test_what_was_spent_elsewhere_before_the_hour_struck_still_counts(
    valkey_url: str, frozen: object
) -> None:
    pace, key = Pace(10, 3600), (f"north {time.time_ns()}",)
    first, second = Paces(connect(valkey_url)), Paces(connect(valkey_url))
    clock.freeze(MORNING.replace(minute=59, second=50))
    assert [first.hit(pace, key) for _ in range(8)] == [0] * 8
    first.exchange()
    clock.shift(seconds=15)
    assert second.hit(pace, key) == 0
    second.exchange()
    assert second.hit(pace, key) == 0
    assert second.hit(pace, key) > 0


def test_paces_forget_whom_they_have_not_seen(frozen: object) -> None:
    paces, pace = Paces(), Pace(10, 60)
    for number in range(10_000):
        paces.hit(pace, (str(number),))
    clock.shift(minutes=3)
    paces.hit(pace, ("one more",))
    assert len(paces._counts) == 1


def test_a_redis_that_hangs_holds_up_one_asker_and_not_the_next() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as mute:  # takes what comes and never answers
        budget = make_budget(f"redis://127.0.0.1:{mute.getsockname()[1]}/0", is_on=True)
        for number in range(50):
            budget.spend(TWO, str(number))
        mute.setblocking(False)
        tried = [mute.accept()[0]]
        with pytest.raises(BlockingIOError):
            tried.append(mute.accept()[0])
        for line in tried:
            line.close()


def test_sending_too_much_is_slowed_and_what_was_accepted_is_answered_again(
    live: Callable[..., LiveServer],
) -> None:
    server = live(LIMITS="on")
    operator = Person(server.url).set_up(server.set_up_link())
    room = operator.open_room("Evening")
    north = Person(server.url).join("north-wind-12").connect()
    north.ask("room:join", {"room": room})
    cids = [f"00000000-0000-4000-8000-{number:012d}" for number in range(130)]
    acks = [north.say(room, "again", cid) for cid in cids]
    refused = [ack for ack in acks if not ack["ok"]]
    assert refused
    assert {ack["error"]["code"] for ack in refused} == {"too_many"}
    assert not any(ack["error"]["permanent"] for ack in refused)
    assert north.say(room, "again", cids[0]) == acks[0]  # known: answered before any limit


def test_guessing_and_mass_joining_are_stopped_and_no_address_is_kept(
    live: Callable[..., LiveServer], valkey_url: str
) -> None:
    server = live(LIMITS="on", RECOVERY_NET_PROXIES="1", REDIS_URL=valkey_url)
    canary = {"X-Forwarded-For": "203.0.113.77", "User-Agent": "canary-agent/4711 (Linux) Firefox/150.0"}
    statuses = set()
    for page, fields in (("/sign-in", {}), ("/join", {"agree": "y"})):
        person = Person(server.url)
        person.web.headers.update(canary)
        for number in range(40):
            answer = person.post(page, page=page, pseudonym=f"x-{number}", passphrase="wrong", **fields)
            statuses.add((page, answer.status_code))
    assert {("/sign-in", 429), ("/join", 429)} <= statuses
    assert requests.get(server.url, headers=canary, timeout=5).ok
    kept = b"".join(file.read_bytes() for file in server.data.rglob("*") if file.is_file())
    with connect(valkey_url) as client:
        keys = list(client.scan_iter(count=1000))
        assert len(keys) > 2
        kept += b"".join(key + (client.dump(key) or b"") for key in keys)
    for trace in (b"203.0.113.77", b"canary-agent"):
        assert trace not in kept
        assert trace not in server.log.read_bytes()
