"""Many messages in one batch: the answer of each is what it would have been alone, and the log has no gap."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from recovery_net.accounts import devices
from recovery_net.accounts.models import Account, DeviceSession
from recovery_net.core import db
from recovery_net.core.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    SignInNeeded,
    TooMany,
)
from recovery_net.core.events import on
from recovery_net.realtime.committing import Committing
from recovery_net.realtime.log import Appended, LoggedEvent
from recovery_net.rooms import talking
from recovery_net.rooms.models import Access, Membership
from recovery_net.rooms.talking import Draft, post_messages
from tests.factories import make_account, make_membership, make_room
from tests.realtime.batches import device_of, head_of, log_of, post, together
from tests.refusing import refusing


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
