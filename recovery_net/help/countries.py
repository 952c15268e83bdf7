"""Whose lines to show first: what the reader chose, else a guess from zone and language. Never from an address."""

from collections.abc import Iterable

from babel.core import get_global
from babel.languages import get_official_languages

from recovery_net.help.lines import countries

ELSEWHERE = "other"  # a country we have no lines for
_AT_HOME_EVERYWHERE = {"en", "es"}  # a browser that asks for these says nothing about where it is


def country_for(chosen: str, zone: str | None, accepted: Iterable[str], default: str) -> str:
    """A country's code, or `ELSEWHERE`. The zone is the better witness: browsers say en-US all over the world."""
    if chosen:
        return _listed(chosen.upper())
    guess = _of_zone(zone) or _of_languages(accepted, default) or default
    return _listed(guess)


def _listed(code: str) -> str:
    return code if code in countries() else ELSEWHERE


def _of_zone(zone: str | None) -> str | None:
    if not zone:
        return None
    canonical = get_global("zone_aliases").get(zone, zone)
    territory = str(get_global("zone_territories").get(canonical, ""))
    return territory if territory.isalpha() and territory != "ZZ" else None  # UTC lies nowhere


def _of_languages(accepted: Iterable[str], default: str) -> str | None:
    return next((guess for tag in accepted if (guess := _of_language(tag, default))), None)


def _of_language(tag: str, default: str) -> str | None:
    language, *rest = tag.replace("_", "-").split("-")
    region = next((part.upper() for part in rest if len(part) == 2 and part.isalpha()), None)
    language = language.lower()
    if region or language in _AT_HOME_EVERYWHERE:
        return region
    if language in get_official_languages(default, de_facto=True):
        return default
    likely = get_global("likely_subtags").get(language, "").rpartition("_")[2]
    return likely if likely in countries() else None
