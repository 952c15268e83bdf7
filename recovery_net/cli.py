"""Commands that belong to no one feature."""

import os
import signal
from threading import Event

import click
from flask.cli import AppGroup

from recovery_net import migrating
from recovery_net.core import db
from recovery_net.core import jobs as job_runner
from recovery_net.core.tether import Tether

database = AppGroup("db", help="The database's tables.")
jobs = AppGroup("jobs", help="Scheduled work.")


@database.command("upgrade")
def upgrade() -> None:
    """Bring the tables to this version."""
    migrating.upgrade(db.engine())
    click.echo("The tables are those of this version.")


@jobs.command("work")
@click.option("--once", is_flag=True, help="Run what is due, then stop.")
def work(*, once: bool) -> None:
    """Run scheduled work until stopped."""
    if once:
        click.echo("\n".join(job_runner.run_due()) or "Nothing was due.")
        return
    stop, tether = Event(), Tether()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _leave(stop))
    tether.hold()
    tether.ready()
    job_runner.work(stop)


def _leave(stop: Event) -> None:
    """What runs is finished; a second signal does not wait for it, since every job may repeat."""
    if stop.is_set():
        os._exit(1)
    stop.set()
