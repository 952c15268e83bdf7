"""Links of messages: through the leave page, and the other site is told nothing of us (security.md, 11)."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.room_page import hand_over
from tests.person import Town

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Device = Callable[..., BrowserContext]


class Elsewhere(ThreadingHTTPServer):
    """Another site on this machine, which notes what it is told."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        super().__init__(("127.0.0.1", 0), Page)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/a-page?of=theirs"


class Page(BaseHTTPRequestHandler):
    server: Elsewhere

    def do_GET(self) -> None:
        heard = {name.lower(): value for name, value in self.headers.items()}
        self.server.heard.append(heard | {"path": self.path})
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>Elsewhere</title><script>document.title += document.referrer</script>")

    def log_message(self, *_arguments: object) -> None:
        """Nothing: the test looks at `heard`."""


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    site = Elsewhere()
    Thread(target=site.serve_forever, daemon=True).start()
    yield site
    site.shutdown()
    site.server_close()


@pytest.mark.parametrize("scripts", [True, False])
def test_another_site_hears_nothing_until_asked_and_not_from_where(
    town: Town, device: Device, elsewhere: Elsewhere, scripts: bool
) -> None:
    room, north, heron = town.room(), town.person(), town.person().connect()
    heron.ask("room:join", {"room": room})
    heron.say(room, f"[read this]({elsewhere.url}) or {elsewhere.url}")
    context = device(java_script_enabled=scripts)
    hand_over(context, north)
    page = context.new_page()
    page.goto(f"{town.url}/rooms/{room}")
    links = page.locator(".message [data-body] a")
    expect(links).to_have_count(2)
    for number in range(2):
        assert (links.nth(number).get_attribute("href") or "").startswith("/leave?to=")

    links.first.click()
    page.wait_for_url(f"{town.url}/leave?*")
    expect(page.get_by_role("main")).to_contain_text(elsewhere.url)
    assert elsewhere.heard == []  # looking where it leads asks nobody

    page.get_by_role("main").get_by_role("link", name="Go to 127.0.0.1").click()
    page.wait_for_url(elsewhere.url)
    (asked,) = [heard for heard in elsewhere.heard if heard["path"].startswith("/a-page")]
    assert "referer" not in asked
    assert "origin" not in asked
    assert room not in str(elsewhere.heard)
    if scripts:
        assert page.title() == "Elsewhere"  # document.referrer is empty
