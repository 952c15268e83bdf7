"""Getting a list: from a file, standard input, or an address that is not inside anybody's network."""

import hashlib
import ipaddress
import re
import socket
import ssl
import sys
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import urljoin, urlsplit, urlunsplit

from recovery_net.core.i18n import N_
from recovery_net.meetings.feeds.report import FeedUnusable
from recovery_net.meetings.feeds.sources import SIZE_LIMIT

TIMEOUT = 30  # seconds
_HOPS = 5
_FEED_LINK = re.compile(rb"<link\b[^>]{0,500}>", re.IGNORECASE)


def fetch(source: str, *, allow_private: bool = False, trusted: str | None = None) -> tuple[str, bytes]:
    """A source's name and its bytes. `trusted`: one host that may be private, as `typed_host` gives it."""
    if source == "-":
        return "standard input", sys.stdin.buffer.read(SIZE_LIMIT + 1)
    if re.match(r"https?://", source, re.IGNORECASE):
        return name_of(source), _from_address(source, None if allow_private else {trusted})
    path = Path(source)
    try:
        with path.open("rb") as opened:
            return path.name, opened.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise FeedUnusable(
            N_("%(path)s cannot be read: %(error)s."), path=source, error=error.strerror
        ) from error


def typed_host(source: str) -> str | None:
    """The host of an address that names this machine or one beside it outright: who types that, means it.

    A public name that leads inside is another matter, and so is a public page that does.
    """
    try:
        host = urlsplit(source).hostname or ""
        ipaddress.ip_address(host)
    except ValueError:
        return "localhost" if re.match(r"https?://localhost(:|/|$)", source) else None
    return host


def name_of(address: str) -> str:
    """An address as a name: without what signs somebody in."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.hostname or "", parts.path, _told_apart(parts.query), ""))


def _told_apart(query: str) -> str:
    """A query may hold a key: its hash tells two lists of one address apart as well."""
    return hashlib.sha256(query.encode()).hexdigest()[:8] if query else ""


def _from_address(address: str, may_be_private: set[str | None] | None) -> bytes:
    """Follows a few redirects, and a page's own pointer to its feed; each hop is checked again."""
    for _hop in range(_HOPS):
        response, data = _get(address, may_be_private)
        if response.status in {301, 302, 303, 307, 308} and (to := response.getheader("Location")):
            address = urljoin(address, to)
        elif response.status != 200:
            raise FeedUnusable(N_("The address answered with status %(status)s."), status=response.status)
        elif "html" in (response.getheader("Content-Type") or "") and (feed := announced_feed(data, address)):
            address = feed
        else:
            return data
    raise FeedUnusable(N_("The address leads on and on."))


def announced_feed(page: bytes, address: str) -> str | None:
    """The feed that a page announces, if any."""
    for tag in _FEED_LINK.findall(page[:500_000]):
        attributes = dict(re.findall(rb"""([a-z-]+)\s*=\s*["']([^"']*)["']""", tag.lower()))
        href = re.search(rb"""href\s*=\s*["']([^"']+)["']""", tag, re.IGNORECASE)
        is_feed = (
            attributes.get(b"type") == b"application/json" and attributes.get(b"title") == b"meetings feed"
        )
        if is_feed and href:
            found = urljoin(address, href[1].decode("utf-8", "replace").replace("&amp;", "&"))
            return found if found != address else None
    return None


def _get(address: str, may_be_private: set[str | None] | None) -> tuple[HTTPResponse, bytes]:
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise FeedUnusable(N_("Only http and https addresses can be read."))
    allow_private = may_be_private is None or parts.hostname in may_be_private
    port = _port(parts.port, parts.scheme)
    connection = _connect(parts.hostname, port, parts.scheme, allow_private=allow_private)
    try:
        target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        headers = {
            "Host": parts.netloc.rpartition("@")[2],
            "Accept": "application/json, text/csv;q=0.9, */*;q=0.5",
        }
        connection.request("GET", target, headers=headers | {"User-Agent": "RecoveryNet"})
        response = connection.getresponse()
        return response, response.read(SIZE_LIMIT + 1)
    except (OSError, HTTPException, ValueError) as error:
        raise FeedUnusable(
            N_("The address cannot be reached: %(error)s."), error=str(error) or repr(error)
        ) from error
    finally:
        connection.close()


def _port(port: int | None, scheme: str) -> int:
    return port or (443 if scheme == "https" else 80)


def _connect(host: str, port: int, scheme: str, *, allow_private: bool) -> HTTPConnection:
    """A connection to the very address that was checked: a name may answer otherwise the second time."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise FeedUnusable(N_("There is no host %(host)s."), host=host) from error
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private and not all(_is_public(address) for address in addresses):
        raise FeedUnusable(
            N_("%(host)s is inside a private network; --allow-private lets it be read."), host=host
        )
    if scheme == "http":
        return HTTPConnection(addresses[0], port, timeout=TIMEOUT)
    return _PinnedHTTPS(host, addresses[0], port)


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not found.is_multicast


class _PinnedHTTPS(HTTPSConnection):
    """Speaks to one address, and checks the certificate against the name."""

    def __init__(self, host: str, address: str, port: int) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
