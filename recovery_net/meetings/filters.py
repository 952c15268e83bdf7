"""What a reader asks the list for. What cannot be used is left out, and said so in one sentence."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from recovery_net.core.i18n import N_
from recovery_net.meetings import bands, programs, zones
from recovery_net.meetings.feeds.kinds import HYBRID, IN_PERSON, ONLINE

NOW, SOON = "now", "soon"
KM, KM_MOST = 25.0, 500.0
_PAGES = 100_000
_MOST = 12  # values of one repeatable filter
ATTENDANCE = (IN_PERSON, ONLINE, HYBRID)

V = TypeVar("V")


class Arguments(Protocol):
    """A query string, read."""

    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something asked for that was left out."""

    message: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """All of these hold together; of several days, times or ways to attend, any."""

    zone: str
    q: str = ""
    days: tuple[int, ...] = ()
    bands: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    program: str | None = None
    region: str = ""
    attendance: tuple[str, ...] = ()
    near: tuple[float, float] | None = None
    km: float = KM
    page: int = 1
    complaints: tuple[Complaint, ...] = field(default=(), compare=False)

    @property
    def is_about_time(self) -> bool:
        """Whether meetings by appointment cannot be meant."""
        return bool(self.days or self.bands or self.when)

    @property
    def narrows(self) -> bool:
        return self != Filters(zone=self.zone, page=self.page)


def read(arguments: Arguments, default_zone: str) -> Filters:
    """Filters out of a query string; never raises."""
    reader = _Reader(arguments)
    zone = reader.one("tz", _zone, N_("“%(value)s” is no time zone we know; times are shown in %(zone)s."))
    return Filters(
        zone=zone or default_zone,
        q=reader.one("q", lambda text: text[:200]) or "",
        days=reader.several("day", _day, N_("“%(value)s” is no day: days are 0 (Sunday) to 6.")),
        bands=reader.several("time", _of(bands.BANDS), N_("“%(value)s” is no time of day we know.")),
        when=reader.several("when", _of((NOW, SOON)), N_("“%(value)s” can be “now” or “soon” only.")),
        types=reader.several("type", lambda text: text[:64]),
        program=reader.one("program", _program, N_("There is no program “%(value)s” here.")),
        region=reader.one("region", lambda text: text[:100]) or "",
        attendance=reader.several(
            "attendance", _of(ATTENDANCE), N_("“%(value)s” is no way to attend: in_person, online or hybrid.")
        ),
        near=reader.one(
            "near", _point, N_("“%(value)s” is no place: give latitude and longitude, as 52.52,13.40.")
        ),
        km=reader.one("km", _km, N_("“%(value)s” is no distance: give kilometres from 1 to 500.")) or KM,
        page=reader.one("page", _page, N_("There is no page “%(value)s”; this is the first one.")) or 1,
        complaints=tuple(reader.complaints),
    )


class _Reader:
    def __init__(self, arguments: Arguments) -> None:
        self._arguments = arguments
        self.complaints: list[Complaint] = []

    def one(self, name: str, check: Callable[[str], V | None], complaint: str = "") -> V | None:
        return next(iter(self.several(name, check, complaint)), None)

    def several(self, name: str, check: Callable[[str], V | None], complaint: str = "") -> tuple[V, ...]:
        found: list[V] = []
        for said in self._arguments.getlist(name)[:_MOST]:
            value = said.replace("\0", "").strip()
            checked = check(value) if value else None
            if checked is None and value:
                self.complaints.append(Complaint(complaint, value[:60]))
            elif checked is not None and checked not in found:
                found.append(checked)
        return tuple(found)


def _of(choices: Iterable[str]) -> Callable[[str], str | None]:
    known = set(choices)
    return lambda text: text.casefold() if text.casefold() in known else None


def _day(text: str) -> int | None:
    return int(text) % 7 if text in set("01234567") else None


def _zone(text: str) -> str | None:
    try:
        return zones.canonical(text[:100])
    except ValueError:
        return None


def _program(text: str) -> str | None:
    return text.casefold() if programs.exists(text.casefold()) else None


def _point(text: str) -> tuple[float, float] | None:
    match = re.fullmatch(r"([+-]?\d{1,3}(?:\.\d{1,20})?)\s*,\s*([+-]?\d{1,3}(?:\.\d{1,20})?)", text, re.ASCII)
    if match is None:
        return None
    latitude, longitude = float(match[1]), float(match[2])
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _km(text: str) -> float | None:
    found = float(text) if re.fullmatch(r"\d{1,4}(?:\.\d{1,6})?", text, re.ASCII) else 0.0
    return found if 1 <= found <= KM_MOST else None


def _page(text: str) -> int | None:
    found = int(text) if re.fullmatch(r"\d{1,6}", text, re.ASCII) else 0
    return found if 1 <= found <= _PAGES else None
