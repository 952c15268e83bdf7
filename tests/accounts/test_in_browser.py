"""The ways in and out in a real browser, with scripts and without."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accounts.conftest import PASSPHRASE
from tests.live import LiveServer

Newcomer = Callable[..., Page]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path_factory.mktemp("accounts") / "data", {})
    server.start()
    yield server
    server.kill()


@pytest.fixture
def newcomer(house: LiveServer, browser: Browser) -> Iterator[Newcomer]:
    """Somebody on the join page; `scripts` says whether theirs run."""
    contexts = []

    def arrive(*, scripts: bool = True) -> Page:
        context = browser.new_context(
            java_script_enabled=scripts, permissions=["clipboard-read", "clipboard-write"]
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(house.url + "/join")
        return page

    yield arrive
    for context in contexts:
        context.close()


def join(page: Page) -> str:
    """Take the suggested name."""
    name = page.get_by_label("Pseudonym").input_value()
    page.locator("#passphrase").fill(PASSPHRASE)
    page.get_by_label("I am 18 or older").check()
    page.get_by_role("main").get_by_role("button", name="Join").click()
    expect(page.get_by_role("heading", name="Your ten recovery codes")).to_be_visible()
    return name


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_join_keep_the_codes_sign_out_and_in_again(
    newcomer: Newcomer, house: LiveServer, scripts: bool
) -> None:
    page = newcomer(scripts=scripts)
    name = join(page)
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("button", name="I have kept them").click()
    page.goto(house.url + "/account")
    page.get_by_role("button", name="Sign out here").click()
    page.wait_for_url(house.url + "/")
    page.goto(house.url + "/sign-in")
    page.get_by_label("Pseudonym").fill(name)
    page.locator("#passphrase").fill(PASSPHRASE)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.goto(house.url + "/account")
    expect(page.get_by_role("main")).to_contain_text(name)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_another_suggestion_is_another_name(newcomer: Newcomer, scripts: bool) -> None:
    page = newcomer(scripts=scripts)
    field = page.get_by_label("Pseudonym")
    seen = [field.input_value()]
    page.locator("#passphrase").fill("half typed")
    for _ in range(8):  # more than the page brought along
        page.get_by_text("Another suggestion").click()
        expect(field).not_to_have_value(seen[-1])
        seen.append(field.input_value())
    assert len(set(seen)) == 9
    assert page.locator("#passphrase").input_value() == ("half typed" if scripts else "")


def test_codes_can_be_copied_and_saved(newcomer: Newcomer) -> None:
    page = newcomer()
    join(page)
    codes = page.locator(".codes li").all_inner_texts()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("main").get_by_role("status")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()").split() == codes
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.path().read_text().split() == codes


def test_a_passphrase_can_be_looked_at_and_is_sent_hidden(newcomer: Newcomer) -> None:
    page = newcomer()
    field = page.locator("#passphrase")
    field.fill("lantern")
    page.get_by_role("button", name="Show: Passphrase").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide: Passphrase").click()
    expect(field).to_have_attribute("type", "password")
    expect(field).to_have_value("lantern")


def test_signing_out_leaves_nothing_in_the_browser(newcomer: Newcomer, house: LiveServer) -> None:
    page = newcomer()
    join(page)
    page.goto(house.url + "/account")
    page.evaluate(
        """() => new Promise((resolve) => {
          localStorage.setItem("draft", "half a sentence");
          const request = indexedDB.open("recovery-net");
          request.onsuccess = () => { request.result.close(); resolve(); };
        })"""
    )
    page.get_by_role("button", name="Sign out here").click()
    page.wait_for_url(house.url + "/")
    assert page.evaluate("localStorage.length") == 0
    assert page.evaluate("indexedDB.databases()") == []


def test_back_after_signing_out_shows_nothing(newcomer: Newcomer, house: LiveServer) -> None:
    page = newcomer()
    name = join(page)
    page.goto(house.url + "/account")
    page.get_by_role("button", name="Sign out here").click()
    page.wait_for_url(house.url + "/")
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert name not in page.content()


def test_the_devices_own_zone_is_one_press_away(
    newcomer: Newcomer, house: LiveServer, browser: Browser
) -> None:
    context = browser.new_context(timezone_id="America/Sao_Paulo")
    page = context.new_page()
    page.goto(house.url + "/join")
    join(page)
    page.goto(house.url + "/account")
    page.get_by_role("button", name="Use this device’s").click()
    page.locator("form[data-module='accounts/time-zone']").get_by_role("button", name="Keep it").click()
    expect(page.get_by_label("Time zone")).to_have_value("America/Sao_Paulo")
    context.close()
