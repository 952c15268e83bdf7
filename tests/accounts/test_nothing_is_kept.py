"""What must not be in the database: secrets in the clear, addresses, agents, times (security.md, 1, 2, 5, 18)."""

import re
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from recovery_net.accounts import setup
from recovery_net.accounts.models import Account, Role
from recovery_net.core import db
from tests.accounts.conftest import PASSPHRASE, codes_on, everything_stored, make_member, sign_in_with

ADDRESS = "203.0.113.77"
AGENT = "Canary/7.7 (Android 15) Firefox/140.0 canary-agent"


def test_no_secret_is_stored_in_the_clear(
    client: FlaskClient, app: Flask, sign_in: Callable[[Account], FlaskClient]
) -> None:
    link = setup.setup_link()
    client.post("/join", data={"pseudonym": "quiet-river-27", "passphrase": PASSPHRASE, "agree": "y"})
    codes = codes_on(client.get("/account/codes"))
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    invited = sign_in(make_member("keeper", role=Role.MODERATOR)).post(
        "/account/invitations", data={"uses": "1"}
    )
    found = re.search(r"invitation=([\w-]+)", invited.text)
    assert found
    assert link
    assert len(codes) == 10
    stored = everything_stored()
    assert b"quiet-river-27" in stored  # we are looking at the right bytes
    for secret in (
        PASSPHRASE,
        token,
        link.rpartition("/")[2],
        found[1],
        *codes,
        *(code.replace("-", "") for code in codes),
    ):
        for form in (secret.encode(), secret.encode().hex().encode()):
            assert form not in stored


def test_no_address_and_no_agent_is_stored(app: Flask, member: Account) -> None:
    browser = {
        "environ_overrides": {"REMOTE_ADDR": ADDRESS},
        "headers": {"User-Agent": AGENT, "X-Forwarded-For": ADDRESS},
    }
    client = app.test_client()
    client.post(
        "/join", data={"pseudonym": "slow-tide-41", "passphrase": PASSPHRASE, "agree": "y"}, **browser
    )
    other = app.test_client()
    other.post("/sign-in", data={"pseudonym": "quiet-river-27", "passphrase": "wrong"}, **browser)
    other.post("/sign-in", data={"pseudonym": "quiet-river-27", "passphrase": PASSPHRASE}, **browser)
    other.post(
        "/recover", data={"pseudonym": "quiet-river-27", "code": "x", "passphrase": PASSPHRASE}, **browser
    )
    stored = everything_stored().lower()
    assert b"slow-tide-41" in stored
    for canary in (ADDRESS, "canary-agent", "canary/7.7", "firefox/140"):  # other tests' words may be near
        assert canary.encode() not in stored


def test_an_erased_account_is_gone_from_the_bytes(app: Flask, client: FlaskClient, member: Account) -> None:
    sign_in_with(client, "quiet-river-27")
    client.post("/account/delete", data={"passphrase": PASSPHRASE})
    if not db.is_postgresql():
        with db.engine().connect() as connection:
            connection.exec_driver_sql("COMMIT")  # a checkpoint needs the log to itself
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"quiet-river-27" not in everything_stored()
