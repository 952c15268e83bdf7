"""Scheduled work of the meetings."""

import time
from datetime import timedelta

from sqlalchemy import select

from recovery_net.core import db
from recovery_net.core.jobs import job
from recovery_net.meetings import occurrences
from recovery_net.meetings.models import Meeting

_AT_ONCE = 100  # meetings in one transaction, and then others get their turn


@job(every=timedelta(hours=6))
def move_window() -> None:
    """Write down the occurrences that come into the window, forget those that have passed."""
    with db.reading() as session:
        rows = session.execute(select(*occurrences.PATTERN).order_by(Meeting.number)).all()
    patterns = [occurrences.Pattern(*row) for row in rows]
    for at in range(0, len(patterns), _AT_ONCE):
        with db.transaction() as session:
            occurrences.refresh(session, patterns[at : at + _AT_ONCE])
        time.sleep(0.01)
