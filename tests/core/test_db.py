"""The two ways into the database."""

import sqlite3
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing

import pytest
from flask import Flask

from recovery_net.core import db
from tests.live import LiveServer
from tests.person import Town


def test_a_transaction_inside_a_read_is_a_mistake_and_said_so(app: Flask) -> None:
    with db.reading(), pytest.raises(RuntimeError, match="inside reading"), db.transaction():
        pass


def test_there_is_no_session_outside(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="no transaction is open"):
        db.session()


def test_a_file_that_another_process_holds_delays_its_writers_and_nobody_else(
    live: Callable[..., LiveServer],
) -> None:
    server = live()
    town = Town(server)
    room, north = town.room(), town.person().connect()
    north.ask("room:join", {"room": room})
    answers: list[dict[str, object]] = []
    sender = threading.Thread(target=lambda: answers.append(north.say(room, "patience")))
    with closing(sqlite3.connect(server.data / "recovery-net.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        sender.start()
        began = time.monotonic()
        while time.monotonic() - began < 1:  # long enough that a frozen loop could not answer in between
            with urllib.request.urlopen(server.url + "/healthz", timeout=1) as health:
                assert health.status == 200
        assert answers == []
        other.execute("COMMIT")
    sender.join(10)
    assert answers[0]["ok"]
