"""Recovery codes stand where others have e-mail: hashed, used once, and they say nothing to a stranger."""

from types import ModuleType

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from recovery_net.accounts import jobs
from recovery_net.accounts.models import Account, DeviceSession
from recovery_net.core import db
from tests.accounts.conftest import PASSPHRASE, alerts_on, codes_on, errors_on, is_signed_in, sign_in_with

NEW = "cedar window marble trombone"


def recover(client: FlaskClient, pseudonym: str, code: str, passphrase: str = NEW) -> TestResponse:
    return client.post("/recover", data={"pseudonym": pseudonym, "code": code, "passphrase": passphrase})


@pytest.fixture
def codes(client: FlaskClient) -> list[str]:
    """Somebody has joined on `client` and has these."""
    client.post("/join", data={"pseudonym": "quiet-river-27", "passphrase": PASSPHRASE, "agree": "y"})
    return codes_on(client.get("/account/codes"))


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_code_sets_a_new_passphrase_and_signs_every_other_device_out(
    client: FlaskClient, stranger: FlaskClient, app: Flask, codes: list[str]
) -> None:
    answer = recover(stranger, "quiet-river-27", codes[3])
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert "9 recovery codes are left" in stranger.get("/account").text
    assert is_signed_in(stranger)
    assert not is_signed_in(client)
    assert sign_in_with(app.test_client(), "quiet-river-27").status_code == 422
    assert sign_in_with(app.test_client(), "quiet-river-27", NEW).status_code == 303


def test_a_code_works_once(app: Flask, codes: list[str]) -> None:
    assert recover(app.test_client(), "quiet-river-27", codes[0]).status_code == 303
    assert recover(app.test_client(), "quiet-river-27", codes[0]).status_code == 422
    assert recover(app.test_client(), "quiet-river-27", codes[1]).status_code == 303


def test_a_code_may_be_typed_as_it_was_read(stranger: FlaskClient, codes: list[str]) -> None:
    spelled = codes[0].lower().replace("-", "  ").replace("0", "o").replace("1", "l")
    assert recover(stranger, "Quiet River 27", spelled).status_code == 303


def test_all_ten_work_and_then_none_is_left(app: Flask, codes: list[str]) -> None:
    for code in codes:
        client = app.test_client()
        assert recover(client, "quiet-river-27", code).status_code == 303
    assert "0 recovery codes are left" in client.get("/account").text


@pytest.mark.parametrize("name", ["quiet-river-27", "nobody-of-this-name"])
def test_a_wrong_code_and_an_unknown_name_get_the_same_answer(
    stranger: FlaskClient, codes: list[str], name: str
) -> None:
    page = recover(stranger, name, "AAAA-BBBB-CCCC-DDDD")
    assert page.status_code == 422
    assert "do not belong together" in alerts_on(page)
    assert alerts_on(page) == alerts_on(recover(stranger, "somebody-else", codes[0]))


def test_a_weak_passphrase_uses_no_code(stranger: FlaskClient, codes: list[str]) -> None:
    assert "10 characters" in errors_on(recover(stranger, "quiet-river-27", codes[0], "short"))["passphrase"]
    assert recover(stranger, "quiet-river-27", codes[0]).status_code == 303


def test_codes_can_be_tried_ten_times_at_one_name(
    stranger: FlaskClient, codes: list[str], limited: None
) -> None:
    answers = [recover(stranger, "quiet-river-27", f"AAAA-BBBB-CCCC-DD{n:02}").status_code for n in range(11)]
    assert answers == [422] * 10 + [429]


def test_new_codes_need_the_passphrase_and_void_the_old_ones(
    client: FlaskClient, stranger: FlaskClient, codes: list[str]
) -> None:
    client.post("/account/codes/kept")
    assert (
        "not your passphrase"
        in errors_on(client.post("/account/codes", data={"passphrase": "wrong one"}))["passphrase"]
    )
    client.post("/account/codes", data={"passphrase": PASSPHRASE})
    fresh = codes_on(client.get("/account/codes"))
    assert len(fresh) == 10
    assert not set(fresh) & set(codes)
    assert recover(stranger, "quiet-river-27", codes[0]).status_code == 422
    assert recover(stranger, "quiet-river-27", fresh[0]).status_code == 303


def test_codes_are_shown_for_minutes_only(frozen: ModuleType, client: FlaskClient, codes: list[str]) -> None:
    frozen.shift(minutes=14)
    assert codes_on(client.get("/account/codes")) == codes
    frozen.shift(minutes=2)
    assert codes_on(client.get("/account/codes")) == []


def test_codes_that_nobody_put_away_are_forgotten(
    frozen: ModuleType, client: FlaskClient, codes: list[str]
) -> None:
    def kept() -> list[bytes | None]:
        with db.reading() as session:
            return [device.fresh_codes_sealed for device in session.query(DeviceSession)]

    jobs.put_codes_away()
    assert all(kept())
    frozen.shift(minutes=15)
    jobs.put_codes_away()
    assert kept() == [None]


def test_codes_are_not_shown_on_another_device(app: Flask, client: FlaskClient, codes: list[str]) -> None:
    other = app.test_client()
    sign_in_with(other, "quiet-river-27")
    assert codes_on(other.get("/account/codes")) == []


def test_a_members_code_does_not_open_another_account(
    client: FlaskClient, stranger: FlaskClient, codes: list[str], app: Flask
) -> None:
    app.test_client().post(
        "/join", data={"pseudonym": "slow-tide-41", "passphrase": PASSPHRASE, "agree": "y"}
    )
    assert recover(stranger, "slow-tide-41", codes[0]).status_code == 422


def test_no_code_is_made_for_who_did_not_ask(member: Account, client: FlaskClient) -> None:
    sign_in_with(client, "quiet-river-27")
    assert "0 codes are left" in client.get("/account/codes").text
