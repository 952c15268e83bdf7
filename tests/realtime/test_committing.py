"""Acts that wait at the same moment share a transaction; each has its own answer, and none harms another."""

import contextlib
import subprocess
import sys
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from recovery_net.accounts import devices
from recovery_net.accounts.models import Account, DeviceSession
from recovery_net.core import db
from recovery_net.core.errors import (
    Conflict,
    DomainError,
    Invalid,
    NotAllowed,
    NotFound,
    SignInNeeded,
    TooMany,
)
from recovery_net.core.events import on, publish
from recovery_net.realtime.committing import MOST, Committing, one_by_one
from recovery_net.realtime.log import Appended, LoggedEvent, RoomEvent
from recovery_net.rooms import talking
from recovery_net.rooms.models import Access, Membership, Room
from recovery_net.rooms.talking import Draft, Post, post_messages
from tests.factories import make_account, make_membership, make_room
from tests.live import ROOT
from tests.refusing import refusing

Answer = LoggedEvent | DomainError


def device_of(account: Account) -> str:
    """A token of a device that is signed in."""
    with db.transaction():
        return devices.begin(account, "Firefox on Linux")[1]


def post(token: str, room: Room, body: str = "hello", cid: uuid.UUID | None = None, **more: object) -> Post:
    return talking.ready(token, room.slug, Draft(cid or uuid.uuid4(), body, **more))  # type: ignore[arg-type]


def together(*posts: Post) -> list[Answer]:
    """All of them in one batch."""
    with db.transaction():
        return post_messages(posts)


def log_of(room: Room) -> list[tuple[int, uuid.UUID | None]]:
    with db.reading() as session:
        rows = session.execute(
            select(RoomEvent.seq, RoomEvent.cid).where(RoomEvent.room_id == room.id).order_by(RoomEvent.seq)
        )
        return [(row.seq, row.cid) for row in rows]


def head_of(room: Room) -> int:
    with db.reading() as session:
        return session.scalars(select(Room.head_seq).where(Room.id == room.id)).one()


# --- the line -------------------------------------------------------------------


class Held:
    """A kind of act whose first batch is held until the test lets it go: what comes meanwhile has to gather."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.is_in, self.go = Event(), Event()

    def __call__(self, acts: Sequence[int]) -> list[int | DomainError]:
        self.batches.append(list(acts))
        if len(self.batches) == 1:
            self.is_in.set()
            assert self.go.wait(20)
        return [Invalid() if act < 0 else act * 10 for act in acts]


def waiting_in(line: Committing, count: int) -> None:
    """Until so many acts wait in the line."""
    turn = Event()
    while len(line._line) < count:
        turn.wait(0.001)


def test_what_comes_while_a_batch_is_committed_is_the_next_batch(app: Flask) -> None:
    line, kind = Committing(), Held()
    with ThreadPoolExecutor(MOST + 10) as crowd:
        first = crowd.submit(line.do, kind, 0)
        assert kind.is_in.wait(20)
        others = [crowd.submit(line.do, kind, act) for act in range(1, MOST + 4)]
        waiting_in(line, MOST + 3)
        kind.go.set()
        assert [one.result(20) for one in [first, *others]] == [act * 10 for act in range(MOST + 4)]
    assert [len(batch) for batch in kind.batches] == [1, MOST, 3]


def test_a_refusal_is_raised_where_it_belongs_and_nowhere_else(app: Flask) -> None:
    line, kind = Committing(), Held()
    with ThreadPoolExecutor(8) as crowd:
        first = crowd.submit(line.do, kind, 0)
        assert kind.is_in.wait(20)
        good, bad = crowd.submit(line.do, kind, 1), crowd.submit(line.do, kind, -1)
        waiting_in(line, 2)
        kind.go.set()
        with pytest.raises(Invalid):
            bad.result(20)
        assert (first.result(20), good.result(20)) == (0, 10)
    assert sorted(len(batch) for batch in kind.batches) == [1, 2]


def test_an_act_that_breaks_the_transaction_breaks_its_own_only(app: Flask) -> None:
    line, held = Committing(), Held()
    rooms = {name: make_room() for name in ("good", "other")}

    def rename(acts: Sequence[str]) -> list[str]:
        for name in acts:
            if name not in rooms:
                raise ZeroDivisionError
            db.session().get_one(Room, rooms[name].id).name = f"renamed {name}"
        return list(acts)

    with ThreadPoolExecutor(8) as crowd:
        first = crowd.submit(line.do, held, 0)
        assert held.is_in.wait(20)
        asked = {name: crowd.submit(line.do, rename, name) for name in ("good", "broken", "other")}
        waiting_in(line, 3)
        held.go.set()
        with pytest.raises(ZeroDivisionError):
            asked["broken"].result(20)
        assert [asked[name].result(20) for name in rooms] == ["good", "other"]
        assert first.result(20) == 0
    with db.reading() as session:
        assert {session.get_one(Room, room.id).name for room in rooms.values()} == {
            "renamed good",
            "renamed other",
        }


def test_a_database_that_is_away_is_found_out_once_and_not_by_everyone(app: Flask) -> None:
    line, held = Committing(), Held()
    tries: list[int] = []

    def unlucky(acts: Sequence[int]) -> list[int]:
        tries.append(len(acts))
        raise OperationalError("", {}, OSError())

    with ThreadPoolExecutor(20) as crowd:
        first = crowd.submit(line.do, held, 0)
        assert held.is_in.wait(20)
        others = [crowd.submit(line.do, unlucky, act) for act in range(10)]
        waiting_in(line, 10)
        held.go.set()
        errors = [one.exception(20) for one in others]
        assert first.result(20) == 0
    assert all(db.is_outage(error) or error.code == "unavailable" for error in errors)  # type: ignore[arg-type,union-attr]
    assert tries == [10, 1]


def test_who_was_outrun_by_another_process_finds_what_that_one_wrote(app: Flask) -> None:
    tries: list[int] = []

    def outrun(acts: Sequence[int]) -> list[str]:
        tries.append(len(acts))
        if len(tries) == 1:
            raise IntegrityError("", {}, ValueError())
        return ["found"]

    assert Committing().do(outrun, 1) == "found"


def test_kinds_share_a_transaction_and_what_they_publish_leaves_after_it(app: Flask) -> None:
    line, held, seen = Committing(), Held(), []
    room = make_room()

    class Happened(str):
        pass

    on(Happened)(lambda happened: seen.append((str(happened), db.is_open())))

    def refuse(act: str) -> str:
        db.session().get_one(Room, room.id).name = act
        publish(Happened(act))
        if act == "no":
            raise NotAllowed()
        return act

    single = one_by_one(refuse)
    with ThreadPoolExecutor(8) as crowd:
        crowd.submit(line.do, held, 0)
        assert held.is_in.wait(20)
        no = crowd.submit(line.do, single, "no")
        waiting_in(line, 1)
        yes, other = crowd.submit(line.do, single, "yes"), crowd.submit(line.do, held, 5)
        waiting_in(line, 3)
        held.go.set()
        assert (yes.result(20), other.result(20)) == ("yes", 50)
        with pytest.raises(NotAllowed):
            no.result(20)
    assert seen == [("yes", False)]
    with db.reading() as session:
        assert session.get_one(Room, room.id).name == "yes"


def test_inside_a_transaction_an_act_is_a_part_of_it(app: Flask) -> None:
    token, room = device_of(make_account()), make_room()
    with contextlib.suppress(ZeroDivisionError), db.transaction():
        Committing().do(post_messages, post(token, room))
        raise ZeroDivisionError
    assert log_of(room) == []


# --- messages in a batch ----------------------------------------------------------


def test_refusals_in_a_batch_harm_nobody_else(app: Flask) -> None:
    north, heron, stranger = (device_of(make_account()) for _ in range(3))
    room, private, gone = make_room(), make_room(access=Access.PRIVATE), make_room()
    elsewhere = together(post(north, gone))[0]
    assert isinstance(elsewhere, LoggedEvent)

    def too_much() -> None:
        raise TooMany()

    answers = together(
        post(north, room, "first"),
        post("no such session", room),
        post(stranger, private),
        post(north, room, ""),
        talking.ready(north, room.slug, Draft(uuid.uuid4(), "hi"), too_much),
        talking.ready(north, "No Such Room\x00", Draft(uuid.uuid4(), "hi")),
        post(north, room, "re", reply_to=elsewhere.id),
        post(heron, room, "last"),
    )
    kinds = [type(answer) for answer in answers]
    assert kinds == [LoggedEvent, SignInNeeded, NotFound, Invalid, TooMany, NotFound, NotFound, LoggedEvent]
    assert [seq for seq, _ in log_of(room)] == [1, 2]
    assert head_of(private) == 0


def test_two_of_one_cid_in_a_batch_are_one_message(app: Flask) -> None:
    token, heron = device_of(north := make_account()), device_of(make_account())
    room, other, cid = make_room(), make_room(), uuid.uuid4()
    first, between, again, elsewhere, theirs = together(
        post(token, room, "once", cid),
        post(heron, room, "between"),
        post(token, room, "twice", cid),
        post(token, other, "elsewhere", cid),
        post(heron, room, "theirs", cid),
    )
    assert first == again
    assert isinstance(elsewhere, Conflict)
    assert isinstance(between, LoggedEvent)
    assert isinstance(theirs, LoggedEvent)
    assert [found for _, found in log_of(room)] == [cid, between.cid, cid]
    assert theirs.author_id != north.id
    assert head_of(other) == 0


def test_a_known_cid_is_answered_whatever_stands_against_it_now(app: Flask) -> None:
    north, room, cid = make_account(), make_room(access=Access.REQUEST), uuid.uuid4()
    token, member = device_of(north), make_membership(room, north)
    (first,) = together(post(token, room, "said", cid))
    with db.transaction() as session:
        session.delete(session.get_one(Membership, member.id))

    def too_much() -> None:
        raise TooMany()

    again = talking.ready(token, room.slug, Draft(cid, ""), too_much)
    answer, new = together(again, post(token, room, "new"))
    assert isinstance(first, LoggedEvent)
    assert isinstance(answer, LoggedEvent)
    assert (answer.id, answer.seq) == (first.id, first.seq)
    assert isinstance(new, NotAllowed)


@pytest.mark.parametrize("access", list(Access))
def test_a_right_that_ended_before_the_batch_is_gone_in_it(app: Flask, access: Access) -> None:
    north, room = make_account(), make_room(access=access)
    token, member = device_of(north), make_membership(room, north)
    ready = post(token, room)
    with db.transaction() as session:
        session.delete(session.get_one(Membership, member.id))
    (left,) = together(ready)
    assert type(left) is {"open": LoggedEvent, "request": NotAllowed, "private": NotFound}[access]
    with db.transaction():
        devices.end_all(north)
    (signed_out,) = together(post(token, room))
    assert isinstance(signed_out, SignInNeeded)


def test_guidelines_that_wait_for_an_answer_close_the_socket_way(app: Flask) -> None:
    token = device_of(make_account(guidelines_version=0))
    (refused,) = together(post(token, make_room()))
    assert isinstance(refused, SignInNeeded)


def test_speaking_counts_as_a_visit_of_the_day(app: Flask, frozen: object) -> None:
    north, room = make_account(), make_room()
    token = device_of(north)
    frozen.shift(days=3)  # type: ignore[attr-defined]
    together(post(token, room))
    with db.reading() as session:
        days = {
            session.get_one(Account, north.id).seen_on,
            session.scalars(select(DeviceSession.seen_on)).one(),
        }
    assert [day.isoformat() for day in days] == ["2026-11-26"]


def test_who_speaks_twice_in_one_batch_walks_in_once_and_has_read_it(app: Flask) -> None:
    north, room = make_account(), make_room()
    token = device_of(north)
    together(post(token, room), post(token, room))
    with db.reading() as session:
        member = session.scalars(select(Membership)).one()
    assert (member.account_id, member.read_seq) == (north.id, 2)


def test_an_own_message_is_no_news_but_those_before_it_are(app: Flask) -> None:
    north, heron, room = make_account(), make_account(), make_room()
    member = make_membership(room, north)
    ours, theirs = device_of(north), device_of(heron)
    together(post(ours, room), post(theirs, room), post(ours, room))
    with db.reading() as session:
        assert session.get_one(Membership, member.id).read_seq == 1


def test_what_is_pushed_is_what_a_page_shows(app: Flask) -> None:
    from recovery_net.rooms import history, service

    shown: list[object] = []
    on(Appended)(lambda appended: shown.append(appended.shown))
    north, room = make_account(), make_room()
    token = device_of(north)
    (first,) = together(post(token, room, "**look** at https://a.example"))
    assert isinstance(first, LoggedEvent)
    together(post(token, room, "it's <fine>", reply_to=first.id, content_note="weather"))
    with db.reading():
        assert shown == history.newest(service.room_for(north, room.slug)).events


def test_a_database_that_breaks_in_the_middle_of_a_batch_leaves_nothing_and_the_next_try_all(
    app: Flask,
) -> None:
    tokens, room, line = [device_of(make_account()) for _ in range(4)], make_room(), Committing()
    posts = [post(token, room) for token in tokens]
    with refusing("INSERT INTO room_events"), ThreadPoolExecutor(4) as crowd:
        errors = [
            asked.exception(20) for asked in [crowd.submit(line.do, post_messages, one) for one in posts]
        ]
    assert all(db.is_outage(error) or error.code == "unavailable" for error in errors)  # type: ignore[arg-type,union-attr]
    assert (log_of(room), head_of(room)) == ([], 0)
    assert sorted(line.do(post_messages, one).seq for one in posts) == [1, 2, 3, 4]


BATCHES = st.lists(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 5)), max_size=8),
    min_size=1,
    max_size=5,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=BATCHES)
def test_any_batches_leave_a_log_without_gaps_that_agrees_with_every_answer(
    app: Flask, batches: list[list[tuple[int, int, int]]]
) -> None:
    """Who (0–2), in which room, with which of six `cid`s of theirs: many meet again, in one batch or a later one."""
    tokens, rooms = [device_of(make_account()) for _ in range(3)], [make_room(), make_room()]
    cids = [[uuid.uuid4() for _ in range(6)] for _ in tokens]
    told: dict[tuple[int, int], set[tuple[uuid.UUID, int]]] = {}
    first_room: dict[tuple[int, int], int] = {}
    for batch in batches:
        answers = together(
            *(post(tokens[who], rooms[where], cid=cids[who][which]) for who, where, which in batch)
        )
        for (who, where, which), answer in zip(batch, answers, strict=True):
            if first_room.setdefault((who, which), where) != where:
                assert isinstance(answer, Conflict)
            else:
                assert isinstance(answer, LoggedEvent)
                told.setdefault((who, which), set()).add((answer.room_id, answer.seq))
    assert all(len(places) == 1 for places in told.values())
    for room in rooms:
        log = log_of(room)
        assert [seq for seq, _ in log] == list(range(1, head_of(room) + 1))
        assert {(room.id, seq) for seq, _ in log} == {
            place for places in told.values() for place in places if place[0] == room.id
        }


def test_many_at_once_leave_no_gap_and_nobody_without_an_answer(app: Flask) -> None:
    tokens, rooms, line = (
        [device_of(make_account()) for _ in range(8)],
        [make_room(), make_room()],
        Committing(),
    )
    told: list[LoggedEvent] = []

    def speak(number: int) -> None:
        for step in range(10):
            told.append(line.do(post_messages, post(tokens[number], rooms[(number + step) % 2])))

    crowd = [Thread(target=speak, args=(number,)) for number in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    for room in rooms:
        acks = sorted((event.seq, event.cid) for event in told if event.room_id == room.id)
        assert acks == log_of(room)
        assert [seq for seq, _ in acks] == list(range(1, 41))
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Membership)) == 16


def test_who_is_ended_while_waiting_harms_nobody(tmp_path: Path) -> None:
    """In greenlets, which can be ended from outside: one that waits, one that should lead next, one that leads."""
    command = [
        sys.executable,
        "-m",
        "tests.realtime.ended_greenlets",
        f"sqlite:///{tmp_path / 'empty.sqlite3'}",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "all answered\n", done.stderr
