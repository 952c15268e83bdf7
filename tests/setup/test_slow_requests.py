"""Whoever sends a request byte by byte, or without end, does not hold a line for ever."""

import socket
import threading
from collections.abc import Iterator

import gevent
import gevent.event
import pytest
from flask import Flask
from gevent import socket as cooperative

from recovery_net.serving import http

GET = b"GET / HTTP/1.1\r\nHost: here.example\r\n"


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server of one page, on a loop of its own, that is in a hurry."""
    monkeypatch.setattr(http, "HEAD_WITHIN", 0.2)
    monkeypatch.setattr(http, "NEXT_WITHIN", 0.2)
    ready, found = threading.Event(), {}
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "here")

    def serve() -> None:
        listener = cooperative.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        found["port"] = listener.getsockname()[1]
        server = http.HttpServer(listener, app, is_shared=False)
        end = gevent.get_hub().loop.async_()
        found["end"] = end
        done = gevent.event.Event()
        end.start(done.set)
        server.start()
        ready.set()
        done.wait()
        server.stop(timeout=1)
        end.close()
        gevent.get_hub().destroy(destroy_loop=True)

    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(10)
    yield found["port"]
    found["end"].send()
    thread.join(10)


def read_all(line: socket.socket) -> bytes:
    got = b""
    while piece := line.recv(4096):
        got += piece
    return got


@pytest.mark.parametrize("head", [b"", b"GE", GET, GET + b"X-Slow: y"])
def test_a_head_that_does_not_come_ends_the_line(port: int, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(head)
        assert read_all(line) == b""


def test_so_does_the_next_one(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(GET + b"\r\n")
        answer = read_all(line)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.count(b"HTTP/1.1") == 1


def test_a_head_that_is_too_long_is_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(GET + b"".join(b"X-%d: %s\r\n" % (number, b"y" * 8000) for number in range(8)))
        line.sendall(b"X-Last: " + b"y" * 8000)
        line.sendall(b"\r\n\r\n")
        assert line.recv(4096).startswith(b"HTTP/1.1 400")
