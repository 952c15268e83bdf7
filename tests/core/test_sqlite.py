"""SQLite under an event loop: nobody waits for the disk but who must, and nobody is overtaken."""

import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import pytest
from flask import Flask
from sqlalchemy import text

from recovery_net.core import db, sqlite
from recovery_net.core.sqlite import Turns
from tests.live import ROOT

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_while_one_commit_waits_for_the_disk_others_read_and_gather(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.core.stalled_disk", f"sqlite:///{tmp_path / 'held.sqlite3'}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == [
        "at the disk; a reader sees 0",
        "others wait, a reader sees 0",
        "1 committed with 1",
        "2 committed with 2",
        "3 committed with 2",
        "a reader sees 3",
    ], done.stderr


@SQLITE
def test_every_connection_survives_a_power_cut(app: Flask) -> None:
    for engine in (db.engine(), db.readers()):
        with engine.connect() as connection:
            found = [
                connection.execute(text(f"PRAGMA {name}")).scalar()
                for name in ("synchronous", "journal_mode", "foreign_keys", "secure_delete")
            ]
        assert found == [2, "wal", 1, 1]  # 2 is FULL: the disk has it before the answer leaves


@SQLITE
def test_readers_see_the_last_commit_and_hold_up_no_writer(app: Flask) -> None:
    with db.transaction() as session:
        session.execute(text("create table noted (word text)"))
    try:
        with db.reading() as before:
            assert before.execute(text("select count(*) from noted")).scalar() == 0
            with db.engine().begin() as writing:
                writing.execute(text("insert into noted values ('here')"))
            assert before.execute(text("select count(*) from noted")).scalar() == 0
        with db.reading() as after:
            assert after.execute(text("select count(*) from noted")).scalar() == 1
    finally:
        with db.transaction() as session:
            session.execute(text("drop table noted"))


def test_turns_go_in_the_order_of_asking() -> None:
    turns, order = Turns(), []
    crowd = []

    def take(number: int) -> None:
        with turns:
            order.append(number)

    with turns:
        for number in range(5):
            crowd.append(Thread(target=take, args=(number,)))
            crowd[-1].start()
            stands_in_line(turns, number + 1)
    with turns:  # who has just had it and asks again comes last
        order.append(99)
    for one in crowd:
        one.join(10)
    assert order == [0, 1, 2, 3, 4, 99]


def test_who_waits_too_long_leaves_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE", 0.01)
    turns = Turns()
    with turns, pytest.raises(Exception, match="no turn") as refused, turns:
        pass
    assert db.is_outage(refused.value)
    with turns:
        assert not turns._line


def stands_in_line(turns: Turns, count: int) -> None:
    """Until so many wait."""
    moment = Event()
    while len(turns._line) < count:
        moment.wait(0.001)
