"""The official Socket.IO client, mended where it would make tests wait or say what is not so."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import engineio
import socketio
from websocket import WebSocket

PATIENCE = 30  # seconds, for a busy machine; whoever waits goes on as soon as there is an answer


class Line(WebSocket):
    """Closes its socket when the other end has gone, and hangs up without waiting for their goodbye.

    The client library leaves the first to the garbage collector, and its own reading thread takes the goodbye away.
    """

    def recv(self) -> str | bytes:
        try:
            data = super().recv()
        except Exception:
            self.shutdown()
            raise
        if not self.connected:
            self.shutdown()
        return data

    def close(self, status: int = 1000, reason: str | bytes = b"", timeout: float | None = 0) -> None:
        super().close(status, reason, timeout=0)


class _InTurn(engineio.Client):
    """Hands on what it hears in order; each packet on a thread of its own, as the library does it, may overtake."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._turns = ThreadPoolExecutor(1)

    def _trigger_event(self, event: str, *arguments: Any, **how: Any) -> Any:
        if event == "message":
            return self._turns.submit(self.handlers[event], *arguments)
        return super()._trigger_event(event, *arguments, **how)


class _Client(socketio.Client):
    def _engineio_client_class(self) -> type[engineio.Client]:
        return _InTurn


def official_client(**options: Any) -> socketio.Client:
    """The official client, with options for its WebSocket."""
    options = {"class_": Line, **options}
    return _Client(
        reconnection=False,
        handle_sigint=False,  # the process's handlers are pytest's
        request_timeout=PATIENCE,
        websocket_extra_options=options,
    )
