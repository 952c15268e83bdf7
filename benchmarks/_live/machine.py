"""This machine: one core for the server, the other for everything else, and what a process has used."""

import contextlib
import ctypes
import os
import platform
import re
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
WORK = ROOT / ".cache" / "bench"
PEERS = ROOT / "benchmarks" / "peers"
TICKS = os.sysconf("SC_CLK_TCK")
KEPT = {"PATH", "HOME", "LANG", "TMPDIR"}


class Failed(Exception):
    """Something could not be measured; says why."""


def cores() -> tuple[int, int]:
    """The server's core and everybody else's."""
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(usable) < 2:
        raise Failed("two cores are needed, on Linux: one for the server and one for the load")
    return usable[0], usable[-1]


def stay_on(core: int) -> None:
    """This process, and what it starts from here on."""
    os.sched_setaffinity(0, {core})


def described() -> dict[str, str]:
    """The machine and what is on it, for whoever reads the figures."""
    cpus = re.findall(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": f"{len(cpus)} cores of {cpus[0] if cpus else platform.machine()}",
        "memory": f"{memory:.0f} GiB",
        "kernel": platform.release(),
        "flush to disk": f"{_flush_time() * 1e6:.0f} µs",
        "already at work when it began": f"{os.getloadavg()[0]:.1f} processes",
    }


def _flush_time() -> float:
    """What a commit waits for."""
    probe = WORK / "probe"
    with probe.open("wb") as file:
        begun = time.perf_counter()
        for _ in range(100):
            file.write(b"x" * 4096)
            file.flush()
            os.fdatasync(file.fileno())
        took = (time.perf_counter() - begun) / 100
    probe.unlink()
    return took


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def compiled(name: str) -> Path:
    """A peer in C, made with this machine's compiler unless that was done before."""
    source, program = PEERS / f"{name}.c", WORK / name
    newest = max(path.stat().st_mtime for path in (source, PEERS / "frames.h"))
    if program.exists() and program.stat().st_mtime > newest:
        return program
    command = [os.environ.get("CC", "cc"), "-O2", "-o", str(program), str(source)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise Failed(
            "there is no C compiler here, and load and C server are in C: install gcc (or name one in CC)"
        ) from error
    if done.returncode:
        raise Failed(f"{source.name} does not compile here: {done.stderr.strip().splitlines()[0]}")
    return program


_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def _bind(core: int) -> None:
    """In a new process: on that core, and gone when we are, however we end."""
    os.sched_setaffinity(0, {core})
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """One that we started. It ends with the block."""

    def __init__(
        self, command: Sequence[str | Path], *, core: int, environment: Mapping[str, str] | None = None
    ) -> None:
        kept = {name: value for name, value in os.environ.items() if name in KEPT}
        self.log = WORK / f"{Path(command[0]).name}-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                list(map(str, command)),
                cwd=ROOT,
                env=kept | dict(environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: _bind(core),  # noqa: PLW1509 - we have one thread
            )
        self.pid = self._process.pid

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_for_port(self, port: int, *, seconds: float = 60) -> None:
        """Return when something answers there."""
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"{self.log.name} did not start: {self.last_words()}")
            time.sleep(0.02)

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def stop(self, patience: float = 15) -> None:
        """SIGTERM; SIGKILL for one that does not listen."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self.log.unlink(missing_ok=True)


def rss(pid: int) -> int:
    """Bytes of memory that a process has for itself or shares."""
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found.group(1)) * 1024 if found else 0


def cpu_seconds(pid: int) -> float:
    """CPU time of a process with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def below(pid: int) -> list[int]:
    """The processes that a process started, and those that they started."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            parents.setdefault(int(entry.read_text().rpartition(")")[2].split()[1]), []).append(
                int(entry.parent.name)
            )
    found, todo = [], [pid]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found
