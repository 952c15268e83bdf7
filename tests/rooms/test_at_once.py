"""The same thing done twice at the same moment is done once, and nobody meets a bug."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.person import Town

TIMES = 8


def at_once(act: Callable[[], int]) -> set[int]:
    with ThreadPoolExecutor(TIMES) as crowd:
        return set(crowd.map(lambda _: act(), range(TIMES)))


@pytest.fixture
def door(town: Town) -> str:
    return town.room("request")


def test_one_message_sent_eight_times_at_once(town: Town) -> None:
    room, north = town.room(), town.person()
    page, cid = f"/rooms/{room}", str(uuid.uuid4())
    token = north.csrf(page)
    form = {"csrf_token": token, "body": "once", "cid": cid}
    assert at_once(
        lambda: north.web.post(f"{town.url}{page}/messages", data=form, timeout=20).status_code
    ) == {200}
    assert north.web.get(town.url + page).text.count(f'data-cid="{cid}"') == 1


def test_one_request_made_eight_times_at_once(town: Town, door: str) -> None:
    north = town.person()
    form = {"csrf_token": north.csrf(f"/rooms/{door}"), "note": "hello"}
    url = f"{town.url}/rooms/{door}/join"
    assert at_once(lambda: north.web.post(url, data=form, timeout=20).status_code) == {200}


def test_one_invitation_made_eight_times_at_once(town: Town, door: str) -> None:
    guest = f"guest-{uuid.uuid4().hex[:6]}"
    type(town.operator)(town.url).join(guest)
    form = {"csrf_token": town.operator.csrf(f"/rooms/{door}/about"), "pseudonym": guest}
    url = f"{town.url}/rooms/{door}/invitations"
    assert at_once(lambda: town.operator.web.post(url, data=form, timeout=20).status_code) == {200}
