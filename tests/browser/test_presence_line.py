"""Who else shows that they are here: one calm line, for those who said that they want it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.room_page import online, sit_down
from tests.person import Person, Town

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Device = Callable[..., BrowserContext]


def name_of(person: Person) -> str:
    return (
        person.web.get(person.url + "/account", timeout=10)
        .text.partition('data-account="')[2]
        .partition('"')[0]
    )


def show(person: Person) -> str:
    """Say that one wants to be seen; gives the name that others see."""
    assert person.post("/account/presence", page="/account", is_shown="y").ok
    return name_of(person)


def test_who_wants_to_be_seen_is_seen_by_others_and_nobody_sees_themselves(
    town: Town, device: Device
) -> None:
    room, north, heron, silent = town.room(), town.person(), town.person(), town.person()
    name = show(heron)
    seen = online(sit_down(device(), town, heron, room))
    unseen = online(sit_down(device(), town, silent, room))
    page = online(sit_down(device(viewport={"width": 320, "height": 640}), town, north, room))
    line = page.locator("[data-here]")
    expect(line.locator("[data-here-names]")).to_have_text(f"Here now: {name}")
    expect(unseen.locator("[data-here-names]")).to_have_text(f"Here now: {name}")
    assert line.evaluate("element => element.closest('[aria-live], [role=status], [role=log]')") is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(seen.locator("[data-here]")).to_be_hidden()
    line.get_by_role("link", name="Show that you are here").click()
    expect(page.locator("#presence")).to_be_in_viewport()


def test_a_page_without_a_line_does_not_claim_to_know_who_is_here(town: Town, device: Device) -> None:
    room, north, heron = town.room(), town.person(), town.person()
    show(heron)
    online(sit_down(device(), town, heron, room))
    context = device()
    page = online(sit_down(context, town, north, room))
    expect(page.locator("[data-here]")).to_be_visible()
    context.set_offline(True)
    expect(page.locator("[data-here]")).to_be_hidden()
