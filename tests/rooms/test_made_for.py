"""A page that was left open neither reads nor speaks for whoever signs in after, over plain HTTP as over the socket."""

import uuid
from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from recovery_net.accounts.models import Account
from tests.factories import make_account, make_room


@pytest.mark.parametrize(("asked_for", "status"), [(None, 200), ("stille-wässer", 200), ("another", 401)])
def test_the_api_answers_the_one_for_whom_a_page_was_made(
    sign_in: Callable[[Account], FlaskClient], asked_for: str | None, status: int
) -> None:
    room, browser = make_room(), sign_in(make_account("stille-wässer"))
    headers = {"X-Account": quote(asked_for)} if asked_for else {}
    path = f"/api/v1/rooms/{room.slug}"
    assert browser.get(f"{path}/events?after=0", headers=headers).status_code == status
    draft = {"cid": str(uuid.uuid4()), "body": "in my name only"}
    answer = browser.post(f"{path}/messages", json=draft, headers=headers)
    assert answer.status_code == status
    said = browser.get(f"{path}/events?after=0").json["events"]  # type: ignore[index]
    assert len(said) == (status == 200)
