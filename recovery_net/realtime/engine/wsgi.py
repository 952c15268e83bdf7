"""The handshake, and taking the socket out of pywsgi's hands.

A refusal is plain HTTP, before anything is switched. After the 101 the greenlet that served the request ends, and with
it everything that HTTP needed; what stays is the file descriptor and the few headers that events may ask for.
"""

import _socket
import base64
import binascii
import hashlib
from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
HEADERS = 32 * 1024  # bytes of all header lines: several times what a browser with our cookies sends
StartResponse = Callable[..., Any]
Headers = list[tuple[str, str]]


class Refused(Exception):
    """The handshake cannot go on: an HTTP answer."""

    def __init__(self, status: HTTPStatus, reason: str, *headers: tuple[str, str]) -> None:
        super().__init__(reason)
        self.status, self.reason, self.headers = status, reason, headers

    def answer(self, start_response: StartResponse) -> list[bytes]:
        """A short text. The line is closed: what follows on it may be frames already."""
        start_response(
            f"{self.status.value} {self.status.phrase}",
            [
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Cache-Control", "no-store"),
                ("Connection", "close"),
                *self.headers,
            ],
        )
        return [f"{self.reason}\n".encode()]


def check(environ: dict[str, Any], origins: Collection[str] | None, *, is_crowded: bool) -> str:
    """Whether this may become a socket (`origins` None: from anywhere); gives the client's key."""
    if sum(len(name) + len(value) for name, value in environ.items() if name.startswith("HTTP_")) > HEADERS:
        raise Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Too many headers.")
    query = parse_qs(environ.get("QUERY_STRING", ""))
    if environ["REQUEST_METHOD"] != "GET":
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET opens a socket.", ("Allow", "GET"))
    if query.get("EIO") != ["4"]:
        raise Refused(HTTPStatus.BAD_REQUEST, "This speaks Engine.IO 4.")
    if query.get("transport") != ["websocket"]:
        raise Refused(HTTPStatus.BAD_REQUEST, "This speaks WebSocket only: transports: ['websocket'].")
    if "sid" in query:
        raise Refused(HTTPStatus.BAD_REQUEST, "There is no such session to upgrade.")
    if origins is not None and environ.get("HTTP_ORIGIN") not in origins:
        raise Refused(HTTPStatus.FORBIDDEN, "Sockets are opened by this site's own pages.")
    if is_crowded:
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "Too many at once.", ("Retry-After", "5"))
    return _key(environ)


def _key(environ: dict[str, Any]) -> str:
    wishes = {wish.strip().lower() for wish in environ.get("HTTP_CONNECTION", "").split(",")}
    if environ.get("HTTP_UPGRADE", "").lower() != "websocket" or "upgrade" not in wishes:
        raise Refused(HTTPStatus.UPGRADE_REQUIRED, "Upgrade to WebSocket.", ("Upgrade", "websocket"))
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13":
        raise Refused(HTTPStatus.UPGRADE_REQUIRED, "This speaks version 13.", ("Sec-WebSocket-Version", "13"))
    key: str = environ.get("HTTP_SEC_WEBSOCKET_KEY", "").strip()
    try:
        is_key = len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        is_key = False
    if not is_key:
        raise Refused(HTTPStatus.BAD_REQUEST, "The key is missing.")
    return key


def switching(key: str) -> bytes:
    """The answer that makes a socket of the line. No extension is ever agreed to."""
    accept = base64.b64encode(hashlib.sha1(key.encode() + _MAGIC, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        + accept
        + b"\r\n\r\n"
    )


def take_socket(environ: dict[str, Any]) -> tuple[_socket.socket, bytes]:
    """The line itself, and what the client has sent on it already. pywsgi is left with a closed file and ends."""
    rfile = environ["wsgi.input"]
    held = rfile.raw._sock  # gevent's socket, under the buffered reader
    held.settimeout(0)
    early: bytes = rfile.peek()
    family, kind, protocol = held.family, held.type, held.proto
    rfile.close()
    sock = _socket.socket(family, kind, protocol, held.detach())
    sock.setblocking(False)
    if family in {_socket.AF_INET, _socket.AF_INET6}:
        sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
    return sock, early
