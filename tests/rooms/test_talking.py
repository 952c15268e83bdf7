"""Saying something: numbered without gaps, once per `cid`, refused in words, sealed at rest."""

import contextlib
import uuid

import pytest
from flask import Flask
from sqlalchemy import select, text

from recovery_net.accounts.models import Account
from recovery_net.core import clock, db
from recovery_net.core.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from recovery_net.core.events import on
from recovery_net.realtime.log import Appended, LoggedEvent, RoomEvent
from recovery_net.rooms import history, jobs, service, talking
from recovery_net.rooms.models import Access, Membership, Room
from recovery_net.rooms.talking import Draft
from tests.factories import make_account, make_membership, make_room


def say(account: Account, room: Room, body: object = "hello", cid: uuid.UUID | None = None) -> LoggedEvent:
    with db.transaction():
        return talking.post_message(service.room_for(account, room.slug), Draft(cid or uuid.uuid4(), body))


def heard(account: Account, room: Room) -> list[str]:
    with db.reading():
        return [
            event.get("body", "") for event in history.newest(service.room_for(account, room.slug)).events
        ]


def test_messages_are_numbered_from_one_without_gaps(app: Flask) -> None:
    north, heron, room = make_account(), make_account(), make_room()
    assert [say(who, room).seq for who in (north, heron, north)] == [1, 2, 3]


def test_a_refused_message_takes_no_number(app: Flask) -> None:
    north, room = make_account(), make_room()
    say(north, room)
    with pytest.raises(Invalid):
        say(north, room, "   ")
    assert say(north, room).seq == 2


def test_the_same_cid_is_the_same_message(app: Flask) -> None:
    north, room, cid = make_account(), make_room(), uuid.uuid4()
    first, again = say(north, room, "once", cid), say(north, room, "something else", cid)
    assert (first.seq, first.id) == (again.seq, again.id)
    assert heard(north, room) == ["once"]


def test_two_people_may_have_the_same_cid(app: Flask) -> None:
    room, cid = make_room(), uuid.uuid4()
    assert [say(make_account(), room, "hi", cid).seq for _ in range(2)] == [1, 2]


def test_a_cid_belongs_to_one_room(app: Flask) -> None:
    north, cid = make_account(), uuid.uuid4()
    say(north, make_room(), "here", cid)
    with pytest.raises(Conflict):
        say(north, make_room(), "there", cid)


def test_a_known_cid_is_answered_even_when_one_may_not_post_any_more(app: Flask) -> None:
    north, room, cid = make_account(), make_room(access=Access.REQUEST), uuid.uuid4()
    member = make_membership(room, north)
    first = say(north, room, "before I left", cid)
    with db.transaction() as session:
        session.delete(session.get(Membership, member.id))
    assert say(north, room, "before I left", cid).seq == first.seq
    with pytest.raises(NotAllowed):
        say(north, room, "and now")


@pytest.mark.parametrize("body", ["", "x" * 4001, "a\x00b", 5, None])
def test_what_cannot_be_shown_is_refused_for_good(app: Flask, body: object) -> None:
    with pytest.raises(DomainError) as refused:
        say(make_account(), make_room(), body)
    assert refused.value.permanent


def test_who_speaks_in_an_open_room_has_walked_in(app: Flask) -> None:
    north, room = make_account(), make_room()
    say(north, room)
    with db.reading():
        place = service.room_for(north, room.slug)
        assert place.is_member
        assert place.unread == 0  # one's own words are not news


def test_a_private_room_is_missing_for_everyone_else(app: Flask) -> None:
    room, stranger = make_room(access=Access.PRIVATE), make_account()
    for slug in (room.slug, "no-such-room"):
        with db.reading(), pytest.raises(NotFound) as refused:
            service.room_for(stranger, slug)
        assert refused.value.message == NotFound.default_message


def test_events_leave_after_the_commit_and_never_on_a_rollback(app: Flask) -> None:
    seen: list[str] = []
    on(Appended)(lambda appended: seen.append(appended.event.payload["body"]))
    north, room = make_account(), make_room()
    with contextlib.suppress(RuntimeError), db.transaction():
        talking.post_message(service.room_for(north, room.slug), Draft(uuid.uuid4(), "taken back"))
        raise RuntimeError
    with db.transaction():
        talking.post_message(service.room_for(north, room.slug), Draft(uuid.uuid4(), "said"))
        assert seen == []
    assert seen == ["said"]


def test_history_is_read_in_pages_from_the_newest(app: Flask) -> None:
    north, room = make_account(), make_room()
    for number in range(1, 121):
        say(north, room, str(number))
    with db.reading():
        place = service.room_for(north, room.slug)
        newest = history.newest(place)
        older = history.newest(place, newest.oldest)
        oldest = history.newest(place, older.oldest)
    read = [event["seq"] for page in (oldest, older, newest) for event in page.events]
    assert read == list(range(1, 121))
    assert [page.more for page in (newest, older, oldest)] == [True, True, False]


def test_sync_gives_at_most_two_hundred_ascending_and_says_that_there_is_more(app: Flask) -> None:
    north, room = make_account(), make_room()
    for number in range(1, 251):
        say(north, room, str(number))
    with db.reading():
        place = service.room_for(north, room.slug)
        first = history.since(place, 0)
        rest = history.since(place, first.events[-1]["seq"])
    assert [event["seq"] for event in first.events + rest.events] == list(range(1, 251))
    assert (len(first.events), first.more, rest.more, first.head) == (200, True, False, 250)


@pytest.mark.parametrize(("after", "epoch"), [(99, None), (0, 7)])
def test_a_cursor_from_another_log_is_reset(app: Flask, after: int, epoch: int | None) -> None:
    north, room = make_account(), make_room()
    say(north, room)
    with db.reading():
        page = history.since(service.room_for(north, room.slug), after, epoch)
    assert page.reset
    assert page.events == []


def test_reading_marks_only_move_forward_and_not_past_the_end(app: Flask) -> None:
    north, heron, room = make_account(), make_account(), make_room()
    make_membership(room, heron)
    for _ in range(3):
        say(north, room)
    for seq, unread in ((2, 1), (1, 1), (10**9, 0)):
        with db.transaction():
            talking.mark_read(service.room_for(heron, room.slug), seq)
        with db.reading():
            assert service.room_for(heron, room.slug).unread == unread


def test_retention_empties_what_was_said_and_keeps_its_number(app: Flask, frozen: object) -> None:
    north, room = make_account(), make_room(retention_days=7)
    say(north, room, "eight days ago")
    clock.shift(days=8)
    say(north, room, "today")
    jobs.forget_what_has_passed()
    with db.reading() as session:
        events = history.newest(service.room_for(north, room.slug)).events
        kept = session.execute(select(RoomEvent.seq, RoomEvent.payload_sealed).order_by(RoomEvent.seq)).all()
    assert [(event["seq"], event["kind"]) for event in events] == [(1, "expired"), (2, "message")]
    assert kept[0].payload_sealed is None
    assert say(north, room).seq == 3


def test_words_are_not_in_the_database_in_the_clear(app: Flask) -> None:
    canary = "heliotrope-canary-4711"
    north, room = make_account(), make_room()
    say(north, room, canary)
    with db.engine().connect() as connection:
        (raw,) = connection.execute(text("select payload_sealed from room_events")).one()
    assert canary.encode() not in bytes(raw)


def test_swapped_rows_do_not_open_and_do_not_shut_the_room(app: Flask) -> None:
    north, room = make_account(), make_room()
    first, second = say(north, room, "one"), say(north, room, "two")
    with db.transaction() as session:
        rows = {row.seq: row for row in session.scalars(select(RoomEvent))}
        rows[first.seq].payload_sealed, rows[second.seq].payload_sealed = (
            rows[second.seq].payload_sealed,
            rows[first.seq].payload_sealed,
        )
    say(north, room, "three")
    assert heard(north, room) == ["", "", "three"]


def test_answering_a_message_that_one_cannot_see_is_answering_nothing(app: Flask) -> None:
    north = make_account()
    elsewhere = say(north, make_room(), "there")
    here = make_room()
    for target in (elsewhere.id, uuid.uuid4()):
        with pytest.raises(NotFound), db.transaction():
            talking.post_message(
                service.room_for(north, here.slug), Draft(uuid.uuid4(), "re", reply_to=target)
            )


def test_a_member_that_is_gone_leaves_words_without_a_name(app: Flask) -> None:
    north, heron, room = make_account(), make_account(), make_room()
    say(north, room, "so long")
    with db.transaction() as session:
        session.delete(session.get(Account, north.id))
    with db.reading():
        (event,) = history.newest(service.room_for(heron, room.slug)).events
    assert event["author"]["pseudonym"] == "former member"
