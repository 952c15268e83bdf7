"""A right that is taken away holds from then on, for sockets that are open too (security.md, 17 and 26)."""

import uuid
from typing import Any

from tests.person import Person, Town

FORM = {"name": "Renamed", "retention_days": "30"}


def sit_in(town: Town, room: str) -> Person:
    person = town.person().connect()
    assert person.ask("room:join", {"room": room})["ok"]
    return person


def bodies(events: list[dict[str, Any]]) -> list[str]:
    return [event["body"] for event in events]


def test_a_room_that_closes_is_silent_for_those_who_only_walked_in(town: Town) -> None:
    room = town.room()
    stays, walked_in = sit_in(town, room), sit_in(town, room)
    stays.post(f"/rooms/{room}/join", page=f"/rooms/{room}")
    edit = f"/rooms/{room}/edit"
    assert town.operator.post(edit, page=edit, access="private", **FORM).ok
    stays.say(room, "only us now")
    assert bodies(stays.wait(lambda events: len(events) >= 1)) == ["only us now"]
    assert walked_in.ask("room:sync", {"room": room, "after": 0})["error"]["code"] == "not_found"
    assert walked_in.say(room, "hello?")["error"]["permanent"]
    assert walked_in.events == []


def test_leaving_an_open_room_leaves_the_other_tab_as_a_walk_in(town: Town) -> None:
    room = town.room()
    north = sit_in(town, room)
    assert north.say(room, "here")["ok"]
    north.post(f"/rooms/{room}/leave", page=f"/rooms/{room}/about")
    assert north.say(room, "and back")["ok"]


def test_what_another_process_ends_is_ended_here(town: Town) -> None:
    name = f"soon-gone-{uuid.uuid4().hex[:6]}"
    north = Person(town.url).join(name).connect()
    erased = town.server.command("members", "erase", name)
    assert erased.returncode == 0, erased.stderr
    assert north.socket is not None
    north.socket.wait()
    assert not north.socket.connected


def test_who_left_is_still_told_what_became_of_an_accepted_message(town: Town) -> None:
    room = town.room()
    north = sit_in(town, room)
    cid = str(uuid.uuid4())
    first = north.say(room, "before it closed", cid)
    north.post(f"/rooms/{room}/leave", page=f"/rooms/{room}/about")
    edit = f"/rooms/{room}/edit"
    assert town.operator.post(edit, page=edit, access="private", **FORM).ok
    assert north.say(room, "before it closed", cid) == first
