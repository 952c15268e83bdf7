"""Crisis lines are there when nothing else is (security.md, 32)."""

from recovery_net.accounts.models import Role
from tests.factories import make_account, make_membership, make_room
from tests.refusing import refusing


def test_a_visitor_does_not_notice(client, break_database):
    before = client.get("/help").text
    break_database()
    answer = client.get("/help")
    assert answer.status_code == 200
    assert 'href="tel:988"' in answer.text
    assert len(answer.text) == len(before)


def test_a_member_with_a_session_gets_the_numbers(sign_in, break_database):
    browser = sign_in(make_account())
    break_database()
    answer = browser.get("/help?country=DE")
    assert answer.status_code == 200
    assert 'href="tel:08001110111"' in answer.text
    assert "is not answering right now" in answer.text


def test_a_session_that_has_ended_is_no_outage(sign_in):
    browser = sign_in(make_account())
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = "ended"
    answer = browser.get("/help")
    assert answer.status_code == 200
    assert "is not answering right now" not in answer.text


def test_the_session_outlives_the_outage(sign_in, break_database, app):
    account = make_account(role=Role.COUNSELOR)
    make_membership(make_room("quiet-corner"), account)
    browser = sign_in(account)
    with browser.session_transaction() as cookie:
        before = cookie["_user_id"]
    break_database()
    browser.get("/help")
    with browser.session_transaction() as cookie:
        assert cookie["_user_id"] == before


def test_it_stands_when_the_database_goes_away_between_two_looks(sign_in):
    """The session was found, and then the side bar's look at the rooms fails."""
    browser = sign_in(make_account())
    with refusing("memberships"):
        answer = browser.get("/help")
    assert answer.status_code == 200
    assert 'href="tel:988"' in answer.text


def test_a_member_s_page_says_that_we_will_be_back(sign_in, break_database):
    browser = sign_in(make_account())
    break_database()
    answer = browser.get("/rooms")
    assert answer.status_code == 503
    assert 'href="/help"' in answer.text


def test_a_message_is_refused_for_now_and_in_words(sign_in, break_database):
    room = make_room("quiet-corner").slug
    browser = sign_in(make_account())
    break_database()
    message = {"cid": "0d8f9a4e-7a53-4a4c-9a2e-0c7f4a0f1f65", "body": "are you there?"}
    answer = browser.post(f"/api/v1/rooms/{room}/messages", json=message)
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert answer.json["title"]
