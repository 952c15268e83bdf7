"""`./run` becomes the server: same process, its signals, its exit code."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tools.installation import ROOT


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def server(port: int, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    env = {"PATH": "/usr/bin:/bin", "PORT": str(port), "RECOVERY_NET_DATA": str(tmp_path / "data")}
    command = [sys.executable, ROOT / "run"]
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_run_serves_and_leaves_when_told(server: "subprocess.Popen[str]", port: int) -> None:
    assert server.stdout is not None
    assert server.stdout.readline() == f"Recovery Net is at http://127.0.0.1:{port}\n"
    assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=10).ok

    server.send_signal(signal.SIGTERM)

    assert server.wait(timeout=20) == 0


def test_a_port_that_is_taken_is_said_in_one_sentence(port: int, tmp_path: Path) -> None:
    env = {"PATH": "/usr/bin:/bin", "PORT": str(port), "RECOVERY_NET_DATA": str(tmp_path / "data")}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        answer = subprocess.run(
            [sys.executable, ROOT / "run"], env=env, capture_output=True, text=True, timeout=60, check=False
        )

    assert answer.returncode != 0
    assert str(port) in answer.stderr
    assert answer.stderr.count("\n") == 1
