"""Filling an instance: once, through the rules, also when it was cut short."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from recovery_net import demo
from recovery_net.accounts import passphrases
from recovery_net.accounts.models import Account, Role
from recovery_net.core import clock, db
from recovery_net.demo import filling, listing, script
from recovery_net.meetings.models import Meeting
from recovery_net.realtime.log import RoomEvent
from recovery_net.rooms import history, service
from recovery_net.rooms.models import Membership, Room, Standing
from tests.factories import make_account
from tests.refusing import refusing

SAID = sum(len(script.week_of(room["slug"])) for room in script.rooms())


def counts() -> dict[str, int]:
    models = (Account, Room, Membership, RoomEvent, Meeting)
    with db.reading() as session:
        return {
            model.__tablename__: session.scalar(select(func.count()).select_from(model)) for model in models
        }


@pytest.fixture
def filled(app, capsys) -> str:
    demo.fill(app)
    return capsys.readouterr().out


def test_an_empty_instance_gets_people_who_can_sign_in(filled, client):
    assert counts()["accounts"] == len(script.people())
    for person in script.people():
        assert person["pseudonym"] in filled
    assert filling.PASSPHRASE in filled
    with db.reading() as session:
        heath = session.scalar(select(Account).where(Account.pseudonym == "heath"))
    assert passphrases.is_right(heath.passphrase_hash, filling.PASSPHRASE)
    form = {"pseudonym": "heath", "passphrase": filling.PASSPHRASE}
    assert client.post("/sign-in", data=form).status_code == HTTPStatus.SEE_OTHER
    assert "heath" in client.get("/").text


def test_a_second_start_changes_nothing(filled, app, capsys):
    before = counts()
    assert (before["rooms"], before["room_events"], before["meetings"]) == (5, SAID, listing.HOW_MANY)
    demo.fill(app)
    assert counts() == before
    assert filling.PASSPHRASE in capsys.readouterr().out


def test_a_fill_that_is_cut_short_again_and_again_goes_on_where_it_stopped(app):
    for step in ("rooms", "memberships", "room_events", "meetings"):
        with pytest.raises(OperationalError), refusing(f"INSERT INTO {step} "):
            demo.fill(app)
    demo.fill(app)
    found = counts()
    assert (found["room_events"], found["meetings"], found["rooms"]) == (SAID, listing.HOW_MANY, 5)


def test_somebody_elses_database_is_left_alone(app, capsys):
    make_account("plain-person-12")
    demo.fill(app)
    assert counts()["accounts"] == 1
    assert "members of its own" in capsys.readouterr().out


def test_all_that_was_said_is_shown_in_order_and_lies_in_the_past_week(filled):
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5), "the clock runs again"
    for room in script.rooms():
        with db.reading() as session:
            reader = session.scalar(select(Account).where(Account.pseudonym == room["members"][0]))
            page = history.since(service.room_for(reader, room["slug"]), 0)
        assert [event["body"] for event in page.events] == [
            said.body for said in script.week_of(room["slug"])
        ]
        assert [event["seq"] for event in page.events] == list(range(1, len(page.events) + 1))
        moments = [datetime.fromisoformat(event["sent_at"]) for event in page.events]
        assert moments == sorted(moments)
        assert clock.now() - timedelta(days=script.DAYS + 1) < moments[0]
        assert moments[-1] < clock.now()


def test_doors_are_what_the_rooms_say_and_something_is_new(filled):
    with db.reading() as session:
        standings = session.execute(
            select(Room.slug, Account.pseudonym, Membership.standing)
            .select_from(Membership)
            .join(Room)
            .join(Account)
        ).all()
        roles = dict(session.execute(select(Account.pseudonym, Account.role)).all())
    waiting = {(slug, who): how for slug, who, how in standings if how != Standing.ACTIVE}
    assert waiting == {
        ("parents-in-recovery", "vereda"): Standing.REQUESTED,
        ("tuesday-iop-group", "heath"): Standing.INVITED,
    }
    assert roles["lighthouse"] == Role.OPERATOR
    with db.reading() as session:
        heath = session.scalar(select(Account).where(Account.pseudonym == "heath"))
        unread = {place.slug: place.unread for place in service.my_places(heath)}
    assert unread == {"evening-check-in": 5, "first-ninety-days": 4, "noche-tranquila": 1}
