"""A line to whoever started this process, if they want one: it ends when they do, however they end.

`RECOVERY_NET_TETHER` is the number of an open socket. Being ready is written to it; when its other end closes, this
process gets the SIGTERM that its starter can no longer send.
"""

import os
import signal
from contextlib import suppress

from gevent import monkey

NAME = "RECOVERY_NET_TETHER"
# A real thread: it must see the end while the event loop is busy.
_start_thread = monkey.get_original("_thread", "start_new_thread")


class Tether:
    """Nothing at all for a process that nobody holds."""

    def __init__(self) -> None:
        number = os.environ.pop(NAME, "")
        self._line = int(number) if number else None

    def hold(self) -> None:
        """From here on, end with the starter. Call it when SIGTERM is answered."""
        if self._line is not None:
            _start_thread(_wait_for_the_end, (self._line,))

    def ready(self) -> None:
        """Say that the work has begun."""
        if self._line is not None:
            with suppress(OSError):
                os.write(self._line, b"ready")


def _wait_for_the_end(line: int) -> None:
    with suppress(OSError):
        while os.read(line, 64):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
