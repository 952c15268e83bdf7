"""Hints between workers, over a real server: quiet lines live, dead ones are noticed, nobody waits (delivery.md, 5)."""

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from recovery_net.realtime import relay
from recovery_net.realtime.relay import HEAD, OverRedis, make_relay
from tests.realtime.workers.conftest import listeners, until

ROOM = uuid.uuid4()
Start = Callable[..., OverRedis]


@pytest.fixture
def start(valkey_url: str) -> Iterator[Start]:
    """Relays that listen to the room; what they hear is in `heard`."""
    started: list[OverRedis] = []

    def one(url: str = valkey_url) -> OverRedis:
        found = OverRedis(url)
        started.append(found)
        found.subscribe(ROOM)
        found.start()
        if url == valkey_url:
            until(lambda: listeners(valkey_url, f"recovery-net:room:{ROOM}") == len(started))
        return found

    yield one
    for found in started:
        found.stop()
    until(lambda: listeners(valkey_url, relay.EVERYONE) == 0)


def hear(of: OverRedis, name: str) -> list[Any]:
    heard: list[Any] = []
    of.hear[name] = lambda room_id, payload: heard.append((room_id, payload))
    return heard


def test_of_many_heads_the_last_one_arrives_and_nobody_hears_themselves(start: Start) -> None:
    first, second = start(), start()
    own, heard = hear(first, HEAD), hear(second, HEAD)
    for seq in range(1, 5001):
        first.publish_head(ROOM, seq)
    until(lambda: bool(heard) and heard[-1] == (ROOM, 5000))
    assert len(heard) < 5000
    assert own == []


def test_hints_arrive_in_order_and_only_where_the_room_is_listened_to(start: Start) -> None:
    first, second = start(), start()
    heard, elsewhere = hear(second, "typing"), uuid.uuid4()
    for number in range(100):
        first.whisper(elsewhere, "typing", number)
        first.whisper(ROOM, "typing", number)
    until(lambda: len(heard) == 100)
    assert heard == [(ROOM, number) for number in range(100)]


def test_what_cannot_be_used_does_not_cut_the_line(start: Start, valkey_url: str) -> None:
    first, second = start(), start()
    heard = hear(second, "typing")

    def fail(_room_id: object, _payload: object) -> None:
        raise RuntimeError

    second.hear["breaks"] = fail
    first.whisper(ROOM, "breaks", None)
    first.whisper(ROOM, "of-a-newer-version", {"x": 1})
    first.whisper(ROOM, "typing", "still here")
    until(lambda: heard == [(ROOM, "still here")])


def lines(url: str) -> set[str]:
    with redis.Redis.from_url(url) as client:
        return {line["id"] for line in client.client_list(_type="pubsub")}


def test_a_quiet_channel_is_kept(start: Start, valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "_PING_EVERY", 0.05)
    monkeypatch.setattr(relay, "_DEAD_AFTER", 0.5)
    first, second = start(), start()
    heard, before = hear(second, "typing"), lines(valkey_url)
    time.sleep(1.5)  # the quiet: three times as long as a dead line would be kept
    assert lines(valkey_url) == before
    first.whisper(ROOM, "typing", "after a while")
    until(lambda: heard == [(ROOM, "after a while")])


def test_a_server_that_hangs_is_noticed_and_taken_up_again(
    start: Start, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "_PING_EVERY", 0.05)
    monkeypatch.setattr(relay, "_DEAD_AFTER", 0.3)
    line = start()
    opened = hear(line, relay.OPENED)
    with redis.Redis.from_url(valkey_url) as client:
        client.client_pause(1000)
    until(lambda: not line.is_up)
    for seq in range(1, 20_001):  # whoever publishes does not notice
        line.publish_head(ROOM, seq)
        line.whisper(ROOM, "typing", seq)
    until(lambda: (ROOM, None) in opened)


def test_a_server_that_is_not_there_holds_nobody_up(start: Start) -> None:
    line = start("redis://127.0.0.1:1/0")
    for number in range(20_000):
        line.publish_head(uuid.uuid4(), 1)
        line.tell("x", number)
    assert line.is_up is False


def test_alone_there_is_nothing_to_wait_for() -> None:
    alone = make_relay(None)
    alone.start()
    alone.subscribe(ROOM)
    alone.publish_head(ROOM, 1)
    alone.stop()
    assert alone.is_up is None


def test_a_line_that_is_given_up_while_it_is_written_to_is_closed(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library opens it again to send; nobody would read it, and Redis would count it as a worker."""
    line = OverRedis(valkey_url)
    ear = line._listening.make_connection()
    ear.connect()
    send = ear.send_command

    def given_up_first(*command: Any, **options: Any) -> None:
        monkeypatch.setattr(ear, "send_command", send)
        line._take_ear(None)
        ear.disconnect()
        send(*command, **options)

    monkeypatch.setattr(ear, "send_command", given_up_first)
    line._take_ear(ear)

    line._follow_rooms()

    assert not ear.is_connected
    until(lambda: listeners(valkey_url, relay.EVERYONE) == 0)
