"""Time zones to choose from."""

from collections import defaultdict
from functools import cache
from zoneinfo import available_timezones

_REGIONS = {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}


@cache
def known() -> frozenset[str]:
    """IANA names of places, and UTC."""
    return frozenset(zone for zone in available_timezones() if zone.partition("/")[0] in _REGIONS) | {"UTC"}


@cache
def by_region() -> dict[str, dict[str, str]]:
    """The label of each zone, under its region."""
    grouped: dict[str, dict[str, str]] = defaultdict(dict)
    for zone in sorted(known() - {"UTC"}):
        region, _, place = zone.partition("/")
        grouped[region][zone] = place.replace("_", " ").replace("/", ", ")
    return dict(grouped)
