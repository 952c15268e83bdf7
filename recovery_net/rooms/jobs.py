"""Scheduled work of the rooms."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select

from recovery_net.core import clock, db
from recovery_net.core.jobs import job
from recovery_net.realtime import log
from recovery_net.rooms.models import Room


@job(every=timedelta(hours=1))
def forget_what_has_passed() -> None:
    """Empty messages older than their room keeps them, a few at a time, so that nobody waits long."""
    with db.reading() as session:
        rooms = [
            (row.id, row.retention_days) for row in session.execute(select(Room.id, Room.retention_days))
        ]
    for room_id, days in rooms:
        while _forget_some(room_id, clock.now() - timedelta(days=days)):
            pass
    db.empty_log()


def _forget_some(room_id: uuid.UUID, moment: datetime) -> bool:
    with db.transaction():
        return log.forget_before(room_id, moment, limit=500)
