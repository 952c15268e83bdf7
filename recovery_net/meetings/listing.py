"""One page of the list: what is open now, what starts soon, then day by day, then what has no fixed time."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func, select

from recovery_net.core import clock, db
from recovery_net.meetings import selecting
from recovery_net.meetings.filters import Filters
from recovery_net.meetings.models import Meeting, MeetingFacet, MeetingType, Occurrence

PAGE = 50
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
    """One page and what is around it."""

    entries: list[Entry]
    total: int
    number: int
    now: datetime

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def page(filters: Filters) -> Page:
    """The page that was asked for; one past the end is the last one."""
    now = clock.now().replace(second=0, microsecond=0)
    with db.reading() as session:
        timed = selecting.occurrences(filters, now)
        timed_total = session.scalar(timed.with_only_columns(func.count(), maintain_column_froms=True)) or 0
        loose_total = 0
        if not filters.is_about_time:
            loose = selecting.unscheduled(filters)
            loose_total = (
                session.scalar(loose.with_only_columns(func.count(), maintain_column_froms=True)) or 0
            )
        number = min(filters.page, max(1, -(-(timed_total + loose_total) // PAGE)))
        entries = _timed(filters, now, number) if (number - 1) * PAGE < timed_total else []
        if loose_total and len(entries) < PAGE:
            entries += _loose(filters, max(0, (number - 1) * PAGE - timed_total), PAGE - len(entries))
        return Page(_with_types(entries), timed_total + loose_total, number, now)


def _timed(filters: Filters, now: datetime, number: int) -> list[Entry]:
    """Chosen by the index alone, then joined: skipping a thousand rows reads no meeting."""
    chosen = selecting.occurrences(filters, now).order_by(Occurrence.starts_at, Occurrence.meeting_id)
    chosen_page = chosen.limit(PAGE).offset((number - 1) * PAGE).subquery()
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


def facets() -> list[MeetingFacet]:
    """What there is to filter by."""
    with db.reading() as session:
        return list(
            session.scalars(select(MeetingFacet).order_by(MeetingFacet.kind, MeetingFacet.meetings.desc()))
        )
