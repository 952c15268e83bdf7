"""The page as people get it."""

import re
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup

from recovery_net.accounts.models import Role
from recovery_net.help.lines import Confidence, all_lines, board_for, countries
from tests.factories import make_account, make_membership, make_room


def read(client, country: str = "US", **more) -> BeautifulSoup:
    answer = client.get("/help", query_string={"country": country, **more})
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser")


def text(soup: BeautifulSoup) -> str:
    return " ".join(soup.main.get_text(" ").split())


def test_it_is_open_to_everyone_and_the_first_number_is_the_largest_thing(client):
    page = read(client)
    first = page.select_one(".call")
    assert first["href"] == "tel:988"
    assert "Call 988" in " ".join(first.get_text(" ").split())
    assert "free, 24/7" in first.get_text()


def test_there_is_always_an_emergency_number_and_a_second_way(client):
    for country in countries():
        page = read(client, country)
        danger = page.select_one(".danger")
        assert "In danger right now?" in danger.get_text()
        assert danger.select_one('a[href^="tel:"]'), country
        assert page.select_one('#others + ul a[href^="/leave?to="]'), "the list of all countries' lines"


def test_hours_and_the_emergency_number_stand_beside_a_line_that_is_not_always_open(client):
    seen = 0
    for country in countries():
        page, board = read(client, country), board_for(country, ["en"])
        call = board.emergency.dial if board.emergency else "tel:112"
        places = dict(zip(board.others, page.select("#others + ul > li"), strict=False))
        for line, place in ({board.first: page.select_one(".card-warm")} | places).items():
            if line and not line.is_always_open:
                seen += 1
                assert (line.hours or "hours not known") in place.get_text(), line.name
                assert place.select_one(f'a[href="{call}"]'), line.name
    assert seen > 20


def test_a_member_sees_nothing_that_is_not_confirmed(sign_in):
    browser = sign_in(make_account())
    for country in countries():
        words = text(read(browser, country))
        unsure = [
            line for line in all_lines() if line.country == country and line.confidence is not Confidence.HIGH
        ]
        for line in unsure:
            assert line.name not in words or line.name == "Emergency services", line.name
            assert line.note not in words, line.name
        assert "check before you rely on it" not in words


@pytest.mark.parametrize("role", [Role.COUNSELOR, Role.MODERATOR, Role.OPERATOR])
def test_staff_see_unconfirmed_lines_marked_as_such(sign_in, role):
    words = text(read(sign_in(make_account(role=role)), "DK"))
    assert "check before you rely on it" in words
    assert "Livslinien" in words
    assert "NDLEA" not in text(read(sign_in(make_account(role=role)), "NG"))


def test_numbers_have_no_country_prefix(client):
    for country in countries():
        for link in read(client, country).select('a[href^="tel:"]'):
            assert re.fullmatch(r"tel:[\d*#]+", link["href"])


def test_a_warning_stands_beside_the_line_it_is_about(client):
    assert "1933: that is a police tip line" in text(read(client, "IN"))


def test_other_sites_are_reached_through_the_leave_page_only(client):
    for country in countries():
        for link in read(client, country).select("a[href]"):
            assert not link["href"].startswith(("http", "//")), link["href"]


def test_the_country_is_guessed_from_the_language_of_the_browser(client):
    page = client.get("/help", headers={"Accept-Language": "fr-FR,fr;q=0.9,en;q=0.5"}).text
    assert 'href="tel:3114"' in page


def test_the_zone_of_the_account_outdoes_the_browser(sign_in):
    browser = sign_in(make_account(time_zone="Europe/Berlin"))
    page = browser.get("/help", headers={"Accept-Language": "en-US"}).text
    assert 'href="tel:08001110111"' in page
    assert 'href="tel:988"' not in page


def test_an_address_says_nothing_about_the_country(client):
    there = client.get(
        "/help", environ_base={"REMOTE_ADDR": "133.11.0.1"}, headers={"X-Forwarded-For": "133.11.0.1"}
    )
    assert 'href="tel:988"' in there.text


@pytest.mark.parametrize("country", ["EG", "other", "XX", "<b>", "\u0000", "USA" * 400])
def test_an_unknown_country_gets_no_other_countrys_short_number(client, country):
    page = read(client, country)
    assert not page.select('a[href="tel:988"]')
    assert page.select('a[href="tel:112"]')
    assert page.select_one("option[selected]")["value"] == "other"
    assert "<b>" not in str(page.main)


def test_every_country_can_be_chosen_by_name_without_javascript(client):
    form = read(client).select_one("form#country")
    assert (form["method"], form["action"]) == ("get", "/help")
    options = {option["value"]: option.get_text() for option in form.select("option")}
    assert set(options) == {*countries(), "other"}
    assert options["DE"] == "Germany"
    assert form.select_one("button")
    assert not form.select("[onchange]")


def test_exercises_open_without_javascript(client):
    page = read(client)
    assert [item.h3.get_text(strip=True) for item in page.select("details > summary")] == [
        "Ride the wave, 2 minutes",
        "Come back to the room, 1 minute",
    ]


def test_it_sends_members_to_their_rooms_and_promises_nobody(sign_in):
    account, room = make_account(), make_room("quiet-corner", name="Quiet corner")
    make_membership(room, account)
    page = read(sign_in(account))
    assert page.select_one('#people ~ .row a[href="/rooms/quiet-corner"]')
    assert "does not call anyone here" in text(page)


def test_nobody_is_asked_anything_of_the_database_for_a_visitor(client, queries):
    client.get("/help")
    assert queries == []


def test_headings_and_labels_are_in_order(client):
    page = read(client, "GB")
    levels = [int(heading.name[1]) for heading in page.select("h1, h2, h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))
    for tag in page.select("[aria-labelledby], [aria-describedby], label[for]"):
        for name in ("aria-labelledby", "aria-describedby", "for"):
            for target in (tag.get(name) or "").split():
                assert target in ids
