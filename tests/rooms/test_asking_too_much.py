"""Over HTTP one may ask as often as over a socket, and no oftener: a refusal asks the database too."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from recovery_net.accounts.models import Account
from recovery_net.core import limits
from tests.factories import make_account


def test_who_asks_the_api_on_and_on_is_told_to_wait(
    app: Flask, sign_in: Callable[[Account], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "budget", limits.make_budget(None, is_on=True))
    monkeypatch.setattr(limits, "SOCKET_EVENT", limits.Pace(3, 60))
    browser, other = sign_in(make_account()), sign_in(make_account())
    answers = [browser.post("/api/v1/rooms/nowhere/messages", json={}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 429]
    assert answers[-1].json
    assert answers[-1].json["code"] == "too_many"
    assert other.get("/api/v1/rooms").status_code == 200
