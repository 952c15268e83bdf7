"""Where connections come in, and how many there may be."""

import os
import resource
import socket
import sys
from contextlib import suppress

from recovery_net.config import Settings, SettingsError

BACKLOG = 4096  # after a restart everybody comes back at once
ENOUGH_FILES = 10_500  # ten thousand members and what the process needs for itself


def on_port(settings: Settings) -> socket.socket:
    """Take the port before any other work: a port in use is said at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Inherited by what is accepted: without it every answer on a kept connection waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}); "
            f"stop what uses it, or choose another: PORT={settings.port % 65535 + 1} ./run"
        ) from error
    listener.listen(BACKLOG)
    return listener


def on_path(path: str) -> socket.socket:
    """A Unix socket, put in place whole. Its folder says who may connect: a proxy is another user."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    fresh = f"{path}.{os.getpid()}"
    try:
        with suppress(FileNotFoundError):
            os.unlink(fresh)
        listener.bind(fresh)
        os.chmod(fresh, 0o666)  # noqa: S103 - see above
        listener.listen(BACKLOG)
        os.rename(fresh, path)
    except OSError as error:
        listener.close()
        raise SettingsError(f"The socket {path} cannot be made ({error.strerror or error}).") from error
    return listener


def inherited(number: int) -> socket.socket:
    """The listener of whoever started us, which other workers accept on too."""
    try:
        return socket.socket(fileno=number)
    except OSError as error:
        raise SettingsError(f"{number} is not an open socket ({error.strerror}).") from error


def allow_many_files(*, says: bool) -> None:
    """A socket is a file: take as many as this machine lets us have, and say so when those are few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # a system may have a lower limit of its own
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    if says and 0 <= soft < ENOUGH_FILES and soft != resource.RLIM_INFINITY:
        print(
            f"Only {soft} files may be open here, enough for about {max(0, soft - 500)} people at once; "
            "raise the limit (ulimit -Hn, or LimitNOFILE= of systemd) if more will come.",
            file=sys.stderr,
        )
