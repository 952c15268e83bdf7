"""A line to whoever started this process, if they want one: it ends when they do, however they end.

`RECOVERY_NET_TETHER` is the number of an open socket. Being ready is written to it; when its other end closes, this
process gets the SIGTERM that its starter can no longer send.
"""

import os
import signal
import socket
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
        """Say that the work has begun, to systemd too."""
        if self._line is not None:
            with suppress(OSError):
                os.write(self._line, b"ready")
        if address := os.environ.pop("NOTIFY_SOCKET", ""):
            with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notice:
                notice.sendto(b"READY=1", address.replace("@", "\0", 1) if address[0] == "@" else address)


def _wait_for_the_end(line: int) -> None:
    with suppress(OSError):
        while os.read(line, 64):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
