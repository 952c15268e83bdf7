"""Without a session no page shows a member's words or name, nor how to join a meeting (security.md, 8 and 10)."""

import json
import re
import uuid
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from recovery_net import doors
from recovery_net.accounts import invitations, setup
from recovery_net.accounts.models import Role
from recovery_net.core import db
from recovery_net.meetings import importing
from recovery_net.rooms import service, talking
from recovery_net.rooms.service import RoomDraft
from recovery_net.rooms.talking import Draft
from tests.factories import make_account

MEMBER, KEEPER = "heron-canary-31", "harbour-canary-32"
WORDS, TOPIC, RULES, NOTE = ("words-canary", "topic-canary", "rules-canary", "note-canary")
LINK = "https://zoom.us/j/99111999111"
SECRETS = (MEMBER, KEEPER, WORDS, TOPIC, RULES, NOTE, "99111999111", "linkcode-canary")
MEETING: dict[str, Any] = {
    "name": "Candlelight on the Hill",
    "slug": "candlelight",
    "day": 2,
    "time": "19:30",
    "timezone": "Europe/Berlin",
    "conference_url": LINK,
    "conference_url_notes": "Passcode: linkcode-canary",
    "formatted_address": "Lindenweg 4, 10115 Berlin, Germany",
}


@pytest.fixture
def addresses(app: Flask) -> dict[str, str]:
    """A place with people, talk and a meeting in it; gives what its public addresses are made of."""
    link = setup.setup_link() or ""
    keeper, member = make_account(KEEPER, role=Role.MODERATOR), make_account(MEMBER)
    with db.transaction():
        room = service.open_room(keeper, RoomDraft("Evening", topic=TOPIC, guidelines=RULES))
        talking.post_message(
            service.room_for(member, room.slug), Draft(uuid.uuid4(), WORDS, content_note=NOTE)
        )
        token = invitations.make_invitation(keeper, 1)
    importing.import_list(
        json.dumps([MEETING]).encode(), importing.Request("Hill", "meeting-guide"), apply=True
    )
    return {
        "slug": MEETING["slug"],
        "token": link.rpartition("/")[2],
        "invitation": token,
        "room": room.slug,
    }


def pages(app: Flask, addresses: dict[str, str]) -> list[str]:
    """Every address that is open to everyone, and some of them asked for something."""
    adapter = app.url_map.bind("127.0.0.1")
    open_to_all = [
        adapter.build(rule.endpoint, {name: addresses[name] for name in rule.arguments})
        for rule in app.url_map.iter_rules()
        if rule.endpoint in (doors.PUBLIC | doors.PUBLIC_MEETINGS) - {"static"} and "GET" in rule.methods
    ]
    asked = [
        f"/join?invitation={addresses['invitation']}",
        f"/sign-in?next=/rooms/{addresses['room']}",
        "/meetings?q=canary",
        "/meetings?attendance=online",
        "/leave?to=https%3A%2F%2Fa.example%2F",
    ]
    return open_to_all + asked


def test_no_public_page_shows_a_member_or_their_words(
    app: Flask, client: FlaskClient, addresses: dict[str, str]
) -> None:
    shown = {path: client.get(path) for path in pages(app, addresses)}
    assert len([answer for answer in shown.values() if answer.status_code == 200]) > len(doors.PUBLIC) / 2
    assert MEETING["name"] in shown["/meetings/candlelight"].text  # what is there was there to be shown
    for path, answer in shown.items():
        told = answer.text + str(answer.headers)
        assert [secret for secret in SECRETS if secret in told] == [], path


def test_no_public_page_offers_itself_to_previews_and_search_engines(
    app: Flask, client: FlaskClient, addresses: dict[str, str]
) -> None:
    for path in pages(app, addresses):
        answer = client.get(path)
        assert "noindex" in answer.headers["X-Robots-Tag"], path
        if answer.mimetype == "text/html" and answer.status_code == 200:
            page = BeautifulSoup(answer.data, "html.parser")
            names = {tag.get("name") or tag.get("property") or "" for tag in page.find_all("meta")}
            assert not [name for name in names if re.match(r"og:|twitter:|description$", str(name))], path
            assert "robots" in names, path


def test_a_closed_page_says_nothing_but_the_way_to_sign_in(
    client: FlaskClient, addresses: dict[str, str]
) -> None:
    for there in (f"/rooms/{addresses['room']}", f"/rooms/{addresses['room']}/about"):
        missing = there.replace(addresses["room"], "no-such-room")
        answers = [client.get(path, follow_redirects=True) for path in (there, missing)]
        told = [re.sub(r'value="[^"]*"', "", answer.text) for answer in answers]  # where one wanted to go
        assert told[0] == told[1]
        assert not [secret for secret in SECRETS if secret in answers[0].text]
