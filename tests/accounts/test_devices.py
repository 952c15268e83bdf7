"""Devices: seen, named coarsely, and signed out one by one or all at once."""

from types import ModuleType
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from recovery_net.accounts import devices as device_service
from recovery_net.accounts import jobs, service
from recovery_net.accounts.devices import label_for
from recovery_net.accounts.events import AccountChanged, AccountErased, SessionsEnded
from recovery_net.accounts.models import Account, DeviceSession, Role
from recovery_net.accounts.principal import principal_for
from recovery_net.core import db
from recovery_net.core.errors import Invalid, NotFound
from recovery_net.core.events import on
from tests.accounts.conftest import (
    PASSPHRASE,
    account,
    devices,
    errors_on,
    is_signed_in,
    is_there,
    make_member,
    sign_in_with,
)

AGENTS = {
    "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0": "Firefox on Android",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36": "Chrome on Android",
    "Mozilla/5.0 (Linux; Android 14) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36": (
        "Samsung Internet on Android"
    ),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E Safari/604.1": (
        "Safari on iPhone"
    ),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) CriOS/140.0 Mobile Safari/604.1": (
        "Chrome on iPhone"
    ),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0": "Edge on Windows",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15": "Safari on Mac",
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36": "Chrome on ChromeOS",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Linux",
    "curl/8.5.0": "A browser",
    "": "A browser",
}


@pytest.fixture
def heard(app: Flask) -> list[object]:
    """What was published."""
    found: list[object] = []
    for kind in (SessionsEnded, AccountChanged, AccountErased):
        on(kind)(found.append)
    return found


@pytest.mark.parametrize(("agent", "label"), AGENTS.items())
def test_a_device_is_called_by_the_families_of_its_browser_and_system(agent: str, label: str) -> None:
    assert label_for(agent) == label


def test_a_label_has_nothing_of_the_agent_in_it() -> None:
    known = {label_for(agent) for agent in AGENTS}
    assert label_for("canary " * 1000 + "Firefox/140 canary Android") in known | {"A browser"}


@pytest.fixture
def two(app: Flask, member: Account) -> tuple[FlaskClient, FlaskClient]:
    """Two browsers of one member."""
    clients = app.test_client(), app.test_client()
    for client in clients:
        sign_in_with(client, "quiet-river-27")
    return clients


def device_of(client: FlaskClient) -> DeviceSession:
    with client.session_transaction() as cookie:
        found = principal_for(cookie["_user_id"])
    assert found is not None
    return found.device


def test_signing_one_device_out_ends_it_at_once_and_tells_whoever_holds_its_sockets(
    two: tuple[FlaskClient, FlaskClient], heard: list[object]
) -> None:
    here, there = two
    lost = device_of(there).id
    assert here.post(f"/account/devices/{lost}/end").status_code == 303
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert heard == [SessionsEnded((lost,))]


def test_nobody_signs_out_somebody_elses_device(
    two: tuple[FlaskClient, FlaskClient], app: Flask, heard: list[object]
) -> None:
    make_member("slow-tide-41")
    stranger = app.test_client()
    sign_in_with(stranger, "slow-tide-41")
    stranger.post(f"/account/devices/{device_of(two[0]).id}/end")
    stranger.post(f"/account/devices/{uuid4()}/end")
    assert is_signed_in(two[0])
    assert heard == []


def test_signing_out_everywhere_includes_this_device(two: tuple[FlaskClient, FlaskClient]) -> None:
    answer = two[0].post("/account/devices/end")
    assert "storage" in answer.headers["Clear-Site-Data"]
    assert not any(is_signed_in(client) for client in two)
    assert devices("quiet-river-27") == []


def test_a_new_passphrase_needs_the_old_one_and_signs_the_other_devices_out(
    two: tuple[FlaskClient, FlaskClient], app: Flask
) -> None:
    here, there = two
    fresh = "cedar window marble trombone"
    page = here.post("/account/passphrase", data={"passphrase": "not this one", "new_passphrase": fresh})
    assert "not your passphrase" in errors_on(page)["passphrase"]
    page = here.post("/account/passphrase", data={"passphrase": PASSPHRASE, "new_passphrase": "short"})
    assert "10 characters" in errors_on(page)["new_passphrase"]
    assert is_signed_in(there)
    assert (
        here.post("/account/passphrase", data={"passphrase": PASSPHRASE, "new_passphrase": fresh}).status_code
        == 303
    )
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert sign_in_with(app.test_client(), "quiet-river-27", fresh).status_code == 303


def test_the_list_shows_days_and_no_times(two: tuple[FlaskClient, FlaskClient], frozen: ModuleType) -> None:
    page = two[0].get("/account").text
    assert "this device" in page
    assert "last used on" in page


def test_a_device_unused_for_a_month_is_signed_out(
    frozen: ModuleType, member: Account, app: Flask, heard: list[object]
) -> None:
    used, unused = app.test_client(), app.test_client()
    for client in (used, unused):
        sign_in_with(client, "quiet-river-27")
    gone = device_of(unused).id
    frozen.shift(days=20)
    assert is_signed_in(used)
    frozen.shift(days=11)
    jobs.end_unused_sessions()
    assert is_signed_in(used)
    assert not is_signed_in(unused)
    assert heard == [SessionsEnded((gone,))]
    jobs.end_unused_sessions()
    assert len(heard) == 1


def test_a_visit_is_kept_by_the_day(frozen: ModuleType, client: FlaskClient, member: Account) -> None:
    sign_in_with(client, "quiet-river-27")
    frozen.shift(days=3)
    client.get("/account")
    found = account("quiet-river-27")
    assert found.seen_on == frozen.today() == devices("quiet-river-27")[0].seen_on


def test_a_passphrase_changed_in_between_lets_nobody_in(member: Account) -> None:
    with db.transaction():
        service.account_of(member.id).passphrase_hash = "changed"
    with pytest.raises(Invalid), db.transaction():
        service.sign_in(member, "Firefox on Linux")


def test_another_role_is_published_after_the_commit(member: Account, heard: list[object]) -> None:
    with db.transaction():
        service.change_role(member, Role.COUNSELOR)
        assert heard == []
    assert heard == [AccountChanged(member.id)]
    assert account("quiet-river-27").role == Role.COUNSELOR


def test_an_erased_account_leaves_no_row_and_no_session(
    two: tuple[FlaskClient, FlaskClient], member: Account, heard: list[object]
) -> None:
    page = two[0].post("/account/delete", data={"passphrase": "not this one"})
    assert page.status_code == 422
    ids = {device.id for device in devices("quiet-river-27")}
    assert two[0].post("/account/delete", data={"passphrase": PASSPHRASE}).status_code == 303
    assert not is_there("quiet-river-27")
    assert devices("quiet-river-27") == []
    assert not any(is_signed_in(client) for client in two)
    ended, erased = heard
    assert isinstance(ended, SessionsEnded)
    assert set(ended.device_ids) == ids
    assert erased == AccountErased(member.id)


def test_a_time_zone_is_chosen_from_the_list(two: tuple[FlaskClient, FlaskClient]) -> None:
    client = two[0]
    assert client.post("/account/time-zone", data={"time_zone": "America/Sao_Paulo"}).status_code == 303
    assert account("quiet-river-27").time_zone == "America/Sao_Paulo"
    page = client.post("/account/time-zone", data={"time_zone": "../../etc/passwd"})
    assert page.status_code == 422
    assert "not known" in errors_on(page)["time_zone"]
    client.post("/account/time-zone", data={"time_zone": ""})
    assert account("quiet-river-27").time_zone is None


def test_a_device_of_another_account_is_not_found(two: tuple[FlaskClient, FlaskClient]) -> None:
    other = make_member("slow-tide-41")
    with pytest.raises(NotFound), db.transaction():
        device_service.device_of(other, device_of(two[0]).id)
