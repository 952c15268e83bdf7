"""Which meetings a feed is asked for, and a tag that changes when they do."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, time

from sqlalchemy import select

from recovery_net.core import clock, db
from recovery_net.meetings import bands, selecting
from recovery_net.meetings.filters import Filters
from recovery_net.meetings.guide import Chosen
from recovery_net.meetings.listing import PAGE
from recovery_net.meetings.models import Meeting, MeetingSource


def chosen(filters: Filters, *, is_paged: bool = False, is_own_clock: bool = False) -> list[Chosen]:
    """Meetings by slug. Where time is asked for, only the days that fit; the page only if it is asked for.

    `is_own_clock`: day and time of day are each meeting's own, as its record says them, not some reader's.
    """
    with db.reading() as session:
        if filters.is_about_time:
            found = _timed(filters, is_own_clock=is_own_clock)
        else:
            query = select(Meeting.id).where(*selecting.meetings(filters)).order_by(Meeting.slug)
            found = [Chosen(key) for key in session.scalars(query)]
    return found[(filters.page - 1) * PAGE : filters.page * PAGE] if is_paged else found


def _timed(filters: Filters, *, is_own_clock: bool) -> list[Chosen]:
    asked = replace(filters, days=(), bands=()) if is_own_clock else filters
    sittings = selecting.occurrences(asked, clock.now()).subquery()
    query = select(Meeting.id, sittings.c.on, Meeting.starts_local).join(
        sittings, sittings.c.meeting_id == Meeting.id
    )
    days: dict[object, set[int]] = {}
    for key, on, starts in db.session().execute(query.order_by(Meeting.slug)):
        day = (on.weekday() + 1) % 7
        if not is_own_clock or _fits(filters, day, starts):
            days.setdefault(key, set()).add(day)
    return [Chosen(key, frozenset(found)) for key, found in days.items()]  # type: ignore[arg-type]


def _fits(filters: Filters, day: int, starts: time) -> bool:
    return (not filters.days or day in filters.days) and (
        not filters.bands or bands.name_of(starts) in filters.bands
    )


def tag(filters: Filters, *about: object) -> str:
    """The same as long as a feed's bytes are."""
    with db.reading() as session:
        revisions = session.execute(
            select(MeetingSource.id, MeetingSource.revision).order_by(MeetingSource.id)
        ).all()
    moment = _moment(filters, clock.now())
    said = repr((sorted((str(key), revision) for key, revision in revisions), filters, moment, about))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _moment(filters: Filters, now: datetime) -> str:
    """How often a feed changes of itself: what is on now, by the minute; else when the window moves."""
    if not filters.is_about_time:
        return ""
    return f"{now.astimezone(UTC):%Y-%m-%d %H:%M}"
