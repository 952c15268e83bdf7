"""Scheduled work on the database as a whole."""

from datetime import timedelta

from recovery_net.core import db
from recovery_net.core.jobs import job


@job(every=timedelta(minutes=10))
def take_out_what_was_erased() -> None:
    """What was erased or forgotten since the last round leaves SQLite's log, too."""
    db.empty_log()
