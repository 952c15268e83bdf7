"""The page between here and another site."""

import pytest
from bs4 import BeautifulSoup

from tests.factories import make_account


def read(browser, to: str):
    answer = browser.get("/leave", query_string={"to": to})
    return answer, BeautifulSoup(answer.text, "html.parser")


def test_it_shows_where_a_link_leads_and_waits(client):
    address = "https://meetings.example.org/tonight?room=2&x=<b>"
    answer, page = read(client, address)
    assert answer.status_code == 200
    assert page.select_one(".leaving").get_text() == "meetings.example.org"
    assert page.select_one(".leaving-address").get_text() == address
    go = page.main.select_one('a[href^="https://"]')
    assert go["href"] == address
    assert {"noopener", "noreferrer"} <= set(go["rel"])
    assert not page.select('meta[http-equiv="refresh"]')
    assert "Location" not in answer.headers


def test_the_name_that_counts_is_the_host_and_not_what_looks_like_it(client):
    _answer, page = read(client, "https://bank.example.org.evil.example/https://bank.example.org")
    assert page.select_one(".leaving").get_text() == "bank.example.org.evil.example"


def test_it_says_when_the_way_is_not_encrypted(client):
    assert "not encrypted" in read(client, "http://example.org/")[1].get_text()
    assert "not encrypted" not in read(client, "https://example.org/")[1].get_text()


def test_letters_that_can_be_mistaken_are_pointed_out(client):
    assert "Look twice" in read(client, "https://exаmple.org/")[1].get_text()  # the third letter is Cyrillic
    assert "Look twice" not in read(client, "https://example.org/")[1].get_text()


@pytest.mark.parametrize(
    "to",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.org",
        "/rooms",
        "https://me@example.org",
        "ftp://x.org",
    ],
)
def test_what_is_no_way_to_another_site_is_not_found(client, to):
    assert read(client, to)[0].status_code == 404


def test_members_keep_their_way_back(sign_in):
    _answer, page = read(sign_in(make_account()), "https://example.org/")
    assert page.select_one('.row a[href="/"]').get_text(strip=True) == "Stay here"
    assert page.select_one("nav.bottombar")
