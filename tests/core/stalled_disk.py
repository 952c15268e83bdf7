"""Run with `python -m … FILE`: SQLite's commit waits for the disk, and everyone else goes on. Says what happens.

The disk is held by SQLite's own trace: it calls us in the thread that runs COMMIT, and we do not return until the loop
lets us. Were that the loop's thread, nothing could ever let us.
"""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402
import sys  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
import gevent.os  # noqa: E402
from sqlalchemy import event, text  # noqa: E402

from recovery_net.core import db  # noqa: E402
from recovery_net.realtime.committing import commit  # noqa: E402

reached, reach = os.pipe()
released, release = os.pipe()


def write(acts: Sequence[int]) -> list[int]:
    for act in acts:
        db.core().execute(text("insert into said values (:act)"), {"act": act})
    return [len(acts)] * len(acts)


def ask(act: int) -> None:
    print(f"{act} committed with {commit(write, act)}")


def count() -> int:
    with db.reading() as session:
        return int(session.execute(text("select count(*) from said")).scalar_one())


def main(url: str) -> None:
    db.connect(url)
    with db.transaction() as session:
        session.execute(text("create table said (act integer)"))

    def hold(connection: Any, *_more: object) -> None:
        connection.driver_connection.set_trace_callback(stall)

    def stall(statement: str) -> None:
        if statement == "COMMIT":
            os.write(reach, b".")
            os.read(released, 1)

    event.listen(db.engine(), "checkout", lambda _raw, record, _proxy: hold(record))
    first = gevent.spawn(ask, 1)
    gevent.os.tp_read(reached, 1)
    print(f"at the disk; a reader sees {count()}")
    others = [gevent.spawn(ask, act) for act in (2, 3)]
    gevent.sleep(0)
    print(f"others wait, a reader sees {count()}")
    os.write(release, b"..")
    gevent.joinall([first, *others], raise_error=True)
    print(f"a reader sees {count()}")


main(sys.argv[1])
