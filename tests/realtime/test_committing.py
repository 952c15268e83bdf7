"""Acts that wait at the same moment share a transaction; each has its own answer, and none harms another."""

import contextlib
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError, OperationalError

from recovery_net.core import db
from recovery_net.core.errors import (
    DomainError,
    Invalid,
    NotAllowed,
)
from recovery_net.core.events import on, publish
from recovery_net.realtime.committing import MOST, Committing, one_by_one
from recovery_net.rooms.models import Room
from recovery_net.rooms.talking import post_messages
from tests.factories import make_account, make_room
from tests.live import ROOT
from tests.realtime.batches import device_of, log_of, post


class Held:
    """A kind of act whose first batch is held until the test lets it go: what comes meanwhile has to gather."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.is_in, self.go = Event(), Event()

    def __call__(self, acts: Sequence[int]) -> list[int | DomainError]:
        self.batches.append(list(acts))
        if len(self.batches) == 1:
            self.is_in.set()
            assert self.go.wait(20)
        return [Invalid() if act < 0 else act * 10 for act in acts]


def waiting_in(line: Committing, count: int) -> None:
    """Until so many acts wait in the line."""
    turn = Event()
    while len(line._line) < count:
        turn.wait(0.001)


def test_what_comes_while_a_batch_is_committed_is_the_next_batch(app: Flask) -> None:
    line, kind = Committing(), Held()
    with ThreadPoolExecutor(MOST + 10) as crowd:
        first = crowd.submit(line.do, kind, 0)
        assert kind.is_in.wait(20)
        others = [crowd.submit(line.do, kind, act) for act in range(1, MOST + 4)]
        waiting_in(line, MOST + 3)
        kind.go.set()
        assert [one.result(20) for one in [first, *others]] == [act * 10 for act in range(MOST + 4)]
    assert [len(batch) for batch in kind.batches] == [1, MOST, 3]


def test_a_refusal_is_raised_where_it_belongs_and_nowhere_else(app: Flask) -> None:
    line, kind = Committing(), Held()
    with ThreadPoolExecutor(8) as crowd:
        first = crowd.submit(line.do, kind, 0)
        assert kind.is_in.wait(20)
        good, bad = crowd.submit(line.do, kind, 1), crowd.submit(line.do, kind, -1)
        waiting_in(line, 2)
        kind.go.set()
        with pytest.raises(Invalid):
            bad.result(20)
        assert (first.result(20), good.result(20)) == (0, 10)
    assert sorted(len(batch) for batch in kind.batches) == [1, 2]


def test_an_act_that_breaks_the_transaction_breaks_its_own_only(app: Flask) -> None:
    line, held = Committing(), Held()
    rooms = {name: make_room() for name in ("good", "other")}

    def rename(acts: Sequence[str]) -> list[str]:
        for name in acts:
            if name not in rooms:
                raise ZeroDivisionError
            db.session().get_one(Room, rooms[name].id).name = f"renamed {name}"
        return list(acts)

    with ThreadPoolExecutor(8) as crowd:
        first = crowd.submit(line.do, held, 0)
        assert held.is_in.wait(20)
        asked = {name: crowd.submit(line.do, rename, name) for name in ("good", "broken", "other")}
        waiting_in(line, 3)
        held.go.set()
        with pytest.raises(ZeroDivisionError):
            asked["broken"].result(20)
        assert [asked[name].result(20) for name in rooms] == ["good", "other"]
        assert first.result(20) == 0
    with db.reading() as session:
        assert {session.get_one(Room, room.id).name for room in rooms.values()} == {
            "renamed good",
            "renamed other",
        }


def test_a_database_that_is_away_is_found_out_once_and_not_by_everyone(app: Flask) -> None:
    line, held = Committing(), Held()
    tries: list[int] = []

    def unlucky(acts: Sequence[int]) -> list[int]:
        tries.append(len(acts))
        raise OperationalError("", {}, OSError())

    with ThreadPoolExecutor(20) as crowd:
        first = crowd.submit(line.do, held, 0)
        assert held.is_in.wait(20)
        others = [crowd.submit(line.do, unlucky, act) for act in range(10)]
        waiting_in(line, 10)
        held.go.set()
        errors = [one.exception(20) for one in others]
        assert first.result(20) == 0
    assert all(db.is_outage(error) or error.code == "unavailable" for error in errors)  # type: ignore[arg-type,union-attr]
    assert tries == [10, 1]


def test_who_was_outrun_by_another_process_finds_what_that_one_wrote(app: Flask) -> None:
    tries: list[int] = []

    def outrun(acts: Sequence[int]) -> list[str]:
        tries.append(len(acts))
        if len(tries) == 1:
            raise IntegrityError("", {}, ValueError())
        return ["found"]

    assert Committing().do(outrun, 1) == "found"


def test_kinds_share_a_transaction_and_what_they_publish_leaves_after_it(app: Flask) -> None:
    line, held, seen = Committing(), Held(), []
    room = make_room()

    class Happened(str):
        pass

    on(Happened)(lambda happened: seen.append((str(happened), db.is_open())))

    def refuse(act: str) -> str:
        db.session().get_one(Room, room.id).name = act
        publish(Happened(act))
        if act == "no":
            raise NotAllowed()
        return act

    single = one_by_one(refuse)
    with ThreadPoolExecutor(8) as crowd:
        crowd.submit(line.do, held, 0)
        assert held.is_in.wait(20)
        no = crowd.submit(line.do, single, "no")
        waiting_in(line, 1)
        yes, other = crowd.submit(line.do, single, "yes"), crowd.submit(line.do, held, 5)
        waiting_in(line, 3)
        held.go.set()
        assert (yes.result(20), other.result(20)) == ("yes", 50)
        with pytest.raises(NotAllowed):
            no.result(20)
    assert seen == [("yes", False)]
    with db.reading() as session:
        assert session.get_one(Room, room.id).name == "yes"


def test_inside_a_transaction_an_act_is_a_part_of_it(app: Flask) -> None:
    token, room = device_of(make_account()), make_room()
    with contextlib.suppress(ZeroDivisionError), db.transaction():
        Committing().do(post_messages, post(token, room))
        raise ZeroDivisionError
    assert log_of(room) == []


def test_who_is_ended_while_waiting_harms_nobody(tmp_path: Path) -> None:
    """In greenlets, which can be ended from outside: one that waits, one that should lead next, one that leads."""
    command = [
        sys.executable,
        "-m",
        "tests.realtime.ended_greenlets",
        f"sqlite:///{tmp_path / 'empty.sqlite3'}",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "all answered\n", done.stderr


def test_nothing_is_promised_inside_a_reading(app: Flask) -> None:
    with db.reading(), pytest.raises(RuntimeError):
        Committing().do(one_by_one(str), "an act")
