"""The meeting list at 20,000 meetings, on both engines: how long a page takes, and what an import takes.

The bar is 50 ms a page. Pages are asked for through the whole program, without the network between.
"""

import logging
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack

from flask import Flask

from benchmarks._meeting_lists import made_up
from recovery_net import migrating
from recovery_net.app import create_app
from recovery_net.config import Settings
from recovery_net.core import db
from recovery_net.meetings import importing
from tools.services.places import Unavailable
from tools.services.postgres import new_database, postgres_server

MEETINGS = 20_000
ROUNDS = 40
PAGES = {
    "default": "/meetings",
    "now and soon": "/meetings?when=now&when=soon",
    "words": "/meetings?q=women+tuesday+evening",
    "rare word": "/meetings?q=Abbey+7",
    "day and time": "/meetings?day=2&time=evening&tz=America/New_York",
    "two types": "/meetings?type=O&type=W",
    "online": "/meetings?attendance=online",
    "near": "/meetings?near=37.3,-119.9&km=50",
    "all together": "/meetings?q=hope&day=2&type=O&attendance=in_person&near=37.3,-119.9&km=300",
    "deep page": "/meetings?page=400",
    "last page": "/meetings?page=99999",
}


def main() -> None:
    logging.disable(logging.CRITICAL)
    meetings = int(sys.argv[1]) if len(sys.argv) > 1 else MEETINGS
    feed = made_up(meetings)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        engines = {"SQLite": f"sqlite:///{folder}/meetings.sqlite3"}
        try:
            engines["PostgreSQL"] = new_database(stack.enter_context(postgres_server()))
        except Unavailable as why:
            print(f"no PostgreSQL: {why}")
        for name, url in engines.items():
            print(f"\n{name}, {meetings:,} meetings, {ROUNDS} rounds, load {os.getloadavg()[0]:.1f}")
            measure(folder, url, feed)


def measure(folder: str, url: str, feed: bytes) -> None:
    """Import, then ask for each page."""
    app = create_app(
        Settings.from_environment({"RECOVERY_NET_DATA": folder, "DATABASE_URL": url, "LIMITS": "off"})
    )
    migrating.upgrade(db.engine())
    for what in ("import", "same again"):
        begun = time.perf_counter()
        report = importing.import_list(feed, importing.Request("bench"), apply=True)
        print(
            f"  {what:14} {time.perf_counter() - begun:8.1f} s   {report.added} added, {report.unchanged} unchanged"
        )
    print(f"  {'page':14} {'median':>8} {'p95':>8} {'CPU':>8}   ms")
    for what, address in PAGES.items():
        print(f"  {what:14} {row(app, address)}")


def row(app: Flask, address: str) -> str:
    """Median and 95th percentile of the time on the wall, and the median of the processor's."""
    client = app.test_client()
    for _warm in range(3):
        assert client.get(address).status_code == 200
    walls, processors = [], []
    for _round in range(ROUNDS):
        wall, processor = time.perf_counter(), time.process_time()
        client.get(address)
        walls.append((time.perf_counter() - wall) * 1000)
        processors.append((time.process_time() - processor) * 1000)
    p95 = sorted(walls)[int(len(walls) * 0.95)]
    return f"{statistics.median(walls):8.1f} {p95:8.1f} {statistics.median(processors):8.1f}"


if __name__ == "__main__":
    main()
