"""The storm: rounds of faults against the real program, each followed by a look at whether every promise was kept.

.venv/bin/python -m tests.faults.storm --rounds 1000 --seed 7 --database postgresql --workers 2
"""

import argparse
import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from statistics import median

from tests.faults.book import Book
from tests.faults.cluster import Cluster, Shape
from tests.faults.kinds import KINDS, Fault
from tests.faults.oracle import Oracle

SLOW = 5.0  # seconds, from which on the one who was waited for is named
QUIET = 60.0  # seconds that the program has, after the last fault, until everybody has everything
WORDS = ("steady", "one day at a time", "ünïcödé 🌊", "*not* bold <b>either</b>", "x" * 900, " harbour" * 200)


class Failed(Exception):
    """A promise was broken; the book says which."""


@dataclass
class Tally:
    """What one kind of fault did over all rounds."""

    times: int = 0
    recoveries: list[float] = field(default_factory=list)


class Storm:
    """Rounds, drawn from a seed: the same seed draws the same ones."""

    def __init__(self, cluster: Cluster, seed: int, most: int = 3) -> None:
        self._cluster, self._seed, self._most = cluster, seed, most
        self._book = cluster.book
        self.oracle = Oracle(cluster)
        self._last: list[str] = []  # who was waited for
        self.tallies: dict[str, Tally] = defaultdict(Tally)

    def plan(self) -> Iterator[list[type[Fault]]]:
        """The kinds of each round: dealt from a shuffled deck, so that each has its turn."""
        rng = Random(f"{self._seed}/plan")
        while True:
            deck = [kind for kind in self._kinds() for _ in range(kind.share)]
            rng.shuffle(deck)
            while deck:
                yield [deck.pop() for _ in range(min(len(deck), rng.randint(1, self._most)))]

    def sample(self) -> Iterator[list[type[Fault]]]:
        """A short plan: each kind once, six a round."""
        deck = list(self._kinds())
        Random(f"{self._seed}/sample").shuffle(deck)
        while deck:
            yield [deck.pop() for _ in range(min(len(deck), 6))]

    def _kinds(self) -> Iterator[type[Fault]]:
        return (kind for kind in KINDS if kind.fits(self._cluster.shape))

    async def rounds(self, wanted: range | None, tell: Callable[[str], None] = print) -> None:
        """Those rounds of the plan (None: a sample of it); `Failed` at the first that breaks a promise."""
        begun = time.monotonic()
        plan = enumerate(self.sample()) if wanted is None else islice(enumerate(self.plan()), wanted.stop)
        for number, kinds in plan:
            if wanted is not None and number not in wanted:
                continue
            names = ", ".join(kind.name for kind in kinds)
            try:
                recovery = await self.round(number, kinds)
            except Failed:
                tell(f"round {number} FAILED: {names}")
                raise
            passed = time.monotonic() - begun
            last = f", last {', '.join(self._last)}" if recovery > SLOW else ""
            tell(f"{passed:7.1f} s  round {number}: quiet again in {recovery:.2f} s{last} after {names}")
        await self.oracle.check_all()
        if self._book.wrong:
            raise Failed

    async def round(self, number: int, kinds: list[type[Fault]]) -> float:
        """One round; gives the seconds from the last healing until everybody had everything."""
        rng = Random(f"{self._seed}/{number}")
        faults = [kind(rng, self._cluster.shape) for kind in kinds]
        await asyncio.gather(self._talk(rng), *(fault.happen(self._cluster) for fault in faults))
        healed = time.monotonic()
        await self._quiet()
        recovery = time.monotonic() - healed
        await self.oracle.check()
        if self._book.wrong:
            raise Failed
        for kind in kinds:
            self.tallies[kind.name].times += 1
            self.tallies[kind.name].recoveries.append(recovery)
        return recovery

    async def _talk(self, rng: Random) -> None:
        """Everybody who speaks says a few things, here and there, over about a second."""
        plan = [
            (rng.uniform(0, 1.0), member, room, rng.choice(WORDS))
            for member in self._cluster.speakers()
            for room in sorted(member.rooms)
            for _ in range(rng.randint(0, 3))
        ]
        begun = time.monotonic()
        for when, member, room, words in sorted(plan, key=lambda item: item[0]):
            await asyncio.sleep(max(0.0, begun + when - time.monotonic()))
            await member.say(room, words)

    async def _quiet(self) -> None:
        """Return as soon as everybody has everything."""
        for worker in self._cluster.workers:
            if not worker.is_running():
                self._book.blame(
                    f"{worker.name} has ended by itself; its last words: {list(worker.lines)[-5:]}"
                )
        deadline = time.monotonic() + QUIET
        while not await self._is_quiet():
            if time.monotonic() > deadline:
                heads = await self._cluster.heads()
                self._book.blame(f"not quiet after {QUIET} s; the log is at {heads}")
                for member in self._cluster.members:
                    self._book.blame(member.describe())
                for line in await self._cluster.describe():
                    self._book.blame(line)
                raise Failed
            await asyncio.sleep(0.02)

    async def _is_quiet(self) -> bool:
        nothing = dict.fromkeys(self._cluster.rooms, 0)
        for known in (nothing, None):  # the database is asked only when there is hope
            heads = await self._cluster.heads() if known is None else known
            late = [member.name for member in self._cluster.members if not member.is_quiet(heads)]
            if late:
                self._last = late
                return False
        return True

    def summary(self) -> str:
        """A table: how often each fault struck, and how long it took until everybody had everything."""
        lines = [f"{'fault':42} {'times':>6} {'median s':>9} {'slowest s':>10}"]
        for name, tally in sorted(self.tallies.items()):
            middle, slowest = median(tally.recoveries), max(tally.recoveries)
            lines.append(f"{name:42} {tally.times:6} {middle:9.2f} {slowest:10.2f}")
        counts = ", ".join(f"{name}: {count}" for name, count in sorted(self._book.counts.items()))
        codes = ", ".join(f"{code}: {count}" for code, count in sorted(self._book.codes.items())) or "none"
        lines.append(f"{len(self._book.logged)} messages; {counts}; refusals for now: {codes}")
        return "\n".join(lines)


async def run(
    shape: Shape, seed: int, wanted: range | None, tell: Callable[[str], None] = print
) -> list[str]:
    """A whole storm; gives what was wrong."""
    book = Book()
    tell(f"seed {seed}: {shape.name}")
    async with Cluster(shape, seed, book) as cluster:
        storm = Storm(cluster, seed)
        try:
            await storm.rounds(wanted, tell)
        except Failed:
            tell("\n".join(book.wrong))
            tell(f"The workers' logs are in {cluster.folder}.")
        finally:  # also of a storm that is stopped by hand
            if storm.tallies:
                tell(storm.summary())
    return book.wrong


def main() -> int:
    """From the command line; the exit code is 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="storm", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--only", type=int, metavar="ROUND", help="replay one round of the seed")
    parser.add_argument("--seed", type=int, default=None, help="drawn when it is not given")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--engine", choices=("fast", "stock"), default="fast")
    parser.add_argument("--without-valkey", action="store_true")
    options = parser.parse_args()
    seed = Random().randrange(10**6) if options.seed is None else options.seed
    shape = Shape(
        database=options.database,
        workers=options.workers,
        engine=options.engine,
        valkey=options.workers > 1 and not options.without_valkey,
    )
    wanted = range(options.rounds) if options.only is None else range(options.only, options.only + 1)
    try:
        wrong = asyncio.run(run(shape, seed, wanted, lambda line: print(line, flush=True)))
    except KeyboardInterrupt:
        print("Stopped; every round above was as it should be.")
        return 130
    if wrong:
        print(f"Again: the same command with --seed {seed}; one round alone with --only ROUND.")
    else:
        print(f"{len(wanted)} rounds: nothing accepted is missing, doubled or out of order.")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
