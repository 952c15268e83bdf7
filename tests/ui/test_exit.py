"""The quick exit in a real browser, with and without scripts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.live import LiveServer
from tests.person import PASSPHRASE, Person


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One server for all: each test is one more sign-in of the same person."""
    server = LiveServer(tmp_path_factory.mktemp("exit") / "data", {})
    server.start()
    Person(server.url).join("quiet-river-27")
    yield server
    server.kill()


@pytest.fixture
def member(house: LiveServer, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Someone signed in, on the page about themselves; the parameter says whether scripts run."""
    has_scripts = getattr(request, "param", True)
    context = browser.new_context(java_script_enabled=has_scripts)
    page = context.new_page()
    page.goto(house.url + "/sign-in")
    page.get_by_label("Pseudonym").fill("quiet-river-27")
    page.get_by_label("Passphrase").first.fill(PASSPHRASE)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.goto(house.url + "/account")
    expect(page.get_by_role("main")).to_contain_text("quiet-river-27")
    if has_scripts:
        expect(page.locator("body[data-mounted]")).to_have_count(1)
    yield page
    context.close()


def assert_gone(page: Page, url: str) -> None:
    """On the neutral page, which says nothing of us, and no way back into the session."""
    expect(page).to_have_url(re.compile(r"/away$"))
    expect(page).to_have_title("Notes")
    assert "recovery" not in page.content().lower()
    assert page.context.cookies() == []
    page.goto(url + "/account")
    expect(page).to_have_url(re.compile(r"/sign-in"))


@pytest.mark.parametrize("member", [True, False], indirect=True, ids=["scripts", "no scripts"])
def test_the_button_ends_the_session_and_leaves(member: Page, house: LiveServer):
    member.get_by_role("button", name="Exit quickly").click()
    assert_gone(member, house.url)


def test_shift_three_times_ends_the_session_and_leaves(member: Page, house: LiveServer):
    for _ in range(3):
        member.keyboard.press("Shift")
    assert_gone(member, house.url)


def test_back_does_not_show_the_page_again(member: Page):
    member.get_by_role("button", name="Exit quickly").click()
    expect(member).to_have_url(re.compile(r"/away$"))
    member.go_back()
    expect(member.locator("body")).not_to_contain_text("quiet-river-27")


def test_the_page_is_blank_before_the_server_answers(member: Page):
    member.route("**/exit", lambda route: None)
    member.get_by_role("button", name="Exit quickly").click()
    expect(member.locator("html")).to_be_hidden()
    expect(member).to_have_title("Notes")
    expect(member).to_have_url(re.compile(r"/away$"))


def test_other_tabs_leave_too(member: Page):
    other = second_tab(member.context, member.url)
    member.get_by_role("button", name="Exit quickly").click()
    expect(other).to_have_url(re.compile(r"/away$"))


def second_tab(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url)
    expect(page.locator("body[data-mounted]")).to_have_count(1)
    return page
