"""Where joining is by invitation: counted links that end."""

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from recovery_net.accounts import invitations, jobs
from recovery_net.accounts.models import Account, Invitation, Role
from recovery_net.core import db
from recovery_net.core.errors import NotAllowed
from tests.accounts.conftest import PASSPHRASE, alerts_on, is_there, make_member
from tests.factories import make_account

SignIn = Callable[[Account], FlaskClient]


@pytest.fixture(autouse=True)
def by_invitation(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], registration="invite"))


@pytest.fixture
def keeper(app: Flask) -> Account:
    return make_member("keeper", role=Role.MODERATOR)


def link_from(page: TestResponse) -> str:
    found = BeautifulSoup(page.data, "html.parser").select_one("[data-link]")
    assert found is not None
    return "/join?" + found.get_text().partition("?")[2]


def join_by(app: Flask, link: str, pseudonym: str) -> TestResponse:
    client = app.test_client()
    form = BeautifulSoup(client.get(link).data, "html.parser").select_one("input[name=invitation]")
    assert form is not None
    fields = {"pseudonym": pseudonym, "passphrase": PASSPHRASE, "agree": "y", "invitation": form["value"]}
    return client.post("/join", data=fields)


def test_without_an_invitation_nobody_joins(client: FlaskClient) -> None:
    assert "An invitation is needed" in client.get("/join").text
    page = client.post("/join", data={"pseudonym": "quiet-river-27", "passphrase": PASSPHRASE, "agree": "y"})
    assert page.status_code == 422
    assert "not open" in alerts_on(page)
    assert not is_there("quiet-river-27")


def test_a_link_lets_as_many_in_as_it_says(app: Flask, sign_in: SignIn, keeper: Account) -> None:
    link = link_from(sign_in(keeper).post("/account/invitations", data={"uses": "2"}))
    assert join_by(app, link, "quiet-river-27").status_code == 303
    assert join_by(app, link, "slow-tide-41").status_code == 303
    assert join_by(app, link, "late-heron-12").status_code == 422
    assert not is_there("late-heron-12")


def test_a_wrong_form_does_not_use_it_up(app: Flask, sign_in: SignIn, keeper: Account) -> None:
    link = link_from(sign_in(keeper).post("/account/invitations", data={"uses": "1"}))
    assert join_by(app, link, "Maria Gonzalez").status_code == 422
    assert join_by(app, link, "quiet-river-27").status_code == 303


def test_used_expired_and_made_up_links_get_the_same_answer(
    app: Flask, sign_in: SignIn, keeper: Account, frozen: ModuleType
) -> None:
    client = sign_in(keeper)
    used = link_from(client.post("/account/invitations", data={"uses": "1"}))
    expired = link_from(client.post("/account/invitations", data={"uses": "1"}))
    join_by(app, used, "slow-tide-41")
    frozen.shift(days=7)
    answers = [join_by(app, link, "quiet-river-27") for link in (used, expired, "/join?invitation=made-up")]
    assert {answer.status_code for answer in answers} == {422}
    assert len({alerts_on(answer) for answer in answers}) == 1


def test_a_link_can_be_closed_by_who_made_it_only(app: Flask, sign_in: SignIn, keeper: Account) -> None:
    link = link_from(sign_in(keeper).post("/account/invitations", data={"uses": "5"}))
    with db.reading() as session:
        made = session.query(Invitation).one().id
    other = sign_in(make_account(role=Role.MODERATOR))
    other.post(f"/account/invitations/{made}/end")
    assert "An invitation is needed" not in client_page(app, link)
    sign_in(keeper).post(f"/account/invitations/{made}/end")
    assert "An invitation is needed" in client_page(app, link)


def client_page(app: Flask, link: str) -> str:
    return app.test_client().get(link).text


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.MEMBER, False), (Role.COUNSELOR, False), (Role.MODERATOR, True), (Role.OPERATOR, True)],
)
def test_moderators_and_operators_invite(sign_in: SignIn, role: Role, may: bool) -> None:
    actor = make_account(role=role)
    client = sign_in(actor)
    assert client.get("/account/invitations").status_code == (200 if may else 403)
    assert client.post("/account/invitations", data={"uses": "1"}).status_code == (200 if may else 403)
    assert ("/account/invitations" in client.get("/account").text) == may
    if not may:
        with pytest.raises(NotAllowed), db.transaction():
            invitations.make_invitation(actor, 1)


@pytest.mark.parametrize("uses", ["0", "21", "-1", "many", ""])
def test_a_link_is_for_one_to_twenty(sign_in: SignIn, keeper: Account, uses: str) -> None:
    assert sign_in(keeper).post("/account/invitations", data={"uses": uses}).status_code == 422


def test_links_that_nobody_can_use_are_removed(sign_in: SignIn, keeper: Account, frozen: ModuleType) -> None:
    sign_in(keeper).post("/account/invitations", data={"uses": "3"})
    jobs.drop_closed_invitations()
    with db.reading() as session:
        assert session.query(Invitation).count() == 1
    frozen.shift(days=8)
    jobs.drop_closed_invitations()
    with db.reading() as session:
        assert session.query(Invitation).count() == 0
