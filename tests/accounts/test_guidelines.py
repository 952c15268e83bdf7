"""The guidelines: for everyone to read, and asked again when they change."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from recovery_net.accounts import guidelines
from recovery_net.accounts.guidelines import needs_guidelines
from recovery_net.accounts.models import Account
from recovery_net.core import db
from tests.accounts.conftest import account, is_signed_in

SignIn = Callable[[Account], FlaskClient]


@pytest.fixture
def behind(member: Account) -> Account:
    """A member who agreed to an older text."""
    with db.transaction() as session:
        found = session.get_one(Account, member.id)
        found.guidelines_version = guidelines.VERSION - 1
    return found


def test_anybody_can_read_them(client: FlaskClient) -> None:
    page = client.get("/guidelines")
    assert page.status_code == 200
    assert len(BeautifulSoup(page.data, "html.parser").select("ol.prose li")) == len(guidelines.POINTS) == 10


def test_a_changed_text_is_asked_again_before_anything_else(sign_in: SignIn, behind: Account) -> None:
    client = sign_in(behind)
    assert client.get("/account").headers["Location"] == "/guidelines/agree"
    assert client.post("/account/devices/end").status_code == 403
    assert is_signed_in(client) is False
    assert client.get("/guidelines/agree").status_code == 200
    assert client.post("/guidelines/agree").headers["Location"] == "/"
    assert is_signed_in(client)


def test_help_and_the_way_out_stay_open(sign_in: SignIn, behind: Account) -> None:
    client = sign_in(behind)
    assert client.get("/guidelines").status_code == 200
    assert client.get("/help").status_code == 200
    assert client.post("/sign-out").status_code == 303


def test_who_agreed_is_not_asked(sign_in: SignIn, member: Account) -> None:
    assert not needs_guidelines(member)
    assert is_signed_in(sign_in(member))


def test_agreeing_is_kept_by_version_and_not_by_time(sign_in: SignIn, behind: Account) -> None:
    assert needs_guidelines(behind)
    sign_in(behind).post("/guidelines/agree")
    assert account("quiet-river-27").guidelines_version == guidelines.VERSION
