"""Leaving: stop accepting, finish what runs, ask members to come back, go (delivery.md, 9)."""

import os
import random
import signal
from collections.abc import Callable
from contextlib import suppress
from threading import Event

import gevent

from recovery_net.realtime.server import Sockets
from recovery_net.serving.http import HttpServer

# Seconds from the signal to the end, whatever hangs: a database that is away, a reader that stalls.
TIME_LIMIT = 10
LAST_WITHIN = 1.5  # for each of the last things
SPREAD = 15.0  # seconds over which members come back


class Leaving:
    """Ends the process once, on SIGTERM or SIGINT; a second signal ends it at once."""

    def __init__(self, sockets: Sockets, server: HttpServer) -> None:
        self.stop = Event()  # what runs in the background ends with it
        self.last: list[Callable[[], None]] = []  # called when everybody has been told
        self._done = Event()
        self._sockets = sockets
        self._server = server

    def on_signals(self) -> None:
        """From here on signals are answered."""
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, self._begin, number)

    def wait(self) -> None:
        """Until everything is done."""
        self._done.wait()

    def _begin(self, number: int) -> None:
        if self.stop.is_set():
            os._exit(128 + number)
        self.stop.set()
        # Kept by the kernel: no code of ours has to be well for it.
        signal.alarm(TIME_LIMIT)
        gevent.spawn(self._leave)

    def _leave(self) -> None:
        try:
            self._server.stop_listening()
            for sid in list(self._sockets.connections):
                with suppress(Exception):  # one that has just gone
                    self._sockets.push("drain", {"reconnect_in": random.uniform(0, SPREAD)}, sid)  # noqa: S311
            self._sockets.close_all(patience=TIME_LIMIT / 3)
            self._server.finish(patience=TIME_LIMIT / 3)
            for end in self.last:
                # The database may be away: each has a moment.
                with suppress(Exception, gevent.Timeout), gevent.Timeout(LAST_WITHIN):
                    end()
        finally:
            self._done.set()
