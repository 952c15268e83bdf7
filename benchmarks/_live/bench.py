"""One run of the benchmark: its sizes, what it has found so far, and the parts that several scenarios share."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median
from typing import Any

from benchmarks._live import machine, peers, product
from benchmarks._live.load import Told
from benchmarks._live.machine import WORK
from benchmarks._live.product import Instance, Postgres

RESULTS = WORK / "live.json"
ROOMS = 50


@dataclass(frozen=True)
class Sizes:
    """How long and how large."""

    rounds: int = 3
    seconds: float = 5
    members: int = 200  # prepared for each of the rooms: 10,000 in all
    idle: int = 5_000
    connections: int = 10_000
    storm: int = 2_000
    log: int = 5_000_000
    short_log: int = 5_000
    opened: int = 150  # times that a room is opened

    @classmethod
    def quick(cls) -> "Sizes":
        return cls(
            rounds=1, seconds=2, members=20, idle=500, connections=1_000, storm=500, log=200_000, opened=40
        )


@dataclass
class Bench:
    """What the scenarios are given."""

    sizes: Sizes
    stack: contextlib.ExitStack
    found: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.server_core, self.load_core = machine.cores()
        machine.stay_on(self.load_core)

    @cached_property
    def postgres(self) -> Postgres:
        say("  starting PostgreSQL")
        return self.stack.enter_context(product.postgres())

    @cached_property
    def on_sqlite(self) -> Instance:
        return self._filled(Instance("bench_sqlite", ROOMS, self.sizes.members))

    @cached_property
    def on_postgres(self) -> Instance:
        return self._filled(Instance("bench_postgres", ROOMS, self.sizes.members, self.postgres))

    def instance(self, database: str) -> Instance:
        return self.on_sqlite if database == "SQLite" else self.on_postgres

    def database_pids(self, database: str) -> list[int]:
        return [] if database == "SQLite" else self.postgres.pids()

    def _filled(self, instance: Instance) -> Instance:
        say(f"  filling {instance.name}: {instance.rooms} rooms of {instance.members}")
        instance.fill()
        return instance

    def in_turn(
        self, scenario: str, subjects: dict[str, Callable[[], Told]], *, rounds: int | None = None
    ) -> None:
        """Each subject once, then each again: what disturbs this machine for a while hits all of them."""
        runs: dict[str, list[Told]] = {name: [] for name in subjects}
        for number in range(rounds or self.sizes.rounds):
            for name, measure in subjects.items():
                told = measure()
                runs[name].append(told)
                say(f"  {scenario}, {name}, round {number + 1}: {shown(told)}")
        self.found.setdefault("runs", {})[scenario] = runs

    def note_failure(self, scenario: str, why: Exception) -> None:
        """One that cannot be measured is told, and the rest goes on."""
        words = str(why) if isinstance(why, machine.Failed) else f"{type(why).__name__}: {why}"
        self.found.setdefault("failed", []).append(f"{scenario}: {words}")
        say(f"  {scenario} could not be measured: {words}")

    def keep(self) -> None:
        """Write down what was found so far."""
        RESULTS.write_text(json.dumps(self.found, indent=1))

    def describe(self) -> None:
        self.found["machine"] = machine.described()
        self.found["versions"] = peers.versions()
        self.found["sizes"] = vars(self.sizes)
        self.found["begun"] = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())


def shown(told: Told) -> str:
    """A run in a few words."""
    if "delivered" not in told:
        return ", ".join(
            f"{name} {value:g}" for name, value in told.items() if isinstance(value, int | float)
        )
    cpu = told["server_cpu"] / max(1, told["delivered"])
    rate = told["delivered"] / told["seconds"]
    busy = told["load_cpu"] / told["seconds"] / 1e4
    return (
        f"{cpu:.2f} µs a delivery, {rate:,.0f} deliveries/s, p50 {told['p50'] / 1000:.1f} ms, "
        f"p99 {told['p99'] / 1000:.1f} ms, load {busy:.0f} % busy"
    )


def middle(runs: list[Told], value: Callable[[Told], float]) -> float:
    return median(map(value, runs))


def say(line: str) -> None:
    print(line, flush=True)


@contextlib.contextmanager
def timed(title: str) -> Iterator[None]:
    say(title)
    begun = time.monotonic()
    yield
    say(f"  … {time.monotonic() - begun:.0f} s")
