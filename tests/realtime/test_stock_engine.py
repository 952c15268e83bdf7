"""`ENGINE=stock`: the same program on the library's own server."""

from collections.abc import Callable

import pytest

from tests.live import LiveServer
from tests.person import Person, Town


@pytest.mark.parametrize("engine", ["stock", "fast"])
def test_a_room_is_live_on_either_engine(live: Callable[..., LiveServer], engine: str) -> None:
    town = Town(live(ENGINE=engine))
    room, north, heron = town.room(), town.person().connect(), town.person().connect()
    for person in (north, heron):
        assert person.ask("room:join", {"room": room})["ok"]
    for number in range(10):
        assert [person.say(room, str(number))["ok"] for person in (north, heron)] == [True, True]
    for person in (north, heron):
        events = person.wait(lambda events: len(events) >= 20)
        assert [event["seq"] for event in events] == list(range(1, 21))
    signs_out(north)
    assert heron.say(room, "still here")["ok"]
    heron.close()


def signs_out(person: Person) -> None:
    assert person.socket is not None
    person.post("/sign-out", page="/account")
    person.socket.wait()  # until the server has closed it
    assert not person.socket.connected
