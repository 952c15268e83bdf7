"""Join under a pseudonym: what is asked, what comes back, what one gets."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from recovery_net.accounts import guidelines, passphrases, service
from recovery_net.accounts.models import Account, Role
from recovery_net.accounts.names import objection
from recovery_net.core import clock, db
from recovery_net.core.errors import Invalid
from tests.accounts.conftest import (
    PASSPHRASE,
    account,
    alerts_on,
    codes_on,
    devices,
    errors_on,
    is_signed_in,
    is_there,
    make_member,
    typed_on,
)

Join = Callable[..., TestResponse]


def test_three_fields_make_a_member_who_is_signed_in(client: FlaskClient, join: Join) -> None:
    answer = join()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/codes")
    assert is_signed_in(client)
    made = account("quiet-river-27")
    assert (made.role, made.is_settled, made.guidelines_version) == (Role.MEMBER, False, guidelines.VERSION)
    assert made.joined_on == made.seen_on == clock.today()


@pytest.mark.parametrize("agree", ["y", "on", "1", "true", "yes"])
def test_any_yes_is_a_yes(join: Join, agree: str) -> None:
    assert join(agree=agree).status_code == 303


@pytest.mark.parametrize("agree", ["", "no", "0", "off", "false"])
def test_nobody_joins_without_agreeing(client: FlaskClient, join: Join, agree: str) -> None:
    page = join(agree=agree)
    assert page.status_code == 422
    assert "18 or older" in errors_on(page)["agree"]
    assert not is_there("quiet-river-27")


def test_a_wrong_form_comes_back_with_what_was_typed_and_a_sentence_for_each_field(join: Join) -> None:
    page = join("Maria Gonzalez", "password12", agree="")
    assert page.status_code == 422
    told = errors_on(page)
    assert set(told) == {"pseudonym", "passphrase", "agree"}
    assert "real name" in told["pseudonym"]
    assert "people try first" in told["passphrase"]
    assert typed_on(page)["pseudonym"] == "Maria Gonzalez"
    assert b"password12" not in page.data


def test_the_suggestion_in_a_refusal_can_be_taken(join: Join) -> None:
    sentence = errors_on(join("me@example.org"))["pseudonym"]
    suggested = sentence.rpartition("How about ")[2].rstrip("?")
    assert objection(suggested) is None
    assert join(suggested).status_code == 303


@pytest.mark.parametrize(
    "name", ["quiet-river-27", "Quiet_River.27", "qu1et-r1ver-27", "quietriver27", "quíet-river-27"]
)
def test_a_name_that_looks_like_a_members_is_taken(join: Join, member: Account, name: str) -> None:
    page = join(name)
    assert page.status_code == 422
    assert "taken, or too close" in errors_on(page)["pseudonym"]


def test_a_look_alike_of_nobody_is_refused_in_the_words_of_a_taken_name(join: Join, member: Account) -> None:
    sentences = {errors_on(join(name))["pseudonym"].partition(".")[0] for name in ("quiet-river-27", "сосо")}
    assert sentences == {"That name is taken, or too close to one that is"}


def test_asking_for_many_names_ends_soon(join: Join, member: Account, limited: None) -> None:
    answers = [join("quiet-river-27").status_code for _ in range(21)]
    assert answers == [422] * 20 + [429]
    page = join("slow-tide-41")
    assert page.status_code == 429
    assert "Retry-After" in page.headers
    assert typed_on(page)["pseudonym"] == "slow-tide-41"


@pytest.mark.parametrize(
    ("passphrase", "word"),
    [
        ("short", "10 characters"),
        ("x" * 257, "256"),
        ("quiet-river-27", "pseudonym"),
        ("aaaaaaaaaaaa", "Repeating"),
    ],
)
def test_a_passphrase_that_will_not_do_is_refused_with_advice(join: Join, passphrase: str, word: str) -> None:
    assert word in errors_on(join(passphrase=passphrase))["passphrase"]


def test_a_passphrase_is_never_trimmed(join: Join) -> None:
    join(passphrase=f"  {PASSPHRASE} ")
    made = account("quiet-river-27")
    assert passphrases.is_right(made.passphrase_hash, f"  {PASSPHRASE} ")
    assert not passphrases.is_right(made.passphrase_hash, PASSPHRASE)


def test_the_page_offers_free_names(client: FlaskClient) -> None:
    first, second = (typed_on(client.get("/join"))["pseudonym"] for _ in range(2))
    assert first != second
    assert objection(first) is None
    more = client.get("/join/suggestion").json
    assert more is not None
    assert len(more["pseudonyms"]) == 6


def test_ten_codes_are_shown_until_they_are_kept(client: FlaskClient, join: Join) -> None:
    join()
    codes = codes_on(client.get("/account/codes"))
    assert len(set(codes)) == 10
    assert codes_on(client.get("/account/codes")) == codes  # a lost answer on bad wifi loses nothing
    assert client.post("/account/codes/kept").headers["Location"] == "/"
    page = client.get("/account/codes")
    assert codes_on(page) == []
    assert "10 codes are left" in page.text


def test_a_member_who_is_signed_in_is_led_on(client: FlaskClient, join: Join) -> None:
    join()
    assert client.get("/join").headers["Location"] == "/"
    assert join("slow-tide-41").headers["Location"] == "/"
    assert not is_there("slow-tide-41")


def test_two_who_take_a_name_at_once_do_not_both_get_it(app: Flask) -> None:
    make_member("slow-tide-41")
    with pytest.raises(Invalid), db.transaction():
        service.add_account("slow.tide.41", "!")
    assert len(devices("slow-tide-41")) == 0


def test_the_join_page_reads_in_the_contracts_terms(client: FlaskClient) -> None:
    assert {"pseudonym", "passphrase", "agree"} <= set(typed_on(client.get("/join")))
    assert alerts_on(client.get("/join")) == ""
