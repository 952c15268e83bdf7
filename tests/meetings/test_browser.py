"""What the scripts of the meeting pages do, in a real browser."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.live import LiveServer
from tests.meetings.making import row


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with a meeting in New York and one in Berlin."""
    folder = tmp_path_factory.mktemp("meetings")
    place = {
        "formatted_address": "5 Main Street, Harbour, NY 10001, USA",
        "latitude": 40.75,
        "longitude": -73.99,
    }
    rows = [row("harbour", **place), row("far-away", timezone="Europe/Berlin", latitude=52.5, longitude=13.4)]
    (folder / "feed.json").write_text(json.dumps(rows))
    server = LiveServer(folder / "data", {})
    server.start()
    server.command("meetings", "import", str(folder / "feed.json"), "--apply")
    yield server
    server.kill()


def open_list(browser: Browser, listed: LiveServer, path: str = "/meetings", **device: Any) -> Any:
    context = browser.new_context(**device)
    page = context.new_page()
    page.goto(listed.url + path)
    return page


def test_times_are_the_devices_where_nobody_said_a_zone(browser: Browser, listed: LiveServer) -> None:
    page = open_list(browser, listed, timezone_id="Asia/Tokyo")
    page.wait_for_url("**/meetings?tz=Asia*")
    page.get_by_text("times in Tokyo").wait_for()
    assert page.context.cookies() == [] or all(
        cookie["name"] == "session" for cookie in page.context.cookies()
    )
    page.context.close()


def test_a_zone_that_was_said_stays(browser: Browser, listed: LiveServer) -> None:
    page = open_list(browser, listed, "/meetings?tz=Europe/Berlin", timezone_id="Asia/Tokyo")
    page.get_by_text("times in Berlin").wait_for()
    page.wait_for_load_state("networkidle")
    assert page.url.endswith("tz=Europe/Berlin")
    page.context.close()


def test_without_scripts_times_are_the_hosts(browser: Browser, listed: LiveServer) -> None:
    page = open_list(browser, listed, timezone_id="Asia/Tokyo", java_script_enabled=False)
    page.get_by_text("times in UTC").wait_for()
    assert not page.get_by_role("button", name="Near me").is_visible()
    page.get_by_label("Search meetings").fill("harbour")
    page.get_by_label("Search meetings").press("Enter")
    assert page.locator("li.meeting").count() == 1
    page.context.close()


def test_near_me_asks_only_when_tapped_and_sends_a_rounded_place(
    browser: Browser, listed: LiveServer
) -> None:
    here = {"latitude": 40.758912, "longitude": -73.985123}
    page = open_list(browser, listed, "/meetings?tz=UTC", geolocation=here, permissions=["geolocation"])
    page.get_by_role("button", name="Near me").click()
    page.wait_for_url("**near=40.76*-73.99*")
    page.get_by_text("1.0 km").or_(page.get_by_text("0.9 km")).or_(page.get_by_text("1.1 km")).wait_for()
    assert page.locator("li.meeting").count() == 1
    page.context.close()


def test_near_me_says_so_when_the_device_does_not_tell(browser: Browser, listed: LiveServer) -> None:
    page = open_list(browser, listed, "/meetings?tz=UTC", permissions=[])
    page.get_by_role("button", name="Near me").click()
    page.get_by_text("did not say where it is").wait_for()
    page.context.close()
