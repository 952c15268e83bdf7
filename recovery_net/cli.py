"""Commands that belong to no one feature."""

from threading import Event

import click
from flask.cli import AppGroup

from recovery_net import migrating
from recovery_net.core import db
from recovery_net.core import jobs as job_runner

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
    job_runner.work(Event())
