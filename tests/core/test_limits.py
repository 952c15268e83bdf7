"""Limits: they hold, they say when to come back, and they keep no address."""

import time
from collections.abc import Callable

import pytest
import requests
from limits import parse
from limits.storage import RedisStorage

from recovery_net.core.errors import TooMany
from recovery_net.core.limits import Budget, make_budget
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
    budget = Budget(RedisStorage("redis://127.0.0.1:1/0", wrap_exceptions=True))
    budget.spend(TWO, "north")
    budget.spend(TWO, "north")
    with pytest.raises(TooMany):
        budget.spend(TWO, "north")


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
    live: Callable[..., LiveServer],
) -> None:
    server = live(LIMITS="on", RECOVERY_NET_PROXIES="1")
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
    for trace in (b"203.0.113.77", b"canary-agent"):
        assert trace not in kept
        assert trace not in server.log.read_bytes()
