"""Meetings as iCalendar (RFC 5545): the rule itself, in its own zone, with what is cancelled and moved."""

import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Event, Timezone, vRecur
from sqlalchemy import select

from recovery_net.core import db
from recovery_net.core.offload import in_thread
from recovery_net.meetings import listing, occurrences, programs, providers
from recovery_net.meetings.feeds.kinds import HYBRID, INACTIVE, ONLINE
from recovery_net.meetings.guide import FOR_MEMBERS, Chosen, Writing
from recovery_net.meetings.models import Meeting
from recovery_net.meetings.rules import ANCHOR

_AT_ONCE = 100
_ZONES_UNTIL = date(2038, 1, 1)
_HEAD = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Recovery Net//Meetings//EN\r\n"
    b"CALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n"
)
_TAIL = b"END:VCALENDAR\r\n"

Exceptions = Mapping[date, datetime | None]


def calendar(chosen: list[Chosen], writing: Writing) -> Iterator[bytes]:
    """A calendar in pieces: meetings with a rule; those by appointment and those that pause are left out."""
    yield _HEAD
    written: set[str] = set()
    for at in range(0, len(chosen), _AT_ONCE):
        for meeting, types, exceptions in _batch([one.id for one in chosen[at : at + _AT_ONCE]]):
            if meeting.time_zone not in written:
                written.add(meeting.time_zone)
                yield in_thread(_zone, meeting.time_zone)
            yield from events(meeting, types, exceptions, writing)
    yield _TAIL


def _batch(ids: list[uuid.UUID]) -> Iterator[tuple[Meeting, list[str], Exceptions]]:
    with db.reading() as session:
        found = {row.id: row for row in session.scalars(select(Meeting).where(Meeting.id.in_(ids)))}
        types = listing.types_of(ids)
        exceptions = occurrences.exceptions_of(session, ids)
    for key in ids:
        if (meeting := found.get(key)) is not None and is_timed(meeting):
            yield meeting, types.get(key, []), exceptions.get(key, {})


def is_timed(meeting: Meeting) -> bool:
    """Whether a calendar can say when it is."""
    return meeting.rule is not None and meeting.attendance != INACTIVE


@lru_cache(maxsize=64)
def _zone(name: str) -> bytes:
    return bytes(
        Timezone.from_tzinfo(ZoneInfo(name), name, first_date=ANCHOR, last_date=_ZONES_UNTIL).to_ical()
    )


def events(meeting: Meeting, types: list[str], exceptions: Exceptions, writing: Writing) -> Iterator[bytes]:
    """The recurring event, and one more for each date that is moved."""
    rule, begins = meeting.rule, meeting.starts_local
    assert rule is not None
    assert begins is not None
    recurring = _event(meeting, types, writing, _wall(rule.first_date(), begins, meeting.time_zone))
    recurring.add("rrule", vRecur.from_ical(rule.text))
    for on, moved_to in sorted(exceptions.items()):
        if moved_to is None:
            recurring.add("exdate", _wall(on, begins, meeting.time_zone))
    yield recurring.to_ical()
    for on, moved_to in sorted(exceptions.items()):
        if moved_to is not None:
            once = _event(meeting, types, writing, _wall(moved_to.date(), moved_to.time(), meeting.time_zone))
            once.add("recurrence-id", _wall(on, begins, meeting.time_zone))
            yield once.to_ical()


def _wall(on: date, at: time, zone: str) -> datetime:
    return datetime.combine(on, at, tzinfo=ZoneInfo(zone))


def _event(meeting: Meeting, types: list[str], writing: Writing, starts: datetime) -> Event:
    is_veiled = meeting.is_veiled and not writing.is_complete
    said = providers.veil if is_veiled else str
    page = writing.page_of(meeting.slug)
    event = Event()
    event.add("uid", str(meeting.id))  # stable: a calendar that is read again updates, and doubles nothing
    event.add("dtstamp", meeting.updated_at or datetime.combine(ANCHOR, time(), tzinfo=UTC))
    event.add("dtstart", starts)
    event.add("dtend", starts + timedelta(minutes=meeting.minutes))
    event.add("summary", said(meeting.name))
    event.add("url", page)
    if where := said(_where(meeting)):
        event.add("location", where)
    if meeting.latitude is not None and not meeting.is_approximate:
        event.add("geo", (meeting.latitude, meeting.longitude))
    kinds = ", ".join(programs.label(meeting.program, code) for code in types)
    parts = [kinds, *map(said, (meeting.notes, meeting.location_notes)), _joining(meeting, writing, page)]
    if description := "\n\n".join(part for part in parts if part):
        event.add("description", description)
    return event


def _where(meeting: Meeting) -> str:
    service = providers.provider(meeting.service_address)
    online = f"Online ({service})" if service else "Online"
    place = ", ".join(part for part in (meeting.location, meeting.address) if part)
    if meeting.attendance == ONLINE:
        return online
    return f"{place}; {online}" if meeting.attendance == HYBRID else place


def _joining(meeting: Meeting, writing: Writing, page: str) -> str:
    if not meeting.is_joinable:
        return ""
    if not writing.is_complete:
        return FOR_MEMBERS % {"page": page}
    found: dict[str, str] = json.loads(meeting.joining)
    names = ("conference_url", "conference_url_notes", "conference_phone", "conference_phone_notes")
    return "\n".join(found[name] for name in names if name in found)
