"""One page of the list: what is open now, what starts soon, then day by day, then what has no fixed time."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, func, select

from recovery_net.core import clock, db
from recovery_net.meetings import selecting
from recovery_net.meetings.filters import Filters
from recovery_net.meetings.models import Meeting, MeetingFacet, MeetingType, Occurrence

PAGE = 50
_NEAR = 20  # pages that are read before anything is counted
_SHOWN = (
    Meeting.id, Meeting.slug, Meeting.name, Meeting.program, Meeting.rrule, Meeting.first_on, Meeting.starts_local,
    Meeting.time_zone, Meeting.attendance, Meeting.location, Meeting.address, Meeting.regions, Meeting.latitude,
    Meeting.longitude, Meeting.service_address, Meeting.is_joinable, Meeting.is_veiled,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the list. Without an occurrence it is by appointment, or pauses."""

    meeting: Row  # type: ignore[type-arg]
    types: list[str]
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page and what is around it. `total` is known on the last page: counting costs as much as listing."""

    entries: list[Entry]
    number: int
    has_next: bool
    total: int | None
    now: datetime


def page(filters: Filters) -> Page:
    """The page that was asked for; one past the end is the last one."""
    now = clock.now().replace(second=0, microsecond=0)
    with db.reading():
        entries = _timed(filters, now, filters.page) if filters.page <= _NEAR else []
        if len(entries) > PAGE:
            return Page(_with_types(entries[:PAGE]), filters.page, True, None, now)
        return _page_near_end(filters, now, entries)


def _page_near_end(filters: Filters, now: datetime, entries: list[Entry]) -> Page:
    """Where sections meet: what has a time, then what has none. Here it is counted."""
    before = (filters.page - 1) * PAGE
    timed = before + len(entries) if entries else _count(selecting.occurrences(filters, now))
    loose = 0 if filters.is_about_time else _count(selecting.unscheduled(filters))
    last = max(1, -(-(timed + loose) // PAGE))
    number = min(filters.page, last)
    begun = (number - 1) * PAGE
    if not entries and begun < timed:
        entries = _timed(filters, now, number)[:PAGE]
    if loose and len(entries) < PAGE:
        entries += _loose(filters, max(0, begun - timed), PAGE - len(entries))
    return Page(_with_types(entries), number, number < last, timed + loose, now)


def _count(query: Select[Any]) -> int:
    return db.session().scalar(query.with_only_columns(func.count(), maintain_column_froms=True)) or 0


def _timed(filters: Filters, now: datetime, number: int) -> list[Entry]:
    """A page and one more. Chosen by the index alone, then joined: skipping a thousand rows reads no meeting."""
    chosen = selecting.occurrences(filters, now).order_by(Occurrence.starts_at, Occurrence.meeting_id)
    chosen_page = chosen.limit(PAGE + 1).offset((number - 1) * PAGE).subquery()
    at = (chosen_page.c.starts_at, chosen_page.c.ends_at, chosen_page.c.is_cancelled)
    rows = db.session().execute(
        select(*_SHOWN, *at)
        .join(chosen_page, chosen_page.c.meeting_id == Meeting.id)
        .order_by(chosen_page.c.starts_at, chosen_page.c.meeting_id)
    )
    return [Entry(row, [], row.starts_at, row.ends_at, row.is_cancelled) for row in rows]


def _loose(filters: Filters, offset: int, limit: int) -> list[Entry]:
    chosen = selecting.unscheduled(filters).with_only_columns(*_SHOWN).order_by(Meeting.name, Meeting.slug)
    return [Entry(row, []) for row in db.session().execute(chosen.limit(limit).offset(offset))]


def _with_types(entries: list[Entry]) -> list[Entry]:
    ids = {entry.meeting.id for entry in entries}
    found = types_of(list(ids))
    return [
        Entry(
            entry.meeting, found.get(entry.meeting.id, []), entry.starts_at, entry.ends_at, entry.is_cancelled
        )
        for entry in entries
    ]


def types_of(ids: list[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """Type codes by meeting, in the list's order."""
    rows = db.session().execute(
        select(MeetingType.meeting_id, MeetingType.code)
        .where(MeetingType.meeting_id.in_(ids))
        .order_by(MeetingType.meeting_id, MeetingType.position)
    )
    found: dict[uuid.UUID, list[str]] = {}
    for meeting_id, code in rows:
        found.setdefault(meeting_id, []).append(code)
    return found


class Facet(NamedTuple):
    """Something to filter by, and how many meetings have it."""

    kind: str
    program: str
    value: str
    meetings: int


def facets() -> list[Facet]:
    """What there is to filter by, the most usual first."""
    columns = (MeetingFacet.kind, MeetingFacet.program, MeetingFacet.value, MeetingFacet.meetings)
    with db.reading() as session:
        rows = session.execute(select(*columns).order_by(MeetingFacet.meetings.desc(), MeetingFacet.value))
        return [Facet(*row) for row in rows]
