"""How far somebody has read: forward only, and seldom written (delivery.md, 8)."""

import pytest
from flask import Flask
from sqlalchemy import event

from recovery_net.core import db
from recovery_net.rooms import marks
from recovery_net.rooms.marks import Marks
from recovery_net.rooms.models import Membership, Room
from recovery_net.rooms.talking import Mark
from tests.factories import make_account, make_membership, make_room


class Reader:
    """A socket of a member of a room with ten messages."""

    def __init__(self) -> None:
        self.room, account = make_room(head_seq=10), make_account()
        self._member, self._account_id = make_membership(self.room, account), account.id

    def mark(self, seq: int) -> Mark:
        return Mark(self.room.id, self._account_id, seq)

    @property
    def read(self) -> int:
        with db.reading() as session:
            return session.get_one(Membership, self._member.id).read_seq


def test_the_first_mark_is_written_at_once_and_what_follows_soon_is_held(app: Flask) -> None:
    reader, held = Reader(), Marks()
    for seq in (3, 7, 5):
        held.move("socket", reader.mark(seq))
    held.write_held()  # too early
    assert reader.read == 3


def test_of_what_was_held_the_furthest_is_written(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, held = Reader(), Marks()
    for seq in (3, 7, 5):
        held.move("socket", reader.mark(seq))
    monkeypatch.setattr(marks, "PAUSE", 0)  # two seconds later
    held.write_held()
    assert reader.read == 7


def test_a_socket_that_closes_keeps_what_it_said(app: Flask) -> None:
    reader, held = Reader(), Marks()
    for seq in (3, 7):
        held.move("socket", reader.mark(seq))
    held.gone("socket")
    held.write_held()
    assert reader.read == 7
    assert (held._written, held._held) == ({}, {})


def test_what_goes_further_while_it_is_written_is_written_next(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, held = Reader(), Marks()
    for seq in (3, 5):
        held.move("socket", reader.mark(seq))

    def further(*_commit: object) -> None:
        held.move("socket", reader.mark(9))

    event.listen(db.engine(), "commit", further)
    try:
        held.write_all()
    finally:
        event.remove(db.engine(), "commit", further)
    held.write_all()
    assert reader.read == 9


def test_marks_never_go_back_nor_past_the_end_nor_to_others(app: Flask) -> None:
    reader, other = Reader(), Reader()
    for seq, read in ((8, 8), (2, 8), (10**6, 10)):
        Marks().move("socket", reader.mark(seq))
        assert reader.read == read
    assert other.read == 0
    with db.transaction() as session:
        session.delete(session.get_one(Room, reader.room.id))
    Marks().move("socket", reader.mark(1))  # the room is gone: nothing to mark
