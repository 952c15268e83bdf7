"""Time zones: what a list calls them, and the name that is stored."""

import zoneinfo
from functools import cache

from babel import Locale
from babel.core import get_global

from recovery_net.meetings import facts

_NOT_PLACES = {"Factory", "localtime", "posixrules"}


class UnknownZone(ValueError):
    """No such zone."""


class AmbiguousZone(ValueError):
    """A name that stands for several zones: asked, never guessed."""

    def __init__(self, name: str, candidates: list[str]) -> None:
        super().__init__(name)
        self.candidates = candidates


@cache
def _known() -> dict[str, str]:
    """Folded name → canonical name. Ambiguous names are not in it."""
    names = {name.casefold(): name for name in zoneinfo.available_timezones() - _NOT_PLACES}
    aliases = facts.load("zones.json")["aliases"]
    names |= {alias.casefold(): zone for alias, zone in aliases.items() if zone.casefold() in names}
    for name in _ambiguous():
        names.pop(name, None)
    return names


@cache
def _ambiguous() -> dict[str, list[str]]:
    return {name.casefold(): zones for name, zones in facts.load("zones.json")["ambiguous"].items()}


def canonical(name: str, hint: str | None = None) -> str:
    """The IANA name. `hint` settles an ambiguous name only if it is one of its candidates."""
    folded = " ".join(name.split()).casefold()
    if candidates := _ambiguous().get(folded):
        if hint in candidates:
            return hint
        raise AmbiguousZone(name, candidates)
    found = _known().get(folded) or _known().get(folded.replace(" ", "_"))
    if found is None:
        raise UnknownZone(name)
    return found


@cache
def country(zone: str) -> str:
    """The country a zone lies in, in English, the least address that readers accept; else "Worldwide"."""
    territory = get_global("zone_territories").get(zone, "")
    name = Locale("en").territories.get(territory) if len(territory) == 2 and territory.isalpha() else None
    return name or "Worldwide"


@cache
def city(zone: str) -> str:
    """What people call a zone: "Berlin", "New York"."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")
