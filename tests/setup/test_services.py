"""The services that the other tests stand on: they work, and they never outlive the tests."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis
from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

from tests.services.chromium import find_chromium
from tests.services.fixtures import missing
from tools.installation import ROOT
from tools.services.places import Unavailable
from tools.services.postgres import new_database

SHOW_PAGE = """
from playwright.sync_api import sync_playwright
from tests.services.chromium import find_chromium
chromium = find_chromium()
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=chromium.path, args=chromium.args, env=chromium.env)
    page = browser.new_page()
    page.set_content("<p>hello</p>")
    print(page.inner_text("p"))
    browser.close()
"""
KILLED = """
import os, signal
from tools.services.{service} import {service}_server
with {service}_server() as url:
    print(url, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_postgresql_keeps_databases_apart(postgres_server_url: str) -> None:
    one, other = new_database(postgres_server_url), new_database(postgres_server_url)

    with psycopg.connect(one) as connection:
        connection.execute("CREATE TABLE words (word text)")
        connection.execute("INSERT INTO words VALUES ('über größte')")
    with psycopg.connect(other) as connection:
        assert connection.execute("SELECT to_regclass('words')").fetchone() == (None,)
    with psycopg.connect(one) as connection:
        assert connection.execute("SELECT upper(word) FROM words").fetchone() == ("ÜBER GRÖßTE",)


def test_valkey_answers(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        client.set("a room", "a word")
        assert client.get("a room") == b"a word"


def test_chromium_shows_a_page_and_reaches_no_other_host(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<h1>hello</h1>")

    assert page.inner_text("h1") == "hello"
    with pytest.raises(PlaywrightError, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://elsewhere.test/")
    page.close()


def test_the_packaged_chromium_runs_on_a_bare_machine() -> None:
    bare = {"PATH": "", "HOME": os.environ.get("HOME", "/")}
    child = [sys.executable, "-c", SHOW_PAGE]
    shown = subprocess.run(child, cwd=ROOT, env=bare, capture_output=True, text=True, timeout=90, check=False)
    if "Unavailable" in shown.stderr:
        missing("packaged Chromium", Unavailable(shown.stderr.splitlines()[-1]))

    assert shown.stdout == "hello\n", shown.stderr


def test_a_chromium_that_is_named_and_missing_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")

    with pytest.raises(Unavailable, match="/nowhere/chromium, which is not a program"):
        find_chromium()


@pytest.mark.parametrize("service", ["postgres", "valkey"])
@pytest.mark.usefixtures("postgres_server_url", "valkey_url")  # skips where they cannot run
def test_tests_that_are_killed_leave_no_server_and_no_folder(service: str, tmp_path: Path) -> None:
    child = [sys.executable, "-c", KILLED.format(service=service)]
    env = {"TMPDIR": str(tmp_path)}
    url = subprocess.run(child, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=False).stdout
    assert f"rn-{'pg' if service == 'postgres' else service}-" in url

    deadline = time.monotonic() + 20
    while list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert not list(tmp_path.iterdir())
