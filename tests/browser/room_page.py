"""Somebody sits in a room: what their browser is told to do, and what it shows."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.person import Person, Town

SPOKEN = ".message[data-seq] [data-body]"
WAITING = ".message:not([data-seq])"


def sit_down(context: BrowserContext, town: Town, person: Person, room: str) -> Page:
    """Open a room as someone who is signed in."""
    hand_over(context, person)
    page = context.new_page()
    page.goto(f"{town.url}/rooms/{room}")
    expect(page.locator(".room[data-mounted]")).to_have_count(1)
    return page


def hand_over(context: BrowserContext, person: Person) -> None:
    """From here on the device is signed in as this person."""
    for cookie in person.web.cookies:
        context.add_cookies([{"name": cookie.name, "value": cookie.value or "", "url": person.url}])


def online(page: Page) -> Page:
    """Wait for the line."""
    expect(page.locator(".room[data-connection=online]")).to_have_count(1)
    return page


def box(page: Page) -> str:
    """What stands in the composer."""
    return page.get_by_label("Your message").input_value()


def say(page: Page, words: str) -> None:
    """Write and send; the words are kept when this returns."""
    page.get_by_label("Your message").fill(words)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_label("Your message")).to_have_value("")


def log_of(person: Person, room: str) -> list[str]:
    """What the server has."""
    events = person.web.get(f"{person.url}/rooms/{room}/events", timeout=10).json()["events"]
    return [event["body"] for event in events]
