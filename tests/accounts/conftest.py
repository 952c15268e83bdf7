"""What the tests of accounts share."""

from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from recovery_net.accounts import passphrases, service
from recovery_net.accounts.models import Account, DeviceSession
from recovery_net.core import db, limits
from recovery_net.core.db import Base

PASSPHRASE = "lantern gravel otter spoon"
PHONE = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"

Join = Callable[..., TestResponse]


@pytest.fixture
def join(client: FlaskClient) -> Join:
    """Send the join form with the contract's three fields."""

    def send(
        pseudonym: str = "quiet-river-27", passphrase: str = PASSPHRASE, agree: str = "y"
    ) -> TestResponse:
        return client.post("/join", data={"pseudonym": pseudonym, "passphrase": passphrase, "agree": agree})

    return send


@pytest.fixture
def member(app: Flask) -> Account:
    """Somebody whose passphrase is PASSPHRASE."""
    return make_member("quiet-river-27")


@pytest.fixture
def limited(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Budgets count, as they do outside of tests."""
    monkeypatch.setitem(app.extensions, "budget", limits.make_budget(None, is_on=True))


def make_member(pseudonym: str, role: str = "member") -> Account:
    with db.transaction():
        return service.add_account(pseudonym, passphrases.hashed(PASSPHRASE), role=role, is_settled=True)


def sign_in_with(
    client: FlaskClient, pseudonym: str, passphrase: str = PASSPHRASE, **more: str
) -> TestResponse:
    return client.post("/sign-in", data={"pseudonym": pseudonym, "passphrase": passphrase, **more})


def account(pseudonym: str) -> Account:
    """As it is stored now."""
    with db.reading():
        found = service.account_named(pseudonym)
    assert found is not None, f"there is no {pseudonym}"
    return found


def is_there(pseudonym: str) -> bool:
    with db.reading():
        return service.account_named(pseudonym) is not None


def devices(pseudonym: str) -> list[DeviceSession]:
    with db.reading() as session:
        found = select(DeviceSession).join(Account).where(Account.pseudonym == pseudonym)
        return list(session.scalars(found))


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def codes_on(page: TestResponse) -> list[str]:
    return [item.get_text() for item in BeautifulSoup(page.data, "html.parser").select(".codes li")]


def errors_on(page: TestResponse) -> dict[str, str]:
    """The sentence beside each field."""
    found = BeautifulSoup(page.data, "html.parser").select("p.error")
    return {item["id"].removesuffix("-error"): item.get_text(" ", strip=True) for item in found}


def typed_on(page: TestResponse) -> dict[str, str]:
    """What the fields hold."""
    inputs = BeautifulSoup(page.data, "html.parser").select("form.form input[name]")
    return {item["name"]: item.get("value", "") for item in inputs}


def alerts_on(page: TestResponse) -> str:
    return " ".join(
        item.get_text(" ", strip=True)
        for item in BeautifulSoup(page.data, "html.parser").select("[role=alert]")
    )


def everything_stored() -> bytes:
    """Every byte of the database: file and log of SQLite, every row of PostgreSQL."""
    engine = db.engine()
    if not db.is_postgresql():
        file = Path(engine.url.database or "")
        return b"".join(part.read_bytes() for part in file.parent.glob(file.name + "*"))
    with engine.connect() as connection:
        rows = [
            connection.execute(text(f"select t::text from {table.name} t"))
            for table in Base.metadata.sorted_tables
        ]
        return "\n".join(value for result in rows for value in result.scalars()).encode()
