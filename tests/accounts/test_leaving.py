"""Ways out. Leaving works whatever else does not."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from recovery_net.accounts.models import Account
from recovery_net.core import db
from tests.accounts.conftest import devices, is_signed_in, sign_in_with


def test_signing_out_ends_the_session_and_clears_the_browser(client: FlaskClient, member: Account) -> None:
    sign_in_with(client, "quiet-river-27")
    answer = client.post("/sign-out")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert not is_signed_in(client)
    assert devices("quiet-river-27") == []


def test_a_copied_cookie_is_worth_nothing_after_signing_out(
    client: FlaskClient, app: Flask, member: Account
) -> None:
    sign_in_with(client, "quiet-river-27")
    copy = app.test_client()
    with client.session_transaction() as cookie, copy.session_transaction() as copied:
        copied.update(cookie)
    assert is_signed_in(copy)
    client.post("/sign-out")
    assert not is_signed_in(copy)


def test_quick_exit_ends_the_session_and_leads_away(client: FlaskClient, member: Account) -> None:
    sign_in_with(client, "quiet-river-27")
    answer = client.post("/exit")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/away")
    assert "storage" in answer.headers["Clear-Site-Data"]
    assert devices("quiet-river-27") == []
    assert not is_signed_in(client)


@pytest.mark.parametrize("token", [None, "", "expired"])
def test_quick_exit_works_without_a_session_and_with_any_token(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch, token: str | None
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    answer = client.post("/exit", data={} if token is None else {"csrf_token": token})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/away")


def test_quick_exit_works_before_the_guidelines_are_agreed(
    sign_in: Callable[[Account], FlaskClient], member: Account
) -> None:
    with db.transaction() as session:
        session.get_one(Account, member.id).guidelines_version = 0
    client = sign_in(member)
    assert client.post("/exit").headers["Location"] == "/away"
    assert not is_signed_in(client)


def test_the_page_one_leaves_for_says_nothing_of_this_place(client: FlaskClient, app: Flask) -> None:
    page = client.get("/away")
    assert page.status_code == 200
    for word in ("recovery", app.config["SETTINGS"].site_name.lower(), "member", "sign in"):
        assert word not in page.text.lower()


def test_back_shows_nothing(client: FlaskClient, member: Account) -> None:
    sign_in_with(client, "quiet-river-27")
    assert client.get("/account").headers["Cache-Control"] == "no-store"


def test_quick_exit_works_while_the_database_is_away(client: FlaskClient, member: Account) -> None:
    sign_in_with(client, "quiet-river-27")
    url = db.engine().url.render_as_string(hide_password=False)
    try:
        db.connect("sqlite:////nowhere/at/all.sqlite3")
        with pytest.raises(OperationalError), db.reading() as session:
            session.connection()
        answer = client.post("/exit")
    finally:
        db.connect(url)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/away")
