"""The load generator (`peers/load.c`), driven over its standard input."""

import json
import select
import subprocess
import time
from collections.abc import Sequence
from typing import Any

from benchmarks._live import machine
from benchmarks._live.machine import WORK, Failed

Told = dict[str, Any]
TEXT = 100  # characters of a message


class Load:
    """Members in rooms: everyone is connected and has joined when the block begins. On our own core."""

    def __init__(
        self,
        port: int,
        rooms: Sequence[str],
        members: int,
        *,
        cookies: Sequence[str] = (),
        at_once: int = 100,
    ) -> None:
        name = WORK / f"load-{time.monotonic_ns()}"
        self._files = [name.with_suffix(".rooms"), name.with_suffix(".cookies")]
        self._files[0].write_text("\n".join(rooms) + "\n")
        arguments = ["--port", port, "--rooms", self._files[0], "--members", members]
        arguments += ["--text", TEXT, "--at-once", at_once]
        if cookies:
            self._files[1].write_text("\n".join(cookies) + "\n")
            arguments += ["--cookies", self._files[1]]
        self._process = subprocess.Popen(
            [str(machine.compiled("load")), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.pid = self._process.pid

    def __enter__(self) -> "Load":
        try:
            self.opened = _complete(self._answer(320))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
        for file in self._files:
            file.unlink(missing_ok=True)

    def run(
        self,
        pids: Sequence[int],
        beside: Sequence[int] = (),
        *,
        seconds: float,
        warm: float = 1,
        **how: float,
    ) -> Told:
        """Measure for some seconds: `senders` a room and `inflight`, or `rate` messages a second."""
        words = {"warm": warm, "seconds": seconds, **how}
        line = " ".join(f"{name}={value:g}" for name, value in words.items())
        told = self.ask(
            f"run {line} pids={_listed(pids)}" + (f" beside={_listed(beside)}" if beside else ""),
            seconds + warm + 60,
        )
        return checked(told)

    def ask(self, line: str, patience: float) -> Told:
        """Send a command and wait for its answer."""
        self.send(line)
        return self._answer(patience)

    def send(self, line: str) -> None:
        """Send a command; `answer` has what comes of it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def answer(self, patience: float) -> Told:
        return self._answer(patience)

    def _answer(self, patience: float) -> Told:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], patience)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            raise Failed(f"the load said nothing for {patience:.0f} s")
        told: Told = json.loads(line)
        if "error" in told:
            raise Failed(f"the load: {told['error']}")
        return told


def _complete(told: Told) -> Told:
    if told["here"] != told["members"]:
        raise Failed(
            f"only {told['here']} of {told['members']} came in: {told['waiting']} {told['first_refusal']}"
        )
    return told


def checked(told: Told) -> Told:
    """As it is, unless something was lost: then there is nothing to compare."""
    wrong = {
        name: told[name] for name in ("lost", "doubled", "foreign", "refused", "closed") if told.get(name)
    }
    if wrong:
        raise Failed(f"not everything arrived once and in order: {wrong} {told['first_refusal']}")
    return told


def per_delivery(told: Told) -> float:
    """µs of server CPU."""
    return float(told["server_cpu"] / max(1, told["delivered"]))


def busy(told: Told) -> float:
    """The share of its core that the load took."""
    return float(told["load_cpu"]) / 1e6 / float(told["seconds"])


def _listed(pids: Sequence[int]) -> str:
    return ",".join(map(str, pids))


def room_names(count: int) -> list[str]:
    return [f"room-{number}" for number in range(count)]
