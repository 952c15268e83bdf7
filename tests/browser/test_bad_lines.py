"""A cheap phone on a bad line loses nothing and is never lied to: the room's client through everything that breaks."""

import random
import re
import uuid
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect

from tests.browser.cable import Cable
from tests.browser.room_page import SPOKEN, WAITING, hand_over, log_of, online, say, sit_down
from tests.live import LiveServer
from tests.person import Person, Town

Device = Callable[..., BrowserContext]
SECOND = 1_000


@pytest.fixture(scope="module")
def cable() -> Iterator[Cable]:
    """What lies between the browsers of this module and their server."""
    cable = Cable()
    yield cable
    cable.close()


@pytest.fixture(scope="module")
def far_town(cable: Cable, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town at the other end of the cable; its server may be killed as long as it is started again."""
    server = LiveServer(tmp_path_factory.mktemp("far-town") / "data", {"PUBLIC_URL": cable.url})
    cable.target, server.url = server.port, cable.url
    server.start()
    yield Town(server)
    server.kill()


@pytest.fixture(autouse=True)
def _mended(cable: Cable) -> Iterator[None]:
    """No test leaves a bad line to the next."""
    yield
    cable.refuses_upgrades = False


@pytest.fixture
def phone(device: Device) -> Callable[[], BrowserContext]:
    """A device whose clock the test may turn forward."""

    def make() -> BrowserContext:
        context = device()
        context.clock.install()
        return context

    return make


def turn(page: Page, seconds: int) -> None:
    """Let the page's timers run as if so much time had gone by, and the network keep up with them."""
    for _ in range(seconds):
        page.clock.run_for(SECOND)
        page.evaluate("() => fetch('/robots.txt').then(() => fetch('/robots.txt')).catch(() => {})")


def status(page: Page) -> str:
    return page.locator("[data-status]").inner_text()


def say_from_elsewhere(person: Person, room: str, words: str) -> None:
    answer = person.post(f"/rooms/{room}/messages", page=f"/rooms/{room}", body=words, cid=str(uuid.uuid4()))
    assert answer.ok


def agree(pages: list[Page], person: Person, room: str, said: dict[str, list[str]]) -> None:
    """All pages show the log: everything once, each speaker's words in the order they were said."""
    everything = [words for theirs in said.values() for words in theirs]
    for page in pages:
        expect(page.locator(SPOKEN)).to_have_count(len(everything), timeout=40_000)
        expect(page.locator(WAITING)).to_have_count(0)
    log = log_of(person, room)
    assert sorted(log) == sorted(everything)
    for speaker, theirs in said.items():
        assert [words for words in log if words.startswith(speaker)] == theirs
    for page in pages:
        assert page.locator(SPOKEN).all_inner_texts() == log


def test_nothing_is_lost_or_doubled_when_the_server_is_killed_while_people_talk(
    far_town: Town, device: Device
) -> None:
    room, people = far_town.room(), {"north": far_town.person(), "heron": far_town.person()}
    pages = {name: online(sit_down(device(), far_town, person, room)) for name, person in people.items()}
    said: dict[str, list[str]] = {"north": [], "heron": []}

    def talk(*rounds: str) -> None:
        for when in rounds:
            for name, page in pages.items():
                said[name].append(f"{name} {when}")
                say(page, said[name][-1])

    for number in range(2):
        talk(f"before {number}", f"just before {number}")
        far_town.server.kill()
        talk(f"without a server {number}")
        far_town.server.start()
        talk(f"after {number}")
    agree(list(pages.values()), people["north"], room, said)


def test_nothing_is_lost_or_doubled_on_a_line_that_is_cut_again_and_again(
    far_town: Town, cable: Cable, device: Device
) -> None:
    chance = random.Random(11)
    room, people = far_town.room(), {"north": far_town.person(), "heron": far_town.person()}
    pages = {name: online(sit_down(device(), far_town, person, room)) for name, person in people.items()}
    said: dict[str, list[str]] = {"north": [], "heron": []}
    for number in range(24):
        name = chance.choice(list(said))
        said[name].append(f"{name} says {number}")
        pages[name].get_by_label("Your message").fill(said[name][-1])
        pages[name].get_by_role("button", name="Send").click(no_wait_after=True)
        if chance.random() < 0.4:
            cable.cut()
        expect(pages[name].get_by_label("Your message")).to_have_value("")
    agree(list(pages.values()), people["north"], room, said)


def test_a_line_that_looks_well_and_is_dead_is_found_out_by_what_is_said(
    far_town: Town, cable: Cable, phone: Callable[[], BrowserContext]
) -> None:
    room, north, heron = far_town.room(), far_town.person(), far_town.person()
    page = online(sit_down(phone(), far_town, north, room))
    cable.go_numb()
    cable.refuses_upgrades = True
    say(page, "from another network")
    expect(page.locator(WAITING)).to_have_count(1)  # kept: a busy disk may take as long as our clock is fast
    for _ in range(20):  # less than silence alone would take
        turn(page, 1)
        if log_of(north, room):
            break
    assert log_of(north, room) == ["from another network"]
    cable.refuses_upgrades = False
    turn(page, 8)
    online(page)
    say_from_elsewhere(heron, room, "heard you")
    expect(page.locator(SPOKEN)).to_have_text(["from another network", "heard you"])


def test_a_line_that_looks_well_and_is_dead_is_found_out_by_its_silence(
    far_town: Town, cable: Cable, phone: Callable[[], BrowserContext]
) -> None:
    room, north, heron = far_town.room(), far_town.person(), far_town.person()
    page = online(sit_down(phone(), far_town, north, room))
    cable.go_numb()
    say_from_elsewhere(heron, room, "are you there?")
    turn(page, 50)
    expect(page.locator(SPOKEN)).to_have_text(["are you there?"])
    online(page)


def test_where_sockets_are_refused_talk_flows_both_ways_until_one_is_let_through(
    far_town: Town, cable: Cable, phone: Callable[[], BrowserContext]
) -> None:
    room, north, heron = far_town.room(), far_town.person(), far_town.person()
    cable.refuses_upgrades = True
    page = sit_down(phone(), far_town, north, room)
    say(page, "by another road")
    turn(page, 13)
    expect(page.locator(".room[data-connection=polling]")).to_have_count(1)
    assert "a few seconds late" in status(page)
    expect(page.locator(SPOKEN)).to_have_text(["by another road"])
    say_from_elsewhere(heron, room, "and back")
    turn(page, 5)
    expect(page.locator(SPOKEN)).to_have_text(["by another road", "and back"])
    say(page, "good")
    expect(page.locator(SPOKEN)).to_have_text(["by another road", "and back", "good"])
    cable.refuses_upgrades = False
    turn(page, 31)
    online(page)
    expect(page.locator("[data-status]")).to_be_empty()
    say_from_elsewhere(heron, room, "at once")
    expect(page.locator(SPOKEN)).to_have_count(4)


def test_a_server_that_starts_anew_alarms_nobody(far_town: Town, phone: Callable[[], BrowserContext]) -> None:
    room, north = far_town.room(), far_town.person()
    page = online(sit_down(phone(), far_town, north, room))
    assert far_town.server.stop() == 0
    expect(page.locator(".room[data-connection=pausing]")).to_have_count(1)
    say(page, "said meanwhile")
    turn(page, 3)
    assert "dropped" not in status(page)
    expect(page.locator(WAITING)).to_have_count(1)
    far_town.server.start()
    turn(page, 16)
    expect(page.locator(SPOKEN)).to_have_text(["said meanwhile"])
    online(page)
    assert log_of(north, room) == ["said meanwhile"]


WITHOUT_A_STORE = {
    "there is none": "Object.defineProperty(window, 'indexedDB', { value: undefined })",
    "it may not be opened": "IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError') }",
    "the disk is full": "IDBObjectStore.prototype.add = () => { throw new DOMException('', 'QuotaExceededError') }",
}


@pytest.mark.parametrize("why", WITHOUT_A_STORE)
def test_a_browser_that_keeps_nothing_sends_all_the_same_and_says_what_is_at_stake(
    far_town: Town, device: Device, why: str
) -> None:
    room, north = far_town.room(), far_town.person()
    context = device()
    context.add_init_script(WITHOUT_A_STORE[why])
    page = online(sit_down(context, far_town, north, room))
    context.set_offline(True)
    say(page, "one")
    say(page, "two")
    expect(page.locator("[data-status]")).to_contain_text("leave the page open")
    expect(page.locator(".day")).to_have_text("today")
    assert "is kept" not in status(page)
    context.set_offline(False)
    expect(page.locator(SPOKEN)).to_have_text(["one", "two"])
    expect(page.locator("[data-status]")).to_be_empty()
    assert log_of(north, room) == ["one", "two"]


def leave_unsent(page: Page, words: str) -> None:
    """Say something without a network, and close the tab on it."""
    context = page.context
    context.set_offline(True)
    say(page, words)
    expect(page.locator(WAITING)).to_have_count(1)
    page.close()
    context.set_offline(False)


def test_what_waits_in_a_closed_tab_goes_out_from_whatever_page_is_opened_next(
    far_town: Town, device: Device
) -> None:
    room, north = far_town.room(), far_town.person()
    context = device()
    leave_unsent(online(sit_down(context, far_town, north, room)), "on the way to the bus")
    today = context.new_page()
    with today.expect_response(re.compile("/messages$")) as sent:
        today.goto(far_town.url + "/")
    assert sent.value.ok
    assert log_of(north, room) == ["on the way to the bus"]


def test_a_tab_that_is_looked_at_sends_what_a_frozen_one_holds(far_town: Town, device: Device) -> None:
    room, north = far_town.room(), far_town.person()
    context = device()
    hand_over(context, north)
    held = context.new_page()
    held.route_web_socket(re.compile("socket.io"), refuse)
    held.route(re.compile("/api/"), lambda route: route.abort())
    held.goto(f"{far_town.url}/rooms/{room}")
    expect(held.locator(".room[data-mounted]")).to_have_count(1)
    say(held, "in the cold")
    expect(held.locator(WAITING)).to_have_count(1)
    debugger = context.new_cdp_session(held)
    debugger.send("Debugger.enable")
    debugger.send("Debugger.pause")  # as a browser freezes a tab: no timer, no message, no line of script
    seen = context.new_page()
    seen.goto(f"{far_town.url}/rooms/{room}")
    expect(seen.locator(SPOKEN)).to_have_text(["in the cold"], timeout=20_000)
    assert log_of(north, room) == ["in the cold"]


def refuse(socket: WebSocketRoute) -> None:
    socket.close(code=1011)


def test_what_is_being_written_outlives_the_page(far_town: Town, device: Device) -> None:
    room, north = far_town.room(), far_town.person()
    page = online(sit_down(device(), far_town, north, room))
    page.get_by_label("Your message").fill("half a sentence")
    page.reload()
    expect(page.get_by_label("Your message")).to_have_value("half a sentence")
    say(page, "a whole sentence")
    page.reload()
    expect(page.locator(".room[data-mounted]")).to_have_count(1)
    expect(page.get_by_label("Your message")).to_have_value("")


def test_words_that_are_refused_while_their_room_is_not_open_are_found_again(
    far_town: Town, device: Device
) -> None:
    room, north = far_town.room(), far_town.person()
    context = device()
    leave_unsent(online(sit_down(context, far_town, north, room)), "left \u202e right")
    rooms = context.new_page()
    rooms.goto(far_town.url + "/rooms")
    unsent = rooms.locator("[data-module='rooms/unsent']")
    expect(unsent).to_contain_text("left \u202e right")
    expect(unsent).to_contain_text("cannot be shown")
    rooms.reload()
    expect(unsent).to_contain_text("left")
    unsent.get_by_role("button", name="Remove").click()
    expect(unsent).to_be_hidden()
    rooms.reload()
    expect(rooms.locator("main[data-mounted]")).to_have_count(1)
    expect(unsent).to_be_hidden()
    assert log_of(north, room) == []
