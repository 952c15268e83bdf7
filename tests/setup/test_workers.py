"""`./run --workers 2`: one place, whichever worker people sit on, and nothing is left of it afterwards."""

import gc
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests.live import port_of_our_own
from tests.person import Person
from tools.installation import ROOT

pytestmark = [
    pytest.mark.usefixtures("postgres_server_url", "valkey_url"),  # skips where they cannot run
    # Sockets that the server closed are left to the collector by the client library.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def until(ready: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not ready() and time.monotonic() < deadline:
        time.sleep(0.05)
    return ready()


class Scaled:
    """The whole shape, as it is started by hand."""

    def __init__(self, data: Path) -> None:
        self.port = port_of_our_own()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = data.with_suffix(".log")
        self._process: psutil.Popen | None = None
        self._environment = {
            "PATH": f"{os.environ['PATH']}:/usr/sbin",
            "PORT": str(self.port),
            "RECOVERY_NET_DATA": str(data),
            "LIMITS": "off",
        }

    def start(self, *options: str) -> None:
        """Start, and wait until it says where it is."""
        command = [sys.executable, ROOT / "run", "--workers", "2", *options]
        with self.output.open("wb") as output:
            self._process = psutil.Popen(command, env=self._environment, stdout=output, stderr=output)
        assert until(lambda: "is at" in self.said() or not self._process.is_running(), 60), self.said()

    def said(self) -> str:
        return self.output.read_text()

    def set_up_link(self) -> str:
        found = re.search(rf"Make one, once: {self.url}(/\S+)", self.said())
        assert found, self.said()
        return found.group(1)

    def signal(self, number: int) -> tuple[int, list[psutil.Process]]:
        """Send it; gives the exit code and whoever is left after a while."""
        assert self._process is not None
        family = [self._process, *self._process.children(recursive=True)]
        self._process.send_signal(number)
        _, left = psutil.wait_procs(family, timeout=30)
        return int(self._process.wait()), left

    def folders(self) -> set[Path]:
        """The temporary ones that its processes name."""
        assert self._process is not None
        words = " ".join(word for part in self._process.children(recursive=True) for word in part.cmdline())
        return set(map(Path, re.findall(r"/[\w/.-]*?/rn-[a-z]+-\w+", words)))

    def workers(self) -> dict[int, int]:
        """Process → how many connections people have to it."""
        assert self._process is not None
        return {
            part.pid: sum(map(self._is_a_member, part.net_connections("all")))
            for part in self._process.children()
            if "--worker" in part.cmdline()
        }

    def services(self) -> set[psutil.Process]:
        """The database, Valkey, the job worker, and nginx where it is."""
        assert self._process is not None
        names = ("bin/postgres -D", "valkey-server", "nginx: master", "jobs work")
        return {
            part
            for part in self._process.children(recursive=True)
            if any(name in " ".join(part.cmdline()) for name in names)
            and "service.py" not in str(part.cmdline())
        }

    def users(self, *names: str) -> set[str]:
        """Who runs what is called so."""
        assert self._process is not None
        family = self._process.children(recursive=True)
        return {
            part.username() for part in family if any(name in " ".join(part.cmdline()[:2]) for name in names)
        }

    def kill_services(self) -> set[psutil.Process]:
        found = self.services()
        for part in found:
            part.kill()
        psutil.wait_procs(found, timeout=10)
        return found

    def readiness(self) -> dict[str, object]:
        try:
            answer = requests.get(f"{self.url}/readyz", timeout=10)
        except requests.ConnectionError:
            return {}
        return dict(answer.json()) if answer.status_code == 200 else {}

    def _is_a_member(self, line: "psutil._common.pconn") -> bool:
        if isinstance(line.laddr, str):
            return ".sock" in line.laddr and line.type == socket.SOCK_STREAM
        return getattr(line.laddr, "port", 0) == self.port and line.status == psutil.CONN_ESTABLISHED

    def stop(self) -> None:
        if self._process is not None and self._process.is_running():
            self._process.kill()
            self._process.wait()


@pytest.fixture
def scaled(tmp_path: Path) -> Iterator[Scaled]:
    shape = Scaled(tmp_path / "data")
    yield shape
    shape.stop()


def sit_on(person: Person, scaled: Scaled, wanted: Callable[[int], bool]) -> int:
    """Connect until it is the right worker; gives that."""
    for _ in range(60):
        before = scaled.workers()
        person.connect()
        after = scaled.workers()
        place = next((pid for pid in after if after[pid] > before.get(pid, 0)), 0)
        if wanted(place):
            return place
        assert person.socket is not None
        person.socket.disconnect()
        until(lambda before=before: scaled.workers() == before, 2)
    pytest.fail(f"nobody got there: {scaled.workers()}")


@pytest.mark.timeout(240)  # some fifteen processes are started, one after the other
def test_a_killed_worker_is_missed_by_nobody_and_nothing_outlives_the_command(scaled: Scaled) -> None:
    scaled.start()  # with nginx in front where it is installed
    north = Person(scaled.url).set_up(scaled.set_up_link())
    heron = Person(scaled.url).join("a-patient-heron")
    room = north.open_room("Two workers")

    here, there = two_people_talk_across(scaled, room, north, heron)
    nobody_misses_a_killed_worker(scaled, room, north, heron, there)
    assert sit_on(Person(scaled.url).join("a-late-heron"), scaled, lambda pid: pid not in (0, here, there))

    what_they_stand_on_comes_back(scaled, north, room)
    if os.geteuid() == 0:  # the database trusts its own user: who answers strangers is another
        assert scaled.users("bin/postgres") - scaled.users("nginx: worker")

    folders = scaled.folders()
    assert scaled.said().count("is at") == 1
    assert scaled.signal(signal.SIGTERM) == (0, [])
    assert folders
    assert not [folder for folder in folders if folder.exists()]
    with pytest.raises(requests.ConnectionError):
        requests.get(scaled.url, timeout=5)

    scaled.start("--straight")  # what was said is still there
    page = requests.get(f"{scaled.url}/rooms/{room}", cookies=north.web.cookies, timeout=10)
    assert "nobody noticed" in page.text
    folders = scaled.folders()
    assert scaled.signal(signal.SIGKILL) == (-signal.SIGKILL, [])
    assert until(lambda: not any(folder.exists() for folder in folders), 10)
    del north, heron
    gc.collect()


def two_people_talk_across(scaled: Scaled, room: str, north: Person, heron: Person) -> tuple[int, int]:
    """Gives the processes that they sit on."""
    here = sit_on(north, scaled, bool)
    there = sit_on(heron, scaled, lambda pid: pid not in (0, here))
    for person in (north, heron):
        assert person.ask("room:join", {"room": room})["ok"]
    for number in range(6):
        assert (north, heron)[number % 2].say(room, str(number))["ok"]
    for person in (north, heron):
        heard = person.wait(lambda events: len(events) >= 6)
        assert [event["body"] for event in heard] == list("012345")
    return here, there


def nobody_misses_a_killed_worker(
    scaled: Scaled, room: str, north: Person, heron: Person, killed: int
) -> None:
    os.kill(killed, signal.SIGKILL)
    assert north.say(room, "nobody noticed")["ok"]
    assert requests.get(f"{scaled.url}/healthz", timeout=10).ok
    heron.connect()
    missed = heron.ask("room:join", {"room": room, "after": 6})
    assert [event["body"] for event in missed["events"]] == ["nobody noticed"]
    assert until(lambda: killed not in scaled.workers() and len(scaled.workers()) == 2)


def what_they_stand_on_comes_back(scaled: Scaled, north: Person, room: str) -> None:
    killed = scaled.kill_services()
    assert len(killed) >= 3

    assert until(lambda: scaled.readiness().get("redis") is True)
    assert until(lambda: len(scaled.services()) == len(killed))
    assert not killed & scaled.services()
    page = requests.get(f"{scaled.url}/rooms/{room}", cookies=north.web.cookies, timeout=10)
    assert "nobody noticed" in page.text


def test_a_worker_that_cannot_start_ends_the_whole_with_one_sentence() -> None:
    """The real watch over a program that ends at once."""
    ends = "from tools.workers.watching import *; import time, sys\n"
    ends += "w = Watched('worker 1', lambda: Process([sys.executable, '-c', 'exit(3)'], {}))\n"
    ends += "while True: w.look(); time.sleep(0.005)"
    answer = subprocess.run(
        [sys.executable, "-c", ends], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert answer.stderr.strip().endswith("worker 1 cannot be started: it ended 5 times with code 3.")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--workers", "0"], "Argument --workers: give a number from 1 to 64"),
        (["--workers", "some"], "Argument --workers: give a number from 1 to 64"),
        (["--straight"], "--straight goes with --workers"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(arguments: list[str], sentence: str) -> None:
    answer = subprocess.run(
        [sys.executable, ROOT / "run", *arguments], capture_output=True, text=True, check=False
    )

    assert answer.returncode == 2
    assert answer.stderr == f"{sentence}: ./run --help tells what there is.\n"


def test_sqlite_is_refused_in_one_sentence(tmp_path: Path) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "RECOVERY_NET_DATA": str(tmp_path),
        "DATABASE_URL": "sqlite:///here.db",
    }
    answer = subprocess.run(
        [sys.executable, ROOT / "run", "--workers", "2"], env=env, capture_output=True, text=True, check=False
    )

    assert answer.returncode == 2
    assert answer.stderr == (
        "DATABASE_URL names SQLite, which has one writer: leave it out and a PostgreSQL is brought.\n"
    )
