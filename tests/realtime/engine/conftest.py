"""The chat program of this folder as a process, on either engine."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live import ROOT, port_of_our_own
from tests.realtime.engine.raw import Line

ENGINES = ("fast", "stock")


class Chat:
    """A running server, and what its handlers saw."""

    def __init__(self, engine: str, log: Path, settings: dict[str, Any]) -> None:
        self.engine = engine
        self.port = port_of_our_own()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = log
        log.touch()
        self._errors = log.with_suffix(".err").open("wb")
        command = [sys.executable, "-m", "tests.realtime.engine.chat", engine, str(self.port), str(log)]
        self._process = subprocess.Popen(
            [*command, json.dumps(settings)], cwd=ROOT, stdout=self._errors, stderr=self._errors
        )

    def line(self, **headers: str | None) -> Line:
        """A raw line that has shaken hands."""
        return Line(self.port).shake_hands(**headers)

    def member(self) -> Line:
        """A raw line that has joined the namespace."""
        return self.line().join()

    def notes(self, *beginning: Any) -> list[list[Any]]:
        """What the handlers wrote down, of those lines that begin like this."""
        lines = [json.loads(line) for line in self._log.read_text().splitlines()]
        return [line for line in lines if line[: len(beginning)] == list(beginning)]

    def wait_for(self, count: int, *beginning: Any) -> list[list[Any]]:
        """The notes, once there are so many."""
        until(lambda: len(self.notes(*beginning)) >= count)
        return self.notes(*beginning)

    def farewell(self, sid: str) -> str:
        """Why a client is gone, as its handler was told: exactly once."""
        return str(self.wait_for(1, "disconnect", sid)[0][2])

    def said(self) -> str:
        """What the process printed."""
        return self._log.with_suffix(".err").read_text()

    def memory(self) -> int:
        """Bytes that the process holds."""
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * 4096

    def answers(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError("the chat did not start:\n" + self.said()[-3000:])
        try:
            Line(self.port).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._errors.close()


def until(ready: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for what is to come."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


StartChat = Callable[..., Chat]


@pytest.fixture(scope="session")
def start_chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartChat]:
    """Start a chat with settings of one's own."""
    started: list[Chat] = []

    def start(engine: str, **settings: Any) -> Chat:
        log = tmp_path_factory.mktemp("chat") / "notes"
        started.append(Chat(engine, log, settings))
        until(started[-1].answers)
        return started[-1]

    yield start
    for chat in started:
        chat.stop()


@pytest.fixture(scope="session", params=ENGINES)
def chat(request: pytest.FixtureRequest, start_chat: StartChat) -> Chat:
    """A chat that tests share, on each engine."""
    return start_chat(request.param)


@pytest.fixture(scope="session")
def fast(start_chat: StartChat) -> Chat:
    """A chat on our own engine, with bounds that are reached soon."""
    return start_chat(
        "fast",
        origins=["http://here.example"],
        frames=1500,
        frames_a_second=100,
        connect_within=1.0,
        close_within=1.0,
        half_open=40,
    )


@pytest.fixture(scope="session", params=ENGINES)
def hasty(request: pytest.FixtureRequest, start_chat: StartChat) -> Chat:
    """A chat whose pings come every second."""
    return start_chat(request.param, ping_interval=1, ping_timeout=1)
