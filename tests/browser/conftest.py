"""People with browsers of their own, in a town that is really there."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.person import PASSPHRASE, Town, fresh_name

NewPage = Callable[..., Page]


@pytest.fixture
def device(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """A fresh browser profile; requests that leave this machine are noted and fail the test."""
    contexts: list[BrowserContext] = []
    strangers: list[str] = []

    def open_device(**options: object) -> BrowserContext:
        context = browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(30_000)
        context.on(
            "request", lambda request: strangers.append(request.url) if is_elsewhere(request.url) else None
        )
        contexts.append(context)
        return context

    yield open_device
    for context in contexts:
        context.close()
    assert strangers == []


def is_elsewhere(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:"))


@pytest.fixture
def join_in(town: Town, device: Callable[..., BrowserContext]) -> NewPage:
    """Someone joins as a person would: the landing page, a name, a passphrase, the codes."""

    def join(name: str | None = None, **options: object) -> Page:
        page = device(**options).new_page()
        page.goto(town.url)
        page.get_by_role("link", name="Join").first.click()
        if name:
            page.get_by_label("Pseudonym").fill(name)
        page.locator("input[name=passphrase]").fill(PASSPHRASE)
        page.locator("input[name=agree]").check()
        page.locator("main form button[type=submit], main form .button-primary").last.click()
        page.get_by_role("button", name="I have kept them").click()
        page.wait_for_url(town.url + "/")
        return page

    return join


@pytest.fixture
def name() -> str:
    """A pseudonym that nobody has yet."""
    return fresh_name("quiet-river")
