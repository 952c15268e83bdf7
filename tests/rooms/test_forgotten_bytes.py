"""What a room has forgotten is not on the disk any more (security.md, 3)."""

import uuid
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from recovery_net.core import clock, db
from recovery_net.realtime.log import RoomEvent
from recovery_net.rooms import jobs, service, talking
from recovery_net.rooms.talking import Draft
from tests.factories import make_account, make_room


def on_disk() -> bytes:
    """The database's file, its log beside it, and whatever else begins with its name."""
    file = Path(db.engine().url.database or "")
    return b"".join(part.read_bytes() for part in sorted(file.parent.glob(f"{file.name}*")))


# PostgreSQL rewrites its files in its own time: docs/operations.md says so.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("length", [12, 3900])  # in a page of the file, and in pages of its own
def test_sealed_words_leave_the_disk_with_retention(app: Flask, frozen: object, length: int) -> None:
    north, room = make_account(), make_room(retention_days=7)
    for number in range(5):
        with db.transaction():
            draft = Draft(uuid.uuid4(), str(number) * length)
            talking.post_message(service.room_for(north, room.slug), draft)
    with db.reading() as session:
        sealed = [bytes(words) for words in session.scalars(select(RoomEvent.payload_sealed))]
    assert all(words[17:57] in on_disk() for words in sealed)  # we look at the right bytes
    clock.shift(days=8)
    jobs.forget_what_has_passed()
    assert [words for words in sealed if words[17:57] in on_disk()] == []
