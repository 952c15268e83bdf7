"""Where a service may live: a private folder that its user can reach."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SOCKET_PATH_LIMIT = 70  # a Unix socket's whole path may have some 100 characters


class Unavailable(Exception):
    """This service cannot be had on this machine; says why."""


def new_folder(name: str, *, user: str = "") -> Path:
    """A fresh folder for `user` alone, its path short enough for a socket; nothing above it is changed."""
    bases = [Path(base) for base in (tempfile.gettempdir(), "/tmp", "/var/tmp")]  # noqa: S108 - mkdtemp below
    base = next(
        (base for base in bases if len(str(base)) < SOCKET_PATH_LIMIT and (not user or open_to_all(base))),
        None,
    )
    if base is None:
        raise Unavailable("no temporary folder is short enough and open to the service's user")
    folder = Path(tempfile.mkdtemp(prefix=f"rn-{name}-", dir=base))
    if user:
        shutil.chown(folder, user)
    return folder


def open_to_all(folder: Path) -> bool:
    """Whether any user may walk down to this folder."""
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.resolve().parents))


def wait_until(
    ready: Callable[[], bool], alive: Callable[[], bool], log: Path, *, seconds: float = 30
) -> None:
    """Return as soon as `ready`; tell what the service said when it ends first or takes too long."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not alive() or time.monotonic() > deadline:
            said = log.read_text(errors="replace")[-2000:] if log.exists() else "nothing"
            raise Unavailable(f"it did not start; it said: {said}")
        time.sleep(0.02)


def is_root() -> bool:
    return os.geteuid() == 0
