"""Statements that go straight to the driver, in batches, on both engines."""

import uuid
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from recovery_net.accounts.models import Account
from recovery_net.core import db
from recovery_net.core.many import Many, insert_all
from recovery_net.core.straight import Straight
from recovery_net.rooms.models import Membership, Room
from tests.factories import make_account, make_room

UNKNOWN = uuid.UUID(int=0)


def seats() -> Straight:
    columns = (Membership.id, Membership.is_host, Membership.read_seq, Membership.since, Room.slug)
    asked = select(*columns).join(Room).where(Membership.account_id == bindparam("account"))
    return Straight(asked, db.engine().dialect)


def renaming() -> Straight:
    named = update(Room).where(Room.slug == bindparam("old")).values(slug=bindparam("new"))
    return Straight(named, db.engine().dialect)


def slugs() -> set[str]:
    with db.reading() as session:
        return set(session.scalars(select(Room.slug)))


def rename(*pairs: tuple[str, str]) -> None:
    with db.batch():
        db.leave(*((renaming(), {"old": old, "new": new}) for old, new in pairs))


def leave_and_fail(slug: str) -> None:
    with db.part():
        db.leave((renaming(), {"old": slug, "new": "gone"}))
        raise ZeroDivisionError


def ask_a_server_that_is_gone() -> None:
    with db.batch():
        (own,) = db.core().exec_driver_sql("SELECT pg_backend_pid()").one()
        with db.engine().connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({own}, 5000)")
        db.ask((seats(), {"account": UNKNOWN}))


def test_values_come_back_as_their_columns_promise(app: Flask) -> None:
    account, room = make_account(), make_room()
    with db.transaction() as session:
        seat = Membership(room_id=room.id, account_id=account.id, since=date(2026, 5, 4), read_seq=3)
        session.add(seat)
    with db.batch():
        (mine, nobodys) = db.ask((seats(), {"account": account.id}), (seats(), {"account": UNKNOWN}))
    assert [tuple(row) for row in mine] == [(seat.id, False, 3, date(2026, 5, 4), room.slug)]
    assert list(nobodys) == []


def test_what_is_left_for_the_end_is_committed_and_seen_by_whoever_asks_before(app: Flask) -> None:
    room = make_room()
    with db.batch():
        db.leave((renaming(), {"old": room.slug, "new": "left"}))
        assert db.session().get_one(Room, room.id).slug == "left"
        db.leave((renaming(), {"old": "left", "new": "right"}))
    assert "right" in slugs()
    assert "left" not in slugs()


def test_a_batch_that_breaks_leaves_nothing_and_the_connection_goes_on(app: Flask) -> None:
    room, other = make_room(), make_room()
    for _again in range(3):
        with pytest.raises(IntegrityError):
            rename((room.slug, "first"), ("first", other.slug))
        assert slugs() >= {room.slug, other.slug}
        with db.batch():
            assert db.ask((seats(), {"account": UNKNOWN})) == [[]]


def test_an_act_that_is_taken_back_takes_back_what_it_left(app: Flask) -> None:
    room = make_room()
    with db.batch():
        with pytest.raises(ZeroDivisionError):
            leave_and_fail(room.slug)
        assert db.ask((seats(), {"account": UNKNOWN})) == [[]]
    assert room.slug in slugs()


def test_words_keep_every_sign_on_their_way_through_an_array(app: Flask) -> None:
    words = ['say "this"', "back\\slash", "{a,b}", "NULL", "", "tab\tand\nline", "käse 😀", "%s $1"]
    many = Many(*[Account.__table__.c.pseudonym.type])
    statement = select(many.columns[0]).select_from(many.source)
    with db.batch():
        assert [
            row[0] for row in db.core().execute(statement, many.given((word,) for word in words))
        ] == words


def test_a_connection_that_the_server_closed_is_told_as_an_outage_and_replaced(app: Flask) -> None:
    if not db.is_postgresql():
        pytest.skip("SQLite has no server")
    with pytest.raises(OperationalError):
        ask_a_server_that_is_gone()
    with db.batch():
        assert db.ask((seats(), {"account": UNKNOWN})) == [[]]


def test_a_row_of_every_kind_is_inserted_as_it_was_given(app: Flask) -> None:
    account, room = make_account(), make_room()
    row = (uuid.uuid4(), room.id, account.id, "active", True, 7, date(2026, 1, 2), b"\x00\\\xff")
    with db.batch():
        insert_all(Membership.__table__, [row])  # type: ignore[arg-type]
    with db.reading() as session:
        kept = session.execute(select(*Membership.__table__.columns)).one()
    assert tuple(kept) == row
