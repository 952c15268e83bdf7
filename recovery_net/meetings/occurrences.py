"""The dates that rules fall on next, written down: the list page then is one indexed query.

The window reaches two days back and ten ahead; a job moves it on, imports fill it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from recovery_net.core import clock
from recovery_net.meetings.feeds.kinds import INACTIVE
from recovery_net.meetings.models import Meeting, MeetingException, Occurrence, Values, table_of
from recovery_net.meetings.rules import Rule

BACK, AHEAD = timedelta(days=2), timedelta(days=10)  # three days to spare should the job not run
_FAR = timedelta(days=435)  # rules that skip months: where the one before and the next one are sought
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

Exceptions = Mapping[date, datetime | None]


@dataclass(frozen=True, slots=True)
class Pattern:
    """What of a meeting says when it is."""

    id: UUID
    rrule: str | None
    first_on: date | None
    starts_local: time | None
    minutes: int
    time_zone: str
    attendance: str


class Sitting(NamedTuple):
    """One date, as moments."""

    starts_at: datetime
    ends_at: datetime
    is_cancelled: bool


PATTERN = (
    Meeting.id, Meeting.rrule, Meeting.first_on, Meeting.starts_local, Meeting.minutes, Meeting.time_zone,
    Meeting.attendance,
)  # fmt: skip


def moment(on: date, at: time, zone: str) -> datetime:
    """A wall time as a moment. One that a clock change skips is as late as the clocks jump (RFC 5545)."""
    return datetime.combine(on, at, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def upcoming(meeting: Pattern, exceptions: Exceptions, today: date) -> Iterator[Values]:
    """Rows for the window around a day."""
    if meeting.rrule is None or meeting.starts_local is None or meeting.attendance == INACTIVE:
        return
    for on, before in _window(meeting.rrule, meeting.first_on, today):
        sitting = _sitting(meeting, meeting.starts_local, on, exceptions)
        past = _sitting(meeting, meeting.starts_local, before, {}).ends_at if before else _LONG_AGO
        yield {
            "meeting_id": meeting.id,
            "on": on,
            "starts_at": sitting.starts_at,
            "ends_at": sitting.ends_at,
            "shown_from": min(past, sitting.starts_at),
            "is_cancelled": sitting.is_cancelled,
        }


def coming(meeting: Pattern, exceptions: Exceptions, now: datetime, most: int) -> list[Sitting]:
    """The next sittings, and one that is going on, as far as the rule is looked up."""
    if meeting.rrule is None or meeting.starts_local is None or meeting.attendance == INACTIVE:
        return []
    first = now.date() - timedelta(days=2)
    dates = Rule(meeting.rrule, meeting.first_on).dates(first, first + _FAR)
    sittings = (_sitting(meeting, meeting.starts_local, on, exceptions) for on in dates)
    return list(islice((sitting for sitting in sittings if sitting.ends_at > now), most))


def _sitting(meeting: Pattern, begins: time, on: date, exceptions: Exceptions) -> Sitting:
    moved_to = exceptions.get(on)
    at = (on, begins) if moved_to is None else (moved_to.date(), moved_to.time())
    starts_at = moment(*at, meeting.time_zone)
    ends_at = starts_at + timedelta(minutes=meeting.minutes)
    return Sitting(starts_at, ends_at, is_cancelled=on in exceptions and moved_to is None)


@lru_cache(maxsize=4096)  # thousands of meetings share a few hundred rules
def _window(rrule: str, first_on: date | None, today: date) -> tuple[tuple[date, date | None], ...]:
    """Dates in the window, each with the one before it on the same weekday; at least the next one of each weekday."""
    by_weekday: dict[int, list[date]] = {}
    for on in Rule(rrule, first_on).dates(today - _FAR, today + _FAR):
        by_weekday.setdefault(on.weekday(), []).append(on)
    found: list[tuple[date, date | None]] = []
    for dates in by_weekday.values():
        following = next((on for on in dates if on > today + BACK), today)
        for before, on in zip([None, *dates], dates, strict=False):
            if today - BACK <= on <= max(today + AHEAD, following):
                found.append((on, before))
    return tuple(sorted(found))


def refresh(session: Session, meetings: Iterable[Pattern]) -> int:
    """Bring the occurrences of these meetings up to date. Gives how many rows were written."""
    meetings = list(meetings)
    ids = [meeting.id for meeting in meetings]
    exceptions = exceptions_of(session, ids)
    today = clock.today()
    wanted = {
        (row["meeting_id"], row["on"]): row
        for meeting in meetings
        for row in upcoming(meeting, exceptions.get(meeting.id, {}), today)
    }
    table = table_of(Occurrence)
    stale = []
    for kept in session.execute(select(table).where(table.c.meeting_id.in_(ids))).mappings():
        key = kept["meeting_id"], kept["on"]
        if wanted.get(key) == dict(kept):
            del wanted[key]
        else:
            stale.append({"of": key[0], "date": key[1]})
    if stale:
        which = and_(table.c.meeting_id == bindparam("of"), table.c.on == bindparam("date"))
        session.connection().execute(table.delete().where(which), stale)
    if wanted:
        session.connection().execute(table.insert(), list(wanted.values()))
    return len(wanted)


def exceptions_of(session: Session, ids: list[UUID]) -> dict[UUID, dict[date, datetime | None]]:
    """Exceptions by meeting."""
    found: dict[UUID, dict[date, datetime | None]] = {}
    for row in session.scalars(select(MeetingException).where(MeetingException.meeting_id.in_(ids))):
        found.setdefault(row.meeting_id, {})[row.on] = row.moved_to
    return found
