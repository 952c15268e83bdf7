"""pytest fixtures: a missing service skips its tests loudly, and with CI=true fails them."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Never

import pytest
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.services.chromium import Chromium, find_chromium
from tools.services.places import Unavailable
from tools.services.postgres import new_database, postgres_server
from tools.services.valkey import valkey_server


def missing(service: str, why: Exception) -> Never:
    sentence = f"no {service}: {why}"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def postgres_server_url() -> Iterator[str]:
    """A PostgreSQL server's own database: `new_database(postgres_server_url)` makes an empty one."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(postgres_server())
        except Unavailable as why:
            missing("PostgreSQL", why)
        yield url


@pytest.fixture(scope="session")
def postgres_url(postgres_server_url: str) -> str:
    """One empty PostgreSQL database for the whole run."""
    return new_database(postgres_server_url)


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A server that speaks the Redis protocol."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(valkey_server())
        except Unavailable as why:
            missing("Valkey", why)
        yield url


@pytest.fixture(scope="session")
def chromium() -> Chromium:
    """Path, arguments and environment of a Chromium."""
    try:
        return find_chromium()
    except Unavailable as why:
        missing("Chromium", why)


@pytest.fixture(scope="session")
def browser(chromium: Chromium) -> Iterator[Browser]:
    """Playwright's Chromium; `browser.new_context()` is a person with a device of their own."""
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(
                executable_path=chromium.path, args=list(chromium.args), env=chromium.env
            )
        except PlaywrightError as why:
            missing("Chromium", why)
        yield launched
        launched.close()
