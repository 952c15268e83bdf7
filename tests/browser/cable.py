"""The line between a browser and the server, as bad as a test wants it."""

import socket
from contextlib import suppress
from threading import Event, Thread

Pair = tuple[socket.socket, socket.socket, Event]
UPGRADE = b"upgrade: websocket"


class Cable:
    """Forwards TCP to a port of this machine."""

    def __init__(self) -> None:
        self.target = 0
        self.refuses_upgrades = False  # as the proxies of some schools, clinics and trains
        self._pairs: list[Pair] = []
        self._sockets: list[Pair] = []
        self._door = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection that stands, in the middle of whatever it carries."""
        for near, far, _numb in self._take_all():
            for end in (near, far):
                _close(end)

    def go_numb(self) -> None:
        """Every socket that stands carries nothing more, and nobody is told: the phone has changed networks."""
        for _near, _far, numb in self._sockets:
            numb.set()

    def close(self) -> None:
        """Take the cable away."""
        _close(self._door)
        self.cut()

    def _take_all(self) -> list[Pair]:
        pairs, self._pairs, self._sockets = self._pairs, [], []
        return pairs

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                near, _address = self._door.accept()
                Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with suppress(OSError):
            first = near.recv(65536)
            is_socket = UPGRADE in first.lower()
            if self.refuses_upgrades and is_socket:
                near.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return _close(near)
            far = socket.create_connection(("127.0.0.1", self.target))
            numb = Event()
            self._pairs.append((near, far, numb))
            if is_socket:
                self._sockets.append((near, far, numb))
            far.sendall(first)
            Thread(target=_pump, args=(far, near, numb), daemon=True).start()
            return _pump(near, far, numb)
        return _close(near)


def _pump(source: socket.socket, into: socket.socket, numb: Event) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            if not numb.is_set():
                into.sendall(data)
    if not numb.is_set():
        _close(source)
        _close(into)


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
