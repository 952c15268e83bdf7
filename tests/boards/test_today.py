"""Today: the first page of a member."""

import json
import uuid
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup

from recovery_net.core import clock, db
from recovery_net.meetings import importing
from recovery_net.rooms.models import Standing
from recovery_net.rooms.service import room_for
from recovery_net.rooms.talking import Draft, post_message
from tests.factories import make_account, make_membership, make_room


def page_of(browser) -> BeautifulSoup:
    answer = browser.get("/")
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser")


def say(author, slug: str, body: str) -> None:
    with db.transaction():
        post_message(room_for(author, slug), Draft(uuid.uuid4(), body))


def list_meetings(*rows: dict) -> None:
    full = [
        {"slug": row["name"].lower().replace(" ", "-"), "timezone": "UTC", "program": "aa"} | row
        for row in rows
    ]
    importing.import_list(json.dumps(full).encode(), importing.Request("tests", "meeting-guide"), apply=True)


@pytest.mark.parametrize(
    ("hour", "greeting"),
    [
        (3, "Good evening"),
        (4, "Good morning"),
        (11, "Good morning"),
        (12, "Good afternoon"),
        (18, "Good evening"),
    ],
)
def test_the_greeting_goes_by_the_readers_own_clock(sign_in, frozen, hour, greeting):
    frozen.freeze(datetime(2026, 11, 23, hour, 30, tzinfo=UTC))
    page = page_of(sign_in(make_account("heath", time_zone="Africa/Abidjan")))  # UTC all year
    assert page.h1.get_text() == f"{greeting}, heath"


def test_where_nobody_said_where_they_are_it_is_only_hello(sign_in, frozen):
    page = page_of(sign_in(make_account("heath")))
    assert page.h1.get_text() == "Hello, heath"
    assert page.h1["data-evening"] == "Good evening, heath"  # for the device, which knows


def test_my_rooms_come_with_what_is_new_the_newest_first(sign_in):
    reader, other = make_account(), make_account()
    for slug in ("a-quiet-one", "busy"):
        make_membership(make_room(slug), reader)
    say(other, "busy", "Evening.")
    say(other, "busy", "Anyone up?")
    page = page_of(sign_in(reader))
    rooms = page.select("#my-rooms")[0].find_parent("section").select("li")
    assert [room.a["href"] for room in rooms] == ["/rooms/busy", "/rooms/a-quiet-one"]
    assert rooms[0].select_one("[data-badge]").get_text().split() == ["2", "new"]
    assert "2 new messages in your rooms." in page.get_text()
    assert "Anyone up?" not in page.get_text()


def test_an_invitation_can_be_taken_or_declined(sign_in):
    reader, room = make_account(), make_room("inner-circle", access="private")
    make_membership(room, reader, Standing.INVITED)
    browser = sign_in(reader)
    page = page_of(browser)
    forms = [form["action"] for form in page.select(".invitation form")]
    assert forms == ["/rooms/inner-circle/join", "/rooms/inner-circle/leave"]
    browser.post(forms[0])
    assert page_of(browser).select('#my-rooms ~ *, section:has(#my-rooms) a[href="/rooms/inner-circle"]')


def test_a_newcomer_is_shown_rooms_to_walk_into_before_anything_else(sign_in):
    for number in range(6):
        make_room(f"room-{number}-of-six")
    make_room("by-request", access="request")
    make_room("hidden", access="private")
    page = page_of(sign_in(make_account()))
    first = page.main.select_one("section")
    links = [link["href"] for link in first.select("li a")]
    assert first.h2.get_text() == "Rooms you can walk into"
    assert len(links) == 4
    assert not {"/rooms/by-request", "/rooms/hidden"} & set(links)


def test_an_empty_instance_says_so_kindly(sign_in):
    page = page_of(sign_in(make_account()))
    assert [state.h2.get_text() for state in page.select(".empty")] == ["No rooms yet", "No meeting is near"]


def test_the_next_meetings_are_those_within_reach(sign_in, frozen):
    far = {"timezone": "Asia/Kolkata", "formatted_address": "1 A Street, Mumbai, 400001, India"}
    near = {"timezone": "Africa/Abidjan", "formatted_address": "1 B Street, Abidjan, 10, Ivory Coast"}
    online = {"conference_url": "https://meet.jit.si/quiet"}
    list_meetings(
        {"name": "Hall far away", "day": 1, "time": "10:00"} | far,
        {"name": "Online anywhere", "day": 1, "time": "11:00"} | online,
        {"name": "Hall nearby", "day": 1, "time": "12:00"} | near,
        {"name": "Earlier today", "day": 1, "time": "06:00"} | online,
        {"name": "By appointment"} | online,
    )
    page = page_of(sign_in(make_account(time_zone="Africa/Abidjan")))
    soon = page.select_one("#soon").find_parent("section")
    names = [link.get_text() for link in soon.select("a.today-meeting")]
    assert names[:2] == ["Online anywhere", "Hall nearby"]
    assert "Hall far away" not in names
    assert "By appointment" not in names
    assert soon.select_one("time")["datetime"].startswith("2026-11-23T11:00")


def test_a_crowd_of_halls_far_away_does_not_hide_what_is_online(sign_in, frozen):
    far = {"timezone": "Asia/Kolkata", "formatted_address": "1 A Street, Mumbai, 400001, India"}
    halls = [{"name": f"Hall {number}", "day": 1, "time": "16:00"} | far for number in range(120)]
    list_meetings(
        *halls, {"name": "At last", "day": 1, "time": "20:00", "conference_url": "https://meet.jit.si/x"}
    )
    page = page_of(sign_in(make_account(time_zone="Africa/Abidjan")))
    assert page.select_one("a.today-meeting").get_text() == "At last"


def test_a_meeting_that_is_open_now_is_marked_in_words(sign_in, frozen):
    list_meetings(
        {"name": "Early risers", "day": 1, "time": "09:00", "conference_url": "https://meet.jit.si/up"}
    )
    page = page_of(sign_in(make_account()))
    assert "open now" in page.select_one(".timed").get_text()


def test_a_cancelled_sitting_is_not_offered(sign_in, frozen):
    today = clock.today().isoformat()
    online = {"conference_url": "https://meet.jit.si/quiet"}
    list_meetings({"name": "Paused", "day": 1, "time": "11:00", "recovery_net_except": today} | online)
    page = page_of(sign_in(make_account()))
    assert not [at for at in page.select(".timed time") if at["datetime"].startswith(today)]


def test_a_stranger_sees_none_of_it(client):
    page = BeautifulSoup(client.get("/").text, "html.parser")
    assert "Good evening" not in page.get_text()
    assert page.select_one('a[href="/join"]')
