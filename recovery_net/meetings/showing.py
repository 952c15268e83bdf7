"""What the pages show of meetings: times in the reader's zone, words in the reader's language."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from flask_babel import get_locale, gettext

from recovery_net.meetings import nearness, programs, providers, zones
from recovery_net.meetings.feeds.kinds import HYBRID, INACTIVE, ONLINE
from recovery_net.meetings.filters import Filters
from recovery_net.meetings.listing import Entry, Page
from recovery_net.meetings.rules import Rule
from recovery_net.meetings.selecting import SOON_WITHIN

_CHIPS = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """One row as the list shows it."""

    slug: str
    name: str
    clock: str
    starts: str  # for <time datetime>
    note: str  # below the clock: "in 40 min"
    where: str
    own_time: str
    chips: list[str]
    is_live: bool
    is_cancelled: bool
    is_joinable: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under one heading. `is_close` ones are open or start soon: they offer to join."""

    title: str
    rows: list[Shown]
    is_close: bool = False


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


def language() -> str:
    """The reader's language, as Babel names it."""
    return str(get_locale() or "en")


def clock(at: time) -> str:
    """A time of day as the reader writes it."""
    return _clock(at.hour, at.minute, language())


@lru_cache(maxsize=4096)
def _clock(hour: int, minute: int, locale: str) -> str:
    return str(format_time(time(hour, minute), "short", locale=locale)).lower()


def day(on: date) -> str:
    """A date as the reader writes it, with its weekday."""
    return _day(on, language())


@lru_cache(maxsize=512)
def _day(on: date, locale: str) -> str:
    return str(format_date(on, "EEEE, d MMMM", locale=locale))


@lru_cache(maxsize=512)
def _day_title(on: date, today: date, language: str) -> str:
    day = _day(on, language)
    if on == today:
        return _("Today, %(day)s", day=day)
    if on == today + timedelta(days=1):
        return _("Tomorrow, %(day)s", day=day)
    return day


def sections(page: Page, filters: Filters, *, is_member: bool) -> list[Section]:
    """The page under its headings."""
    reader = _Reader(filters, page.now, is_member)
    found: list[Section] = []
    for entry in page.entries:
        title, is_close = reader.heading(entry)
        if not found or found[-1].title != title:
            found.append(Section(title, [], is_close))
        found[-1].rows.append(reader.row(entry))
    return found


class _Reader:
    """For whom, where and when the list is shown."""

    def __init__(self, filters: Filters, now: datetime, is_member: bool) -> None:
        self._filters, self._now, self._is_member = filters, now, is_member
        self._zone = ZoneInfo(filters.zone)
        self._language = language()
        self._today = now.astimezone(self._zone).date()

    def heading(self, entry: Entry) -> tuple[str, bool]:
        if entry.starts_at is None:
            return (
                _("Not meeting for now") if entry.meeting.attendance == INACTIVE else _("By appointment")
            ), False
        if not entry.is_cancelled and entry.starts_at <= self._now:
            return _("Open right now"), True
        if not entry.is_cancelled and entry.starts_at <= self._now + SOON_WITHIN:
            return _("Starting soon"), True
        return _day_title(entry.starts_at.astimezone(self._zone).date(), self._today, self._language), False

    def row(self, entry: Entry) -> Shown:
        meeting = entry.meeting
        veil = meeting.is_veiled and not self._is_member
        labels = [programs.label(meeting.program, code, self._language[:2]) for code in entry.types]
        program = programs.short(meeting.program)
        starts = entry.starts_at.astimezone(self._zone) if entry.starts_at else None
        return Shown(
            slug=meeting.slug,
            name=covered(meeting.name) if veil else meeting.name,
            clock=_clock(starts.hour, starts.minute, self._language) if starts else "",
            starts=starts.isoformat(timespec="minutes") if starts else "",
            note=self._note(entry),
            where=covered(self._where(entry)) if veil else self._where(entry),
            own_time=self._own_time(entry),
            chips=[label for label in (program, *labels) if label][: _CHIPS + bool(program)],
            is_live=entry.starts_at is not None and entry.starts_at <= self._now and not entry.is_cancelled,
            is_cancelled=entry.is_cancelled,
            is_joinable=meeting.is_joinable,
        )

    def _note(self, entry: Entry) -> str:
        if entry.starts_at is None or entry.is_cancelled or entry.starts_at > self._now + SOON_WITHIN:
            return ""
        minutes = round((entry.starts_at - self._now).total_seconds() / 60)
        if minutes <= 0:
            return _("%(minutes)d min in", minutes=-minutes) if minutes else _("starts now")
        if minutes < 60:
            return _("in %(minutes)d min", minutes=minutes)
        return _("in %(hours)d h %(minutes)02d", hours=minutes // 60, minutes=minutes % 60)

    def _where(self, entry: Entry) -> str:
        meeting = entry.meeting
        parts = [_place(meeting, self._language)]
        if self._filters.near and meeting.latitude is not None and meeting.attendance != ONLINE:
            far = nearness.distance(self._filters.near, (meeting.latitude, meeting.longitude))
            parts.append(_("%(km)s km", km=f"{far:.1f}" if far < 10 else f"{far:.0f}"))
        if meeting.rrule and _needs_words(meeting.rrule):
            parts.append(_rule_words(meeting.rrule, meeting.first_on, self._language))
        return ", ".join(part for part in parts if part)

    def _own_time(self, entry: Entry) -> str:
        """The meeting's own clock, where it shows another time."""
        if entry.starts_at is None:
            return ""
        own = entry.starts_at.astimezone(ZoneInfo(entry.meeting.time_zone))
        if own.utcoffset() == entry.starts_at.astimezone(self._zone).utcoffset():
            return ""
        return _clock_in(own.hour, own.minute, entry.meeting.time_zone, self._language)


@lru_cache(maxsize=4096)
def _clock_in(hour: int, minute: int, zone: str, language: str) -> str:
    return _("%(clock)s in %(city)s", clock=_clock(hour, minute, language), city=zones.city(zone))


@lru_cache(maxsize=1024)
def _needs_words(rrule: str) -> bool:
    """Whether a heading with a day would leave out when it meets."""
    rule = Rule(rrule)
    return not rule.is_weekly or len(rule.days) > 1


def covered(text: str) -> str:
    """Text for strangers."""
    return providers.veil(text, _("[for members]"))


@lru_cache(maxsize=1024)
def _rule_words(rrule: str, first_on: date | None, _language: str) -> str:
    return Rule(rrule, first_on).in_words(_)


@lru_cache(maxsize=256)
def _online(service_address: str, _language: str) -> str:
    service = providers.provider(service_address)
    return _("Online on %(service)s", service=service) if service else _("Online")


def _place(meeting: Any, language: str) -> str:
    if meeting.attendance == ONLINE:
        return _online(meeting.service_address, language)
    street = meeting.address.split(", ")[0] if meeting.address else ""
    place = meeting.location or street or (meeting.regions[-1] if meeting.regions else "")
    return _("%(place)s and online", place=place) if meeting.attendance == HYBRID and place else place
