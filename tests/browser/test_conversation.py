"""Two people in two browsers: what both see is the same, once, in order, through reloads and lost lines."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.person import Town

NewPage = Callable[..., Page]


def spoken(page: Page) -> list[str]:
    return page.locator(".message [data-body]").all_inner_texts()


def say(page: Page, words: str) -> None:
    page.get_by_label("Your message").fill(words)
    page.get_by_role("button", name="Send").click()


def wait_for(page: Page, words: str) -> None:
    expect(page.locator(".message [data-body]").get_by_text(words, exact=True)).to_have_count(1)


def test_twenty_messages_once_and_in_order_through_a_reload_and_a_lost_line(
    town: Town, join_in: NewPage
) -> None:
    room = town.room()
    north, heron = join_in(), join_in()
    for page in (north, heron):
        open_room(page, town, room)
    expected: list[str] = []

    def talk(numbers: range) -> None:
        for number in numbers:
            for page, who in ((north, "north"), (heron, "heron")):
                expected.append(f"{who} says {number}")
                say(page, expected[-1])
                wait_for(north, expected[-1])
                wait_for(heron, expected[-1])

    talk(range(4))
    heron.context.set_offline(True)
    expected.append("heron says 4")
    say(heron, expected[-1])
    expect(heron.locator(".message-waiting")).to_have_count(1)
    expect(heron.locator("[data-status]")).to_contain_text("offline")
    expected.insert(-1, "north says 4")
    say(north, "north says 4")
    wait_for(north, "north says 4")
    heron.context.set_offline(False)
    wait_for(north, "heron says 4")
    north.reload()
    talk(range(5, 10))
    for page in (north, heron):
        expect(page.locator(".message-waiting")).to_have_count(0)
        assert spoken(page) == expected
        page.reload()
        assert spoken(page) == expected


def open_room(page: Page, town: Town, room: str) -> None:
    """Sit down, and wait until the script has taken the page over."""
    page.goto(f"{town.url}/rooms/{room}")
    expect(page.locator(".room[data-mounted]")).to_have_count(1)


def test_what_is_written_offline_survives_closing_the_tab(town: Town, join_in: NewPage) -> None:
    room = town.room()
    north = join_in()
    open_room(north, town, room)
    north.context.set_offline(True)
    say(north, "into the void")
    expect(north.locator(".message-waiting")).to_have_count(1)
    context = north.context
    north.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(f"{town.url}/rooms/{room}")
    wait_for(again, "into the void")
    expect(again.locator(".message-waiting")).to_have_count(0)
    assert spoken(again) == ["into the void"]


def test_the_same_conversation_through_the_forms_without_javascript(town: Town, join_in: NewPage) -> None:
    room = town.room()
    north, heron = join_in(java_script_enabled=False), join_in(java_script_enabled=False)
    expected = []
    for page in (north, heron):
        page.goto(f"{town.url}/rooms/{room}")
    for number in range(10):
        for page, who in ((north, "north"), (heron, "heron")):
            say(page, f"{who} says {number}")  # and is back in the room, with a fresh form
            expected.append(f"{who} says {number}")
    for page in (north, heron):
        page.goto(f"{town.url}/rooms/{room}")
        assert spoken(page) == expected


def test_a_form_that_is_refused_keeps_what_was_typed(town: Town, join_in: NewPage) -> None:
    room = town.room()
    north = join_in(java_script_enabled=False)
    north.goto(f"{town.url}/rooms/{room}")
    say(north, "x" * 4001)
    expect(north.get_by_role("alert")).to_contain_text("at most 4000 characters")
    assert len(north.get_by_label("Your message").input_value()) == 4001


def test_earlier_messages_come_when_one_scrolls_up(town: Town, join_in: NewPage) -> None:
    room = town.room()
    heron = town.person().connect()
    heron.ask("room:join", {"room": room})
    for number in range(1, 121):
        assert heron.say(room, f"number {number}")["ok"]
    north = join_in()
    north.goto(f"{town.url}/rooms/{room}")
    expect(north.locator(".message")).to_have_count(50)
    scroller = north.locator("[data-scroll]")
    for count in (100, 120):
        scroller.evaluate("element => element.scrollTo({top: -element.scrollHeight})")
        expect(north.locator(".message")).to_have_count(count)
    assert spoken(north) == [f"number {number}" for number in range(1, 121)]
