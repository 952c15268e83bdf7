"""Pokes may be lost, doubled and out of order; what is pushed is the log, once and in order (delivery.md, 5)."""

import random
import uuid
from threading import Thread

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event

from recovery_net.core import db
from recovery_net.realtime import delivery as delivery_module
from recovery_net.realtime import log
from recovery_net.realtime.delivery import Delivery, Pair
from recovery_net.realtime.log import LoggedEvent
from recovery_net.rooms.models import Room
from tests.factories import make_room


def append(room: Room) -> LoggedEvent:
    with db.transaction() as session:
        return log.append(session.get_one(Room, room.id), "message", {"body": "x"}, author_id=None, cid=None)


class Heard:
    """What was pushed, per room."""

    def __init__(self) -> None:
        self.seqs: list[int] = []

    def __call__(self, _room_id: uuid.UUID, events: list[Pair]) -> None:
        self.seqs += [event.seq for event, _ in events]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fates=st.lists(st.sampled_from(["poked", "poked twice", "lost"]), min_size=1, max_size=12),
    order=st.randoms(use_true_random=False),
    sweeps=st.integers(0, 3),
)
def test_every_event_is_pushed_once_and_in_order(
    app: Flask, fates: list[str], order: random.Random, sweeps: int
) -> None:
    room, heard = make_room(), Heard()
    append(room)  # before anyone listens: theirs to read from the page
    delivery = Delivery(Room, heard)
    delivery.listen(room.id, "a socket")
    pokes = []
    for fate in fates:
        said = append(room)
        pokes += [said] * {"poked": 1, "poked twice": 2, "lost": 0}[fate]
    acts = [lambda said=said: delivery.poke(said) for said in pokes] + [delivery.sweep] * sweeps
    order.shuffle(acts)
    for act in acts:
        act()
    delivery.sweep()
    assert heard.seqs == list(range(2, len(fates) + 2))


def test_a_room_nobody_listens_to_is_not_pushed(app: Flask) -> None:
    room, heard = make_room(), Heard()
    delivery = Delivery(Room, heard)
    delivery.poke(append(room))
    delivery.listen(room.id, "a socket")
    delivery.unlisten(room.id, "a socket")
    delivery.poke(append(room))
    delivery.sweep()
    assert heard.seqs == []


def test_who_comes_back_hears_what_follows(app: Flask) -> None:
    room, heard = make_room(), Heard()
    delivery = Delivery(Room, heard)
    for sid in ("first", "second"):
        delivery.listen(room.id, sid)
        append(room)
        delivery.sweep()
        delivery.unlisten(room.id, sid)
        append(room)
    assert heard.seqs == [1, 3]


def test_a_push_that_failed_is_tried_again(app: Flask) -> None:
    room, heard = make_room(), Heard()
    fails = [True]

    def push(room_id: uuid.UUID, events: list[Pair]) -> None:
        if fails.pop() if fails else False:
            raise ConnectionError
        heard(room_id, events)

    delivery = Delivery(Room, push)
    delivery.listen(room.id, "a socket")
    with pytest.raises(ConnectionError):
        delivery.poke(append(room))
    append(room)
    delivery.sweep()
    assert heard.seqs == [1, 2]


def test_what_is_pushed_while_the_sweep_looks_is_not_pushed_again(app: Flask) -> None:
    room, heard = make_room(), Heard()
    delivery = Delivery(Room, heard)
    delivery.listen(room.id, "a socket")
    looks = [True]

    def say_something(*_look: object) -> None:
        if looks and looks.pop():
            speaker = Thread(target=lambda: delivery.poke(append(room)))
            speaker.start()
            speaker.join()

    event.listen(db.readers(), "after_cursor_execute", say_something)
    try:
        delivery.sweep()  # what it has read is old when it comes to compare
    finally:
        event.remove(db.readers(), "after_cursor_execute", say_something)
    delivery.sweep()
    assert heard.seqs == [1]


def test_a_gap_below_more_than_is_held_is_mended_from_the_log(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_module, "_HELD", 3)
    room, heard = make_room(), Heard()
    delivery = Delivery(Room, heard)
    delivery.listen(room.id, "a socket")
    append(room)  # by another worker, and its hint is lost
    for _ in range(log.PAGE + 5):
        delivery.poke(append(room))
    delivery.sweep()
    assert heard.seqs == list(range(1, log.PAGE + 7))


def test_what_waits_of_a_log_from_before_a_restore_is_never_pushed(app: Flask) -> None:
    room, heard = make_room(), Heard()
    delivery = Delivery(Room, heard)
    delivery.listen(room.id, "a socket")
    append(room)  # unheard of
    delivery.poke(append(room))  # so this one waits
    with db.transaction() as session:
        session.execute(delete(log.RoomEvent))
        restored = session.get_one(Room, room.id)
        restored.epoch, restored.head_seq = 2, 0
    delivery.sweep()
    said = append(room)
    delivery.poke(said)
    delivery.sweep()
    assert heard.seqs == [1]
