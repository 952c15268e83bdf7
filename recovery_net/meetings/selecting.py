"""Filters as SQL, the same for the page and for the feeds."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, Select, and_, case, literal, or_, select, type_coerce

from recovery_net.meetings import bands, nearness, search
from recovery_net.meetings.filters import NOW, SOON, Filters
from recovery_net.meetings.models import Meeting, MeetingRegion, MeetingType, Occurrence, minute_number

SOON_WITHIN = timedelta(hours=2)
_THURSDAY = 4  # 1 January 1970
_ROW_WINDOW = 450  # days: as far as occurrences are written down


def meetings(filters: Filters) -> list[ColumnElement[bool]]:
    """What must hold for a meeting, whatever the time."""
    found: list[ColumnElement[bool]] = []
    if filters.q:
        words = search.matching(filters.q)
        found.append(words if words is not None else literal(False))
    for code in filters.types:
        of_type = select(MeetingType.meeting_id).where(MeetingType.code == code)
        found.append(Meeting.id.in_(of_type))
    if filters.program is not None:
        found.append(Meeting.program == filters.program)
    if filters.region:
        folded = " ".join(search.fold(filters.region))
        found.append(Meeting.id.in_(select(MeetingRegion.meeting_id).where(MeetingRegion.folded == folded)))
    if filters.attendance:
        found.append(Meeting.attendance.in_(filters.attendance))
    if filters.near is not None:
        found.append(nearness.within(filters.near, filters.km))
    return found


def occurrences(filters: Filters, now: datetime) -> Select[Occurrence]:
    """Occurrences on the list at this moment: each meeting once for each of its weekdays."""
    query = select(Occurrence).where(Occurrence.shown_from <= now, Occurrence.ends_at > now)
    if filters.when:
        query = query.where(
            or_(*(_when(when, now) for when in filters.when)), Occurrence.is_cancelled.is_(False)
        )
    if filters.days or filters.bands:
        local = _local(filters.zone, now)
        if filters.days:
            query = query.where(((local // 1440 + _THURSDAY) % 7).in_(filters.days))
        if filters.bands:
            query = query.where(or_(*(_in_band(local % 1440, name) for name in filters.bands)))
    if conditions := meetings(filters):
        query = query.where(Occurrence.meeting_id.in_(select(Meeting.id).where(*conditions)))
    return query


def unscheduled(filters: Filters) -> Select[Meeting]:
    """Meetings by appointment, and those that pause: they have no occurrences."""
    return select(Meeting).where(Meeting.is_scheduled.is_(False), *meetings(filters))


def _when(when: str, now: datetime) -> ColumnElement[bool]:
    if when == NOW:
        return Occurrence.starts_at <= now
    assert when == SOON
    return and_(Occurrence.starts_at > now, Occurrence.starts_at <= now + SOON_WITHIN)


def _in_band(minute: ColumnElement[int], name: str) -> ColumnElement[bool]:
    first, end = bands.BANDS[name]
    after, before = minute >= first * 60, minute < end * 60
    return and_(after, before) if first < end else or_(after, before)


def _local(zone: str, now: datetime) -> ColumnElement[int]:
    """The start in minutes of the reader's wall clock."""
    starts = type_coerce(Occurrence.starts_at, Integer)
    *changes, (_until, last) = offsets(zone, now.date())
    if not changes:
        return starts + last
    return starts + case(*((starts < until, offset) for until, offset in changes), else_=last)


@lru_cache(maxsize=512)
def offsets(zone: str, today: date) -> tuple[tuple[int, int], ...]:
    """(until, minutes from UTC) for the time in which there are occurrences; `until` in minutes since 1970."""
    tz = ZoneInfo(zone)
    start = datetime.combine(today, datetime.min.time(), tzinfo=ZoneInfo("UTC")) - timedelta(days=2)
    hours = [start + timedelta(hours=hour) for hour in range(0, _ROW_WINDOW * 24, 24)]
    found: list[tuple[int, int]] = []
    for before, after in pairwise(hours):
        if _offset(tz, before) != _offset(tz, after):
            found.append((minute_number(_change(tz, before, after)), _offset(tz, before)))
    return (*found, (minute_number(hours[-1]), _offset(tz, hours[-1])))


def _offset(tz: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(tz).utcoffset() or timedelta()
    return round(offset.total_seconds() / 60)


def _change(tz: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The minute at which the clocks change between two moments."""
    while after - before > timedelta(minutes=1):
        middle = before + (after - before) / 2
        middle = middle.replace(second=0, microsecond=0)
        before, after = (middle, after) if _offset(tz, middle) == _offset(tz, before) else (before, middle)
    return after
