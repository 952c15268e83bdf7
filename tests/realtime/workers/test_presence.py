"""Who is here, seen at the other worker."""

from tests.person import Person
from tests.realtime.workers.conftest import Ear, Workers, go


def show(person: Person) -> None:
    assert person.post("/account/presence", page="/account", is_shown="y").ok


def test_who_shows_it_is_seen_at_the_other_worker_by_listeners_alone(
    workers: Workers, here: tuple[Person, Person], room: str
) -> None:
    north, heron = here
    outside = workers.person_at(workers.second)
    sees, sees_nothing = Ear(heron, "room:here"), Ear(outside, "room:here")
    north.url = workers.second.url
    show(north)  # at another worker than the one that holds their socket
    assert [said["count"] for said in sees.wait(bool, 20)] == [1]
    assert sees.heard[0]["room"] == room
    late = workers.person_at(workers.second)
    assert late.ask("room:join", {"room": room})["here"] == {"count": 1, "names": sees.heard[0]["names"]}
    assert outside.say(room, "hello?")["ok"] is False
    assert sees_nothing.heard == []
    go(outside, late)
