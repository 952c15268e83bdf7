"""Lists from addresses: followed, found on a page, and never from inside a private network unless told to."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from recovery_net.meetings import fetching
from recovery_net.meetings.feeds.report import FeedUnusable
from tests.meetings.making import row

FEED = json.dumps([row("a")]).encode()
PAGES: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/feed.json": (200, {"Content-Type": "application/json"}, FEED),
    "/old": (301, {"Location": "/feed.json"}, b""),
    "/round": (302, {"Location": "/round"}, b""),
    "/inside": (302, {"Location": "file:///etc/passwd"}, b""),
    "/gone": (404, {}, b""),
    "/page": (
        200,
        {"Content-Type": "text/html"},
        b'<head><link href="/feed.json?a=1&amp;b=2" rel="alternate" type="application/json" title="Meetings Feed">',
    ),
    "/feed.json?a=1&b=2": (200, {"Content-Type": "application/json"}, FEED),
    "/plain-page": (200, {"Content-Type": "text/html"}, b"<html>no feed here</html>"),
}


class Site(BaseHTTPRequestHandler):
    """A few pages."""

    def do_GET(self) -> None:
        status, headers, body = PAGES.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["/feed.json", "/old", "/page"])
def test_a_list_is_found(site: str, path: str) -> None:
    name, data = fetching.fetch(site + path, allow_private=True)
    assert (name, data) == (f"http://127.0.0.1{path}", FEED)


@pytest.mark.parametrize("path", ["/round", "/inside", "/gone", "/nobody"])
def test_what_leads_nowhere_is_no_list(site: str, path: str) -> None:
    with pytest.raises(FeedUnusable):
        fetching.fetch(site + path, allow_private=True)


def test_a_page_without_a_feed_is_handed_on_for_the_reader_to_refuse(site: str) -> None:
    assert fetching.fetch(f"{site}/plain-page", allow_private=True)[1].startswith(b"<html>")


def test_who_types_a_private_address_means_it(site: str) -> None:
    typed = fetching.typed_host(site)
    assert fetching.fetch(f"{site}/old", trusted=typed)[1] == FEED
    assert fetching.typed_host("http://localhost:8000/feed.json") == "localhost"
    assert fetching.typed_host("https://lists.example.org/feed.json") is None


def test_a_private_network_is_closed(site: str) -> None:
    with pytest.raises(FeedUnusable, match="private"):
        fetching.fetch(f"{site}/feed.json")


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[::1]/", "http://0.0.0.0/",
     "http://[::ffff:127.0.0.1]/", "http://192.168.1.1/", "http://localhost/", "http://2130706433/"],
)  # fmt: skip
def test_addresses_of_private_networks_are_refused(address: str) -> None:
    with pytest.raises(FeedUnusable):
        fetching.fetch(address)


@pytest.mark.parametrize("address", ["http://", "https:///x", "http://a b/", "http://no-such-host.invalid/"])
def test_broken_addresses_are_refused(address: str) -> None:
    with pytest.raises(FeedUnusable):
        fetching.fetch(address)


def test_a_key_in_an_address_is_not_kept_and_two_lists_are_told_apart() -> None:
    one, other = (fetching.name_of(f"https://example.org/feed?key={key}") for key in ("s3cret", "an0ther"))
    assert "s3cret" not in one
    assert one != other


def test_a_file_is_known_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "county.json"
    path.write_bytes(FEED)
    assert fetching.fetch(str(path)) == ("county.json", FEED)
    with pytest.raises(FeedUnusable, match="cannot be read"):
        fetching.fetch(str(tmp_path))


def test_an_address_is_a_name_without_what_signs_in() -> None:
    assert fetching.name_of("https://keeper:secret@example.org/feed#top") == "https://example.org/feed"
