"""The first operator: one link, one use."""

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from recovery_net.accounts import setup
from recovery_net.accounts.models import Role
from tests.accounts.conftest import (
    PASSPHRASE,
    account,
    codes_on,
    errors_on,
    is_signed_in,
    is_there,
    make_member,
)
from tests.pages import without_tokens


def make_operator(
    client: FlaskClient, link: str, pseudonym: str = "keeper", passphrase: str = PASSPHRASE
) -> TestResponse:
    return client.post(link, data={"pseudonym": pseudonym, "passphrase": passphrase})


def fresh_link() -> str:
    link = setup.setup_link()
    assert link is not None
    return link


def test_the_link_makes_an_operator_who_is_signed_in_and_has_codes(client: FlaskClient) -> None:
    link = fresh_link()
    assert client.get(link).status_code == 200
    assert make_operator(client, link).headers["Location"] == "/account/codes"
    made = account("keeper")
    assert (made.role, made.is_settled) == (Role.OPERATOR, True)
    assert is_signed_in(client)
    assert len(codes_on(client.get("/account/codes"))) == 10


def test_it_works_once_and_a_used_one_looks_like_a_made_up_one(client: FlaskClient, app: Flask) -> None:
    link = fresh_link()
    make_operator(client, link)
    stranger = app.test_client()
    used, made_up = stranger.get(link), stranger.get("/set-up/" + "x" * 43)
    assert used.status_code == made_up.status_code == 404
    assert without_tokens(used) == without_tokens(made_up)
    assert make_operator(stranger, link, "another").status_code == 404
    assert not is_there("another")


def test_a_fresh_link_replaces_the_older_one(client: FlaskClient) -> None:
    older, newer = fresh_link(), fresh_link()
    assert client.get(older).status_code == 404
    assert client.get(newer).status_code == 200


def test_with_an_operator_there_is_no_link(client: FlaskClient) -> None:
    link = fresh_link()
    make_member("keeper", role=Role.OPERATOR)
    assert setup.setup_link() is None
    assert client.get(link).status_code == 404


def test_a_wrong_form_does_not_use_the_link_up(client: FlaskClient) -> None:
    link = fresh_link()
    page = make_operator(client, link, "k", "short")
    assert page.status_code == 422
    assert "10 characters" in errors_on(page)["passphrase"]
    make_member("river-keeper")
    assert "taken" in errors_on(make_operator(client, link, "river.keeper"))["pseudonym"]
    assert make_operator(client, link).status_code == 303
