"""What the tests of reading share."""

import json
from pathlib import Path
from typing import Any

from recovery_net.meetings.feeds import normalise, sources
from recovery_net.meetings.feeds.listing import Listing
from recovery_net.meetings.feeds.normalise import Options, Read

LISTS = Path(__file__).with_name("lists")
TIMED = {"slug": "a", "name": "A", "day": 2, "time": "19:00", "timezone": "America/New_York"}


def read_file(name: str, **options: Any) -> Read:
    """One of our short lists."""
    return read_bytes((LISTS / name).read_bytes(), **options)


def read_bytes(data: bytes, **options: Any) -> Read:
    return normalise.read_rows(sources.read(data), Options(**options))


def read_one(**fields: Any) -> Listing:
    """The listing of a good row with some fields set otherwise."""
    (found,) = read_bytes(json.dumps([TIMED | fields]).encode()).listings
    return found


def refusal(**fields: Any) -> str:
    """The reason why such a row is refused."""
    (found,) = read_bytes(json.dumps([TIMED | fields]).encode()).refused
    return found.reason


def repairs(**fields: Any) -> list[tuple[str, str, str]]:
    """What is mended in such a row."""
    read = read_bytes(json.dumps([TIMED | fields]).encode())
    return [(repair.field, repair.was, repair.now) for repair in read.repaired]


def by_slug(read: Read) -> dict[str, Listing]:
    return {listing.slug: listing for listing in read.listings}
