"""python -m tools.screenshots: the pictures in docs/screenshots/, made of the demo instance in a real browser.

Development only: needs what ./test installs.
"""

import os
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from recovery_net.demo.filling import PASSPHRASE
from tools.progress import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "screenshots"
WHO = "heath"
SIZES = {"phone": (390, 844), "desktop": (1280, 832)}
PORT = 5799


def main() -> None:
    from playwright.sync_api import sync_playwright

    from tests.services.chromium import find_chromium

    found = find_chromium()
    TARGET.mkdir(parents=True, exist_ok=True)
    with demo() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.path, args=list(found.args), env=found.env)
        for size in SIZES:
            for scheme in ("light", "dark"):
                take(browser, url, size, scheme)
        browser.close()


def take(browser: "Browser", url: str, size: str, scheme: str) -> None:
    """All pages, as a stranger and as a member, in one size and one scheme."""
    width, height = SIZES[size]
    page = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        timezone_id="Europe/Berlin",
        locale="en-GB",
    ).new_page()
    for name, path in (("landing", "/"), ("join", "/join"), ("help", "/help?country=DE")):
        shoot(page, url + path, f"{name}-{size}-{scheme}")
    page.goto(f"{url}/sign-in")
    page.locator("input[name=pseudonym]").fill(WHO)
    page.locator("input[name=passphrase]").fill(PASSPHRASE)
    page.locator("input[name=passphrase]").press("Enter")
    page.wait_for_url(f"{url}/")
    pages = [
        ("today", "/"),
        ("rooms", "/rooms"),
        ("room", "/rooms/evening-check-in"),
        ("meetings", "/meetings"),
    ]
    for name, path in pages:
        shoot(page, url + path, f"{name}-{size}-{scheme}")
    page.locator("main a.item-title[href*='/meetings/']").first.click()
    shoot(page, page.url, f"meeting-{size}-{scheme}")


def shoot(page: "Page", address: str, name: str) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=TARGET / f"{name}.png")
    say(f"docs/screenshots/{name}.png")


@contextmanager
def demo() -> "Iterator[str]":
    """A demo instance of its own; gives its address."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "RECOVERY_NET_DATA": f"{folder}/data",
            "PORT": str(PORT),
            "LIMITS": "off",
            "RECOVERY_NET_TIME_ZONE": "Europe/Berlin",
        }
        server = subprocess.Popen([sys.executable, "wsgi.py", "--demo"], cwd=ROOT, env=environment)
        try:
            url = f"http://127.0.0.1:{PORT}"
            wait_for(f"{url}/readyz")
            yield url
        finally:
            server.terminate()
            server.wait()


def wait_for(address: str, seconds: float = 60) -> None:
    deadline = monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310 - our own address
        except OSError:
            if monotonic() > deadline:
                raise
            sleep(0.2)
        else:
            return


if __name__ == "__main__":
    main()
