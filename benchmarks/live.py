"""The live engine and the whole program against their peers, on this machine: the table of docs/performance.md.

The server has one core for itself; load, databases and this program have another. Every subject is measured in
turn, several times, and the middle counts. A run in which anything was lost, doubled or out of order is an error.
"""

import argparse
import contextlib
import fcntl
import json
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks._live import fanning, many, opening, report, several, storm
from benchmarks._live.bench import RESULTS, Bench, Sizes, say, timed
from benchmarks._live.machine import WORK, Failed

SCENARIOS: dict[str, Callable[[Bench], None]] = {
    "engine": fanning.engine_alone,
    "whole": fanning.whole,
    "rates": fanning.rates,
    "memory": many.memory,
    "connections": many.connections,
    "opening": opening.opening,
    "workers": several.workers,
    "storm": storm.storm,
}
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def main() -> None:
    options = _read()
    WORK.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # what we started ends with its blocks
    try:
        found = json.loads(RESULTS.read_text()) if options.again else measure(options)
    except Failed as why:
        sys.exit(f"Nothing was measured: {why}.")
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
    say(f"\n{report.table(found)}\n\n{report.details(found)}\n\n{report.circumstances(found)}")
    if options.write:
        write(options.write, found)


def _read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench live", description="Measure the live engine on this machine."
    )
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, metavar="NAME", help=", ".join(SCENARIOS))
    parser.add_argument("--quick", action="store_true", help="small and short, to see that it works")
    parser.add_argument(
        "--rounds", type=int, metavar="N", help="how often each is measured; the middle counts"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this document")
    parser.add_argument("--again", action="store_true", help="show what the last run found; measure nothing")
    return parser.parse_args()


def measure(options: argparse.Namespace) -> report.Found:
    """Scenario after scenario; one that fails is told and the rest goes on."""
    sizes = Sizes.quick() if options.quick else Sizes()
    if options.rounds:
        sizes = Sizes(**{**vars(sizes), "rounds": options.rounds})
    with contextlib.ExitStack() as stack:
        stack.enter_context(_alone())
        _tidy()
        bench = Bench(sizes, stack)
        bench.describe()
        for name in options.only or SCENARIOS:
            with timed(name):
                try:
                    SCENARIOS[name](bench)
                except Exception as why:  # nobody is there to start the rest
                    bench.note_failure(name, why)
            bench.keep()
    return bench.found


def write(document: Path, found: report.Found) -> None:
    """Replace what stands between the two marks."""
    text = document.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not after:
        sys.exit(f"{document} has no place for the tables: {BEGIN} and {END}")
    parts = (report.circumstances(found), report.table(found), report.details(found))
    document.write_text(f"{before}{BEGIN}\n" + "\n\n".join(parts) + f"\n{END}{after}")
    say(f"Written to {document}.")


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Two at once would measure each other."""
    with (WORK / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Failed("another ./bench live is at work here") from error
        yield


def _tidy() -> None:
    """What a run that was killed left behind."""
    for pattern in ("running-*", "load-*.rooms", "load-*.cookies", "*.log"):
        for path in WORK.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


if __name__ == "__main__":
    main()
