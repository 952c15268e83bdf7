"""SIGTERM: nobody new, members are asked to come back, what was begun is answered, and the process is gone."""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import websocket

from tests.live import ROOT, LiveServer
from tests.person import Person

GOING_AWAY = 1001


@pytest.fixture
def server(live: Callable[..., LiveServer]) -> LiveServer:
    return live()


@pytest.fixture
def keeper(server: LiveServer) -> Person:
    return Person(server.url).set_up(server.set_up_link())


@pytest.fixture
def wire(server: LiveServer, keeper: Person) -> Iterator[websocket.WebSocket]:
    """A member's bare WebSocket: what the library hides is what is asked about here."""
    address = f"{server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket"
    opened = websocket.create_connection(address, cookie=keeper.cookie, origin=server.url, timeout=10)
    opened.recv()
    opened.send("40")
    assert opened.recv().startswith("40")
    yield opened
    opened.shutdown()


def begun_post(server: LiveServer, keeper: Person, room: str) -> tuple[socket.socket, bytes]:
    """A message half sent over plain HTTP; gives the rest."""
    body = json.dumps({"cid": str(uuid.uuid4()), "body": "said in the last moment"}).encode()
    head = (
        f"POST /api/v1/rooms/{room}/messages HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Cookie: {keeper.cookie}\r\nX-CSRFToken: {keeper.csrf(f'/rooms/{room}')}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n"
        "Upgrade: h2c\r\n\r\n"
    )
    line = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    line.sendall(head.encode())
    assert line.recv(256).startswith(b"HTTP/1.1 100 ")  # the server has begun to read it
    line.sendall(body[:9])
    return line, body[9:]


def asked_to_come_back(wire: websocket.WebSocket) -> float:
    """Read until `drain`; gives its seconds."""
    while not (said := wire.recv()).startswith("42"):
        assert said, "closed without a word"
    name, payload = json.loads(said[2:])
    assert name == "drain"
    return float(payload["reconnect_in"])


def test_members_are_told_when_to_come_back_and_what_was_begun_is_finished(
    server: LiveServer, keeper: Person, wire: websocket.WebSocket
) -> None:
    room = keeper.open_room("Last words")
    line, rest = begun_post(server, keeper, room)
    server.signal(signal.SIGTERM)

    assert 0 <= asked_to_come_back(wire) <= 15
    opcode, reason = wire.recv_data()
    assert (opcode, struct.unpack("!H", reason[:2])[0]) == (websocket.ABNF.OPCODE_CLOSE, GOING_AWAY)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/healthz", timeout=5)
    with line:
        line.sendall(rest)
        answer = line.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    assert server.wait() == 0

    server.start()
    assert "said in the last moment" in keeper.web.get(f"{server.url}/rooms/{room}").text


def test_a_second_signal_does_not_wait(server: LiveServer, keeper: Person, wire: websocket.WebSocket) -> None:
    line, _ = begun_post(server, keeper, keeper.open_room("Never said"))
    server.signal(signal.SIGTERM)
    asked_to_come_back(wire)  # it has begun to leave, and waits for what was begun

    server.signal(signal.SIGTERM)

    assert server.wait() == 128 + signal.SIGTERM
    line.close()


def test_a_kept_connection_without_a_request_holds_nobody_up(server: LiveServer, keeper: Person) -> None:
    keeper.web.get(f"{server.url}/rooms")  # the session keeps its connection

    assert server.stop() == 0
    assert "Traceback" not in server.log.read_text()


def test_the_job_worker_says_that_it_is_ready_and_leaves_when_told(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    environment = {
        "PATH": os.environ["PATH"],
        "RECOVERY_NET_DATA": str(tmp_path / "data"),
        "RECOVERY_NET_TETHER": str(theirs.fileno()),
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "work"]
    with ours, theirs:
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, pass_fds=[theirs.fileno()])
        theirs.close()
        ours.settimeout(60)
        assert ours.recv(16) == b"ready"
        ours.close()  # whoever started it is gone
        assert worker.wait(30) == 0


def test_systemd_is_told_when_a_server_is_ready(live: Callable[..., LiveServer], tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        live(NOTIFY_SOCKET=str(tmp_path / "notify"))

        systemd.settimeout(10)
        assert systemd.recv(64) == b"READY=1"
