"""What runs beside the answering of requests."""

import time
from collections.abc import Callable
from threading import Event, Thread

import gevent
import structlog
from flask import Flask

from recovery_net.core import jobs, logs
from recovery_net.core.limits import Budget
from recovery_net.realtime.presence import LOOK_EVERY
from recovery_net.rooms.marks import PAUSE as MARKS_EVERY
from recovery_net.rooms.rounds import HEADS_EVERY, RIGHTS_EVERY
from recovery_net.rooms.sockets import LiveRooms

_log = structlog.get_logger()


def start(app: Flask, stop: Event, *, with_jobs: bool) -> None:
    """Each piece of work in a thread of its own, until `stop`."""
    live: LiveRooms = app.extensions["live_rooms"]
    app.extensions["relay"].start()
    budget: Budget = app.extensions["budget"]
    _start(app, lambda: live.delivery.work(stop))
    _start(app, lambda: budget.paces.work(stop))
    _start(app, lambda: _every(RIGHTS_EVERY, live.rounds.look_at_rights, stop))
    _start(app, lambda: _every(HEADS_EVERY, live.rounds.push_heads, stop))
    _start(app, lambda: _every(LOOK_EVERY, live.presence.look, stop))
    _start(app, lambda: _every(MARKS_EVERY, live.marks.write_held, stop))
    if with_jobs:
        _start(app, lambda: jobs.work(stop))


def quiet_hub() -> None:
    """The hub prints what a stray greenlet raised, with its values; type and place are enough."""

    def tell(_context: object, kind: type[BaseException], error: BaseException, _trace: object) -> None:
        _log.error("greenlet", error=kind.__name__, where=logs.where(error))

    gevent.get_hub().print_exception = tell  # type: ignore[method-assign, assignment]


def _start(app: Flask, work: Callable[[], None]) -> None:
    def run() -> None:
        with app.app_context():
            work()

    Thread(target=run, daemon=True).start()


def _every(seconds: float, work: Callable[[], None], stop: Event) -> None:
    took = 0.0
    while not stop.wait(
        max(seconds - took, seconds / 4)
    ):  # a round that takes long begins the next one sooner
        begun = time.monotonic()
        try:
            work()
        except Exception as error:
            _log.error("background", error=type(error).__name__, where=logs.where(error))
        took = time.monotonic() - begun
