"""Sign in, and what a stranger can learn from trying."""

import time
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from recovery_net.accounts.entering import local_path
from recovery_net.accounts.models import Account
from tests.accounts.conftest import (
    PASSPHRASE,
    PHONE,
    alerts_on,
    devices,
    is_signed_in,
    sign_in_with,
    typed_on,
)
from tests.pages import without_tokens

Post = Callable[[str, str], TestResponse]


def test_name_and_passphrase_open_the_account(client: FlaskClient, member: Account) -> None:
    answer = sign_in_with(client, "quiet-river-27")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert is_signed_in(client)


@pytest.mark.parametrize("spelled", ["Quiet-River-27", "quiet river 27", " quiet_river_27 "])
def test_a_name_may_be_spelled_from_memory(client: FlaskClient, member: Account, spelled: str) -> None:
    assert sign_in_with(client, spelled).status_code == 303


def test_composed_and_decomposed_letters_are_one_passphrase(client: FlaskClient, app: Flask) -> None:
    client.post(
        "/join", data={"pseudonym": "slow-tide-41", "passphrase": "drei größe äpfel bäume", "agree": "y"}
    )
    other = app.test_client()
    assert sign_in_with(other, "slow-tide-41", "drei gro\u0308ße a\u0308pfel ba\u0308ume").status_code == 303


def test_unknown_name_and_wrong_passphrase_get_the_same_answer(client: FlaskClient, member: Account) -> None:
    client.get("/sign-in")  # sets the cookie with the token of its form
    known, unknown = (
        sign_in_with(client, name, "not the right one") for name in ("quiet-river-27", "quiet-river-28")
    )
    assert known.status_code == unknown.status_code == 422
    assert without_tokens(known).replace("river-27", "river-28") == without_tokens(unknown)
    assert "do not belong together" in alerts_on(known)
    assert dict(known.headers) == dict(unknown.headers)


def test_an_unknown_name_costs_the_work_of_a_known_one(client: FlaskClient, member: Account) -> None:
    def least(name: str) -> float:
        spent = []
        for _ in range(9):
            before = (
                time.thread_time()
            )  # of the processor, not of the clock: whatever else runs here does not count
            sign_in_with(client, name, "not the right one")
            spent.append(time.thread_time() - before)
        return min(spent)

    known, unknown = least("quiet-river-27"), least("quiet-river-28")
    assert 1 / 2 < known / unknown < 2  # without the work on nothing it is more than three


def test_a_wrong_form_keeps_the_name_and_never_the_passphrase(client: FlaskClient) -> None:
    page = sign_in_with(client, "quiet-river-27", "a secret that must not come back")
    assert typed_on(page)["pseudonym"] == "quiet-river-27"
    assert b"must not come back" not in page.data


@pytest.mark.parametrize("name", ["quiet-river-27", "nobody-of-this-name"])
def test_one_name_can_be_tried_ten_times(
    client: FlaskClient, member: Account, limited: None, name: str
) -> None:
    answers = [sign_in_with(client, name, "not the right one").status_code for _ in range(12)]
    assert answers == [422] * 10 + [429] * 2
    assert sign_in_with(client, name.upper()).status_code == 429
    assert sign_in_with(client, "slow-tide-41", "not the right one").status_code == 422


def from_network(client: FlaskClient, address: str, passphrase: str) -> int:
    fields = {"pseudonym": "quiet-river-27", "passphrase": passphrase}
    return client.post("/sign-in", data=fields, environ_overrides={"REMOTE_ADDR": address}).status_code


def test_nobody_locks_a_member_out_from_somewhere_else(
    client: FlaskClient, member: Account, limited: None
) -> None:
    for _ in range(11):
        last = from_network(client, "203.0.113.1", "not the right one")
    assert last == 429
    assert from_network(client, "203.0.113.2", PASSPHRASE) == 303


def test_many_networks_together_can_try_a_name_a_hundred_times(
    client: FlaskClient, member: Account, limited: None
) -> None:
    answers = [from_network(client, f"203.0.113.{n // 9}", "wrong") for n in range(101)]
    assert answers == [422] * 100 + [429]


def test_getting_it_right_starts_the_count_afresh(app: Flask, member: Account, limited: None) -> None:
    for _ in range(3):
        client = app.test_client()
        for _ in range(6):
            sign_in_with(client, "quiet-river-27", "not the right one")
        assert sign_in_with(client, "quiet-river-27").status_code == 303


def test_a_planted_session_does_not_become_a_members(client: FlaskClient, member: Account) -> None:
    with client.session_transaction() as planted:
        planted["_user_id"] = "planted"
        planted["csrf_token"] = "planted"
    sign_in_with(client, "quiet-river-27")
    with client.session_transaction() as cookie:
        assert "planted" not in cookie.values()


def test_the_cookie_holds_the_token_and_nothing_about_the_device(
    client: FlaskClient, member: Account
) -> None:
    sign_in_with(client, "quiet-river-27")
    with client.session_transaction() as cookie:
        assert set(cookie) <= {"_user_id", "_permanent", "csrf_token"}


def test_every_sign_in_has_a_token_of_its_own(app: Flask, member: Account) -> None:
    tokens = set()
    for _ in range(3):
        client = app.test_client()
        sign_in_with(client, "quiet-river-27")
        with client.session_transaction() as cookie:
            tokens.add(cookie["_user_id"])
    assert len(tokens) == 3
    assert len(devices("quiet-river-27")) == 3


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/rooms/evening?after=3", "/rooms/evening?after=3"),
        ("", "/"),
        (None, "/"),
        ("rooms", "/"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_signing_in_leads_on_to_pages_of_ours_only(path: str | None, leads: str) -> None:
    assert local_path(path) == leads


def test_one_lands_where_one_wanted_to_go(client: FlaskClient, member: Account) -> None:
    asked = client.get("/account")
    assert asked.headers["Location"] == "/sign-in?next=/account"
    page = client.get(asked.headers["Location"])
    answer = sign_in_with(client, "quiet-river-27", next=typed_on(page)["next"])
    assert answer.headers["Location"] == "/account"


def test_a_device_is_known_by_two_families(client: FlaskClient, member: Account) -> None:
    client.post(
        "/sign-in",
        data={"pseudonym": "quiet-river-27", "passphrase": PASSPHRASE},
        headers={"User-Agent": PHONE + " canary-agent-7"},
    )
    assert [device.label for device in devices("quiet-river-27")] == ["Firefox on Android"]
