"""In front of the sockets: whoever knocks too often is turned away before a line is opened for them.

Members are counted by their device, so that everybody behind one address can come back at once after a restart. Only
who has no session is counted by the network they come from.
"""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, session

from recovery_net.core import limits
from recovery_net.core.errors import TooMany

Answer = Callable[..., Iterable[bytes]]


class Gate:
    """Wraps the app: what goes to the sockets is counted first, everything else passes."""

    def __init__(self, app: Flask, inner: Answer, path: str = "/socket.io/") -> None:
        self._app = app
        self._inner = inner
        self._path = path

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(self._path):
            return self._inner(environ, start_response)
        try:
            self._count(environ)
        except TooMany as error:
            waits = [("Retry-After", str(error.retry_after)), ("Content-Length", "0")]
            start_response("429 Too Many Requests", waits)
            return []
        return self._inner(environ, start_response)

    def _count(self, environ: dict[str, Any]) -> None:
        with self._app.request_context(environ):
            token = session.get(
                "_user_id"
            )  # signed by us, so nobody makes up many; the database is not asked
            if isinstance(token, str):
                limits.budget().spend(limits.CONNECT, "device", limits.anonymous_key(token))
            else:
                limits.budget().spend(limits.STRANGE_SOCKET, "stranger", limits.asker())
