"""Every page, for everyone: nothing serious for axe, no sideways scrolling, no refusal by the policy, no errors."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from tests.live import ROOT
from tests.person import PASSPHRASE, Person, Town

AXE = (
    (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
    if (ROOT / "node_modules").exists()
    else ""
)
SERIOUS = {"serious", "critical"}
WHOLE = "axe.run({resultTypes: ['violations']})"
COLOURS = "axe.run({runOnly: ['color-contrast', 'link-in-text-block'], resultTypes: ['violations']})"
SIZES = {"phone": {"width": 320, "height": 640}, "desktop": {"width": 1280, "height": 800}}

ANYONE = [
    "/",
    "/join",
    "/sign-in",
    "/recover",
    "/guidelines",
    "/away",
    "/help",
    "/help?country=DE",
    "/meetings",
]
ANYONE += [
    "/meetings?q=nothing-at-all",
    "/meetings/MEETING",
    "/leave?to=https%3A%2F%2Fexample.org%2Fpage",
    "/no-such-page",
]
MEMBERS = [
    "/",
    "/rooms",
    "/rooms/ROOM",
    "/rooms/ROOM?before=2",
    "/rooms/ROOM/about",
    "/rooms/DOOR",
    "/meetings",
]
MEMBERS += [
    "/meetings/MEETING",
    "/help",
    "/account",
    "/account/codes",
    "/account/passphrase",
    "/account/delete",
]
KEEPERS = ["/rooms/new", "/rooms/ROOM/edit", "/rooms/DOOR/about", "/account/invitations"]

# One engine is enough to look at pages.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Places = dict[str, str]
Device = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def places(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Places:
    """A room with talk, a room with a door and somebody at it, and a meeting."""
    room, door = town.room(), town.room("request")
    heron = town.person().connect()
    heron.ask("room:join", {"room": room})
    for words in (
        "Good to be here.",
        "**Strong** and https://example.org\n\n> quoted\n\n- one\n- two",
        "w" * 300,
    ):
        heron.say(room, words)
    note = {
        "room": room,
        "cid": "7b7a7b1e-3f5f-4a51-9e8f-7d7a0a1c1a11",
        "body": "…",
        "content_note": "a hard day",
    }
    heron.ask("message:send", note)
    heron.post(f"/rooms/{door}/join", page=f"/rooms/{door}", note="I was here in spring.")
    meeting = {
        "name": "Candlelight on the Hill",
        "slug": "candlelight",
        "day": 2,
        "time": "19:30",
        "timezone": "Europe/Berlin",
        "types": ["O", "D", "X"],
        "formatted_address": "Lindenweg 4, 10115 Berlin, Germany",
        "conference_url": "https://zoom.us/j/123456789",
        "notes": "Ring twice.\nThe blue door.",
    }
    feed = tmp_path_factory.mktemp("places") / "feed.json"
    feed.write_text(json.dumps([meeting]))
    done = town.server.command("meetings", "import", str(feed), "--apply")
    assert done.returncode == 0, done.stderr
    return {"ROOM": room, "DOOR": door, "MEETING": "candlelight"}


@pytest.mark.parametrize("size", SIZES)
def test_pages(town: Town, places: Places, device: Device, size: str) -> None:
    faults: list[str] = []
    for who, paths in ((None, ANYONE), (town.person(), MEMBERS), (town.operator, KEEPERS)):
        page = page_of(device(viewport=SIZES[size], reduced_motion="reduce"), town, who, faults)
        for path in paths:
            faults += look_at(page, town.url, placed(path, places))
    assert faults == []


def placed(path: str, places: Places) -> str:
    for word, slug in places.items():
        path = path.replace(word, slug)
    return path


def page_of(context: BrowserContext, town: Town, who: Person | None, faults: list[str]) -> Page:
    """A page of somebody who is signed in elsewhere, or of nobody."""
    cookies = who.web.cookies.items() if who else ()
    context.add_cookies([{"name": name, "value": value, "url": town.url} for name, value in cookies])
    page = context.new_page()
    page.on("console", lambda message: note_console(message, faults))
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    return page


def note_console(message: ConsoleMessage, faults: list[str]) -> None:
    """Whatever a browser complains of is a fault, but for the status of the page that is meant to be missing."""
    if message.type in {"error", "warning"} and "404" not in message.text:
        faults.append(f"console: {message.text} ({message.location.get('url', '')})")


def look_at(page: Page, url: str, path: str) -> list[str]:
    page.emulate_media(color_scheme="light")
    answer = page.goto(url + path)
    assert answer is not None
    assert answer.status == (404 if "no-such" in path else 200), (path, answer.status)
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    page.evaluate(AXE)
    faults = violations(page, path, WHOLE)
    page.emulate_media(color_scheme="dark")
    faults += violations(page, f"{path} in the dark", COLOURS)
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        faults.append(f"{path}: scrolls sideways")
    return faults


def violations(page: Page, where: str, ask: str) -> list[str]:
    found: dict[str, Any] = page.evaluate(ask)
    return [
        f"{where}: {fault['id']} {node['target']}"
        for fault in found["violations"]
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


def test_text_at_twice_the_size_still_fits(town: Town, places: Places, device: Device) -> None:
    context = device(viewport=SIZES["phone"])
    context.add_cookies(
        [{"name": n, "value": v, "url": town.url} for n, v in town.operator.web.cookies.items()]
    )
    page = context.new_page()
    wide = []
    for path in (
        "/",
        "/rooms",
        f"/rooms/{places['ROOM']}",
        "/meetings",
        "/meetings/candlelight",
        "/account",
        "/help",
    ):
        page.goto(town.url + path)
        page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(path)
    assert wide == []


def test_one_can_join_and_talk_by_keyboard_alone(
    town: Town, places: Places, device: Device, name: str
) -> None:
    page = device().new_page()
    page.goto(f"{town.url}/join")
    page.get_by_label("Pseudonym").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(name)
    page.locator("input[name=passphrase]").focus()
    page.keyboard.type(PASSPHRASE)
    page.locator("input[name=agree]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="I have kept them").press("Enter")
    page.goto(f"{town.url}/rooms/{places['ROOM']}")
    expect(page.locator(".room[data-mounted]")).to_have_count(1)
    page.get_by_label("Your message").focus()
    page.keyboard.type("by keyboard")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator(".message [data-body]").get_by_text("by keyboard", exact=True).wait_for()
