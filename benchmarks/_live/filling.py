"""A room with a long log, in a process of its own.

python -m benchmarks._live.filling FILE EVENTS     one member's cookie goes to FILE

All but the newest events are made by the database itself, of the right sizes and never read; the newest are said by
the program.
"""

import sys
import uuid
from pathlib import Path

from sqlalchemy import text, update

from benchmarks._live.prepare import fill_room
from recovery_net.app import create_app
from recovery_net.config import Settings
from recovery_net.core import db
from recovery_net.realtime import log
from recovery_net.rooms.models import Membership, Room
from recovery_net.serving import starting

SLUG = "long-evening"
READ = 450  # events that are read: the newest page, and 200 to catch up with
BODY = "One day at a time, and the door stays open for whoever comes in late tonight. " * 2
STEP = 250_000

ON_SQLITE = """
    WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)
    INSERT INTO room_events (room_id, seq, id, kind, author_id, cid, payload_sealed, sent_at)
    SELECT :room, n, printf('%032x', n), 'message', :author, printf('%032x', n), randomblob(240),
           strftime('%Y-%m-%d %H:%M:%f000', 'now') FROM numbers"""
ON_POSTGRESQL = """
    INSERT INTO room_events (room_id, seq, id, kind, author_id, cid, payload_sealed, sent_at)
    SELECT CAST(:room AS uuid), n, CAST(lpad(to_hex(n), 32, '0') AS uuid), 'message', CAST(:author AS uuid),
           CAST(lpad(to_hex(n), 32, '0') AS uuid), decode(repeat(md5(n::text), 15), 'hex'), now()
    FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n"""


def main() -> None:
    file, events = Path(sys.argv[1]), int(sys.argv[2])
    app = create_app(Settings.from_environment())
    starting.prepare_database()
    with db.transaction() as session:
        cookie = fill_room(app, SLUG, 1, 0)[0]
        membership = session.query(Membership).one()
        room, author = membership.room_id, membership.account_id
    fill(room, author, events - READ)
    for _ in range(READ):
        with db.transaction() as session:
            owner = session.get_one(Room, room)
            log.append(owner, "message", {"body": BODY}, author_id=author, cid=uuid.uuid4())
    file.write_text(cookie + "\n")


def fill(room: uuid.UUID, author: uuid.UUID, events: int) -> None:
    """Events 1 to `events`, without the program."""
    statement = text(ON_POSTGRESQL if db.is_postgresql() else ON_SQLITE)
    name = str if db.is_postgresql() else (lambda key: key.hex)
    for first in range(1, events + 1, STEP):
        last = min(first + STEP - 1, events)
        with db.transaction() as session:
            values = {"room": name(room), "author": name(author), "first": first, "last": last}
            session.execute(statement, values)
            session.execute(update(Room).where(Room.id == room).values(head_seq=last))
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE room_events" if db.is_postgresql() else "ANALYZE"))


if __name__ == "__main__":
    main()
