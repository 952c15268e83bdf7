"""A service for as long as a block lasts."""

import contextlib
from collections.abc import Iterator

from tools.services.places import wait_until
from tools.services.service import Service, held


@contextlib.contextmanager
def served(service: Service) -> Iterator[str]:
    """Its URL, as soon as it answers."""
    with held(service) as process:
        wait_until(service.answers, lambda: process.poll() is None, service.log)
        yield service.url
