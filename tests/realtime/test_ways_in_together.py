"""Sockets, forms and the JSON API at once, on one process or two: one log, without gaps, once a `cid`."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.live import LiveServer
from tests.person import Person, Town

SENDS = 12


def by_socket(person: Person, room: str, cid: str) -> int:
    ack = person.say(room, "by socket", cid)
    assert ack["ok"], ack
    return int(ack["seq"])


def by_api(person: Person, room: str, cid: str) -> int:
    payload = {"cid": cid, "body": "by api"}
    url = f"{person.url}/api/v1/rooms/{room}/messages"
    answer = person.web.post(url, json=payload, headers={"X-CSRFToken": person.token}, timeout=20)  # type: ignore[attr-defined]
    assert answer.ok, answer.text
    return int(answer.json()["seq"])


def by_form(person: Person, room: str, cid: str) -> int:
    form = {"csrf_token": person.token, "body": "by form", "cid": cid}  # type: ignore[attr-defined]
    url = f"{person.url}/rooms/{room}/messages"
    answer = person.web.post(url, data=form, timeout=20, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    return int(answer.headers["Location"].rpartition("#m")[2])


WAYS = (by_socket, by_form, by_api)


def log_of(person: Person, room: str) -> list[tuple[int, str]]:
    events: list[dict[str, object]] = []
    while True:
        page = person.ask("room:sync", {"room": room, "after": len(events)})
        assert page["ok"], page
        events += page["events"]
        if not page["more"]:
            return [(int(str(event["seq"])), str(event["cid"])) for event in events]


def heard_by(person: Person, room: str, count: int) -> list[tuple[int, str]]:
    """What was pushed of a room, once it is so much."""
    heard = person.wait(lambda events: len([event for event in events if event["room"] == room]) >= count)
    return [(event["seq"], event["cid"]) for event in heard if event["room"] == room]


def present(person: Person, *rooms: str) -> Person:
    """Connected, listening, with the token of the forms."""
    person.connect()
    for room in rooms:
        assert person.ask("room:join", {"room": room})["ok"]
    person.token = person.csrf(f"/rooms/{rooms[0]}")  # type: ignore[attr-defined]
    return person


def test_all_ways_in_write_one_log(town: Town) -> None:
    rooms = [town.room(), town.room()]
    people = [present(town.person(), *rooms) for _ in range(6)]

    def speak(number: int) -> list[tuple[str, int, str]]:
        said = []
        for step in range(SENDS):
            room, cid = rooms[(number + step) % 2], str(uuid.uuid4())
            said.append((room, WAYS[number % 3](people[number], room, cid), cid))
        return said

    with ThreadPoolExecutor(len(people)) as crowd:
        told = list(crowd.map(speak, range(len(people))))
    for room in rooms:
        log = log_of(people[0], room)
        assert [seq for seq, _ in log] == list(range(1, len(people) * SENDS // 2 + 1))
        assert log == sorted((seq, cid) for said in told for where, seq, cid in said if where == room)
        for said in told:  # what one person says stands in the order in which they said it
            own = [seq for where, seq, _ in said if where == room]
            assert own == sorted(own)
        assert heard_by(people[1], room, len(log)) == log


def test_one_cid_over_every_way_at_once_is_one_message(town: Town) -> None:
    room, cid = town.room(), str(uuid.uuid4())
    north = present(town.person(), room)
    with ThreadPoolExecutor(6) as crowd:
        told = set(crowd.map(lambda way: way(north, room, cid), WAYS * 2))
    assert told == {1}
    assert log_of(north, room) == [(1, cid)]


def test_two_processes_and_one_cid_are_one_message(
    live: Callable[..., LiveServer], own_database: dict[str, str]
) -> None:
    server = live(**own_database)
    room = Town(server).room()
    north = Person(server.url).join("still-water-7")
    second = LiveServer(server.data, own_database)
    second.log = server.data.with_suffix(".second.log")
    second.start()
    try:
        twin = Person(second.url)
        twin.web.cookies = north.web.cookies
        pair = [present(north, room), twin.connect()]
        assert twin.ask("room:join", {"room": room})["ok"]
        with ThreadPoolExecutor(2) as crowd:
            for number in range(1, SENDS + 1):
                cid = str(uuid.uuid4())
                assert set(crowd.map(lambda one, cid=cid: by_socket(one, room, cid), pair)) == {number}
        assert [seq for seq, _ in log_of(twin, room)] == list(range(1, SENDS + 1))
    finally:
        second.kill()
