"""What is taken away at one worker is gone at the other, with Redis and without it (security.md, 17 and 26)."""

import time
import uuid

import pytest

from tests.person import Person
from tests.realtime.workers.conftest import Workers, go, move

SOON = 2.0  # seconds, promised


@pytest.fixture(params=["with redis", "without redis"])
def either(request: pytest.FixtureRequest, workers: Workers) -> Workers:
    if request.param == "without redis":
        workers.redis.stop()
    return workers


def bodies(person: Person, count: int) -> list[str]:
    return [event["body"] for event in person.wait(lambda events: len(events) >= count)]


def test_a_device_that_is_signed_out_elsewhere_loses_its_socket(either: Workers) -> None:
    here = Person(either.first.url).join(name := f"two-places-{uuid.uuid4().hex[:6]}")
    there = move(Person(either.first.url).sign_in(name), either.second)
    other = either.person_at(either.second)
    here.post("/account/devices/end", page="/account")
    assert there.socket is not None
    there.socket.wait()  # until the server has closed it
    assert not there.socket.connected
    assert other.ask("room:join", {"room": "nowhere"})["error"]["code"] == "not_found"
    go(other)


def test_a_room_that_is_closed_at_one_is_silent_at_the_other(either: Workers) -> None:
    room = either.room()
    member, walked_in = either.person_at(either.second), either.person_at(either.second)
    member.url = either.first.url
    member.post(f"/rooms/{room}/join", page=f"/rooms/{room}")
    for person in (member, walked_in):
        assert person.ask("room:join", {"room": room})["ok"]
    edit = f"/rooms/{room}/edit"
    assert either.operator.post(edit, page=edit, access="private", name="Ours", retention_days="30").ok
    time.sleep(SOON)
    assert member.say(room, "only us")["ok"]
    assert bodies(member, 1) == ["only us"]
    assert walked_in.events == []
    assert walked_in.ask("room:sync", {"room": room, "after": 0})["error"]["code"] == "not_found"
    go(member, walked_in)
