"""What is said at one worker is heard at the other: once, in order, whatever becomes of Redis (delivery.md, 5)."""

import uuid

from tests.person import Person
from tests.realtime.workers.conftest import Ear, Workers, go, move, until


def seqs(person: Person, count: int) -> list[int]:
    return [event["seq"] for event in person.wait(lambda events: len(events) >= count)]


def say_in_turn(here: tuple[Person, Person], room: str, count: int) -> None:
    for number in range(count):
        for person in here:
            assert person.say(room, f"{number}")["ok"]


def test_what_is_said_at_both_is_heard_at_both_once_and_in_order(
    here: tuple[Person, Person], room: str
) -> None:
    say_in_turn(here, room, 20)
    for person in here:
        assert seqs(person, 40) == list(range(1, 41))


def test_without_redis_everything_is_heard_a_little_later(
    without_redis: Workers, here: tuple[Person, Person], room: str
) -> None:
    say_in_turn(here, room, 5)
    for person in here:
        assert seqs(person, 10) == list(range(1, 11))


def test_redis_may_go_and_come_amid_the_talk(
    workers: Workers, here: tuple[Person, Person], room: str
) -> None:
    say_in_turn(here, room, 3)
    workers.redis.stop()
    say_in_turn(here, room, 3)
    workers.redis.start()
    say_in_turn(here, room, 3)
    for person in here:
        assert seqs(person, 18) == list(range(1, 19))


def test_a_subscription_that_is_cut_is_taken_up_again(
    workers: Workers, here: tuple[Person, Person], room: str
) -> None:
    client = workers.redis.client()
    for _ in range(3):
        client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        say_in_turn(here, room, 2)
    for person in here:
        assert seqs(person, 12) == list(range(1, 13))


def test_a_worker_that_dies_takes_nothing_with_it(
    workers: Workers, here: tuple[Person, Person], room: str
) -> None:
    stays, moves = here
    assert moves.say(room, "one")["ok"]
    cid = str(uuid.uuid4())
    assert moves.say(room, "two", cid)["ok"]
    workers.second.kill()
    assert stays.say(room, "three")["ok"]
    move(moves, workers.first)
    caught_up = moves.ask("room:join", {"room": room, "after": 1})
    assert [event["body"] for event in caught_up["events"]] == ["two", "three"]
    assert moves.say(room, "two", cid)["seq"] == 2  # accepted by the one that died
    assert moves.say(room, "four")["ok"]
    assert seqs(stays, 4) == [1, 2, 3, 4]


def test_typing_is_seen_at_the_other_worker(workers: Workers, here: tuple[Person, Person], room: str) -> None:
    writes, sees = here
    ear, own = Ear(sees, "room:typing"), Ear(writes, "room:typing")
    until(lambda: any(workers.redis.listeners(channel) == 2 for channel in workers.redis.rooms()))
    assert writes.ask("room:typing", {"room": room})["ok"]
    assert [sign["room"] for sign in ear.wait(bool)] == [room]
    assert own.heard == []


def test_only_the_rooms_that_somebody_listens_to_are_subscribed(workers: Workers) -> None:
    until(lambda: not workers.redis.rooms())  # those of earlier tests
    north, heron = workers.person_at(workers.first), workers.person_at(workers.second)
    quiet, loud = workers.room(), workers.room()
    north.ask("room:join", {"room": quiet})
    north.ask("room:join", {"room": loud})
    heron.ask("room:join", {"room": loud})
    until(lambda: sorted(map(workers.redis.listeners, workers.redis.rooms())) == [1, 2])
    for room in (quiet, loud):
        north.ask("room:leave", {"room": room})
    until(lambda: [*map(workers.redis.listeners, workers.redis.rooms())] == [1])
    go(heron)
    until(lambda: not workers.redis.rooms())
    go(north)
