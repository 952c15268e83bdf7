"""Meetings as Meeting Guide records, written as readers in the wild need them (see `docs/architecture.md`).

One record a day with an integer day, unique slugs, always an address, `approximate`, and a canonical zone.
`recovery_net_*` fields carry what the format cannot say; reading them back gives the same meetings.
"""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import select

from recovery_net.core import db
from recovery_net.core.i18n import N_
from recovery_net.meetings import listing, occurrences, providers, zones
from recovery_net.meetings.feeds import slugs
from recovery_net.meetings.feeds.normalise import rule_sentence
from recovery_net.meetings.models import Meeting
from recovery_net.meetings.rules import ANCHOR, CODES

Record = dict[str, Any]
_AT_ONCE = 250
_REGIONS = ("region", "sub_region", "sub_sub_region")
FOR_MEMBERS = N_("Link and passcode for members: %(page)s")


@dataclass(frozen=True, slots=True)
class Writing:
    """How records are written: for whom, and where our own pages are."""

    page_of: Callable[[str], str]  # slug → address
    is_complete: bool  # with how to join; else for strangers
    default_zone: str  # stands on records without a time, where it means nothing


@dataclass(frozen=True, slots=True)
class Chosen:
    """A meeting for a feed, and on which of its days; None is all of them."""

    id: uuid.UUID
    days: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """What belongs to a meeting in other tables."""

    types: list[str]
    exceptions: Mapping[date, datetime | None]


def records(chosen: list[Chosen], writing: Writing) -> Iterator[Record]:
    """The records of these meetings, in their order."""
    with db.reading() as session:
        taken = set(session.scalars(select(Meeting.slug)))
    for at in range(0, len(chosen), _AT_ONCE):
        yield from _batch(chosen[at : at + _AT_ONCE], writing, taken)


def array(found: Iterator[Record]) -> Iterator[bytes]:
    """Records as a JSON array, in pieces."""
    opening = b"["
    for record in found:
        yield opening + orjson.dumps(record)
        opening = b",\n"
    yield b"[]" if opening == b"[" else b"]"


def _batch(chosen: list[Chosen], writing: Writing, taken: set[str]) -> Iterator[Record]:
    ids = [one.id for one in chosen]
    with db.reading() as session:
        meetings = {row.id: row for row in session.scalars(select(Meeting).where(Meeting.id.in_(ids)))}
        types = listing.types_of(ids)
        exceptions = occurrences.exceptions_of(session, ids)
    for one in chosen:
        if (meeting := meetings.get(one.id)) is not None:
            parts = Parts(types.get(one.id, []), exceptions.get(one.id, {}))
            yield from written(meeting, parts, writing, days=one.days, taken=taken)


def written(
    meeting: Meeting,
    parts: Parts,
    writing: Writing,
    *,
    days: Set[int] | None = None,
    taken: Set[str] = frozenset(),
) -> Iterator[Record]:
    """A meeting's records: one for each of its days, or of those that are asked for."""
    rule, begins = meeting.rule, meeting.starts_local
    common = _common(meeting, parts, writing)
    if rule is None or begins is None:
        yield {"slug": meeting.slug, **common}
        return
    ends = (datetime.combine(ANCHOR, begins) + timedelta(minutes=meeting.minutes)).time()
    for at, day in enumerate(rule.days):
        if days is None or day in days:
            slug = meeting.slug if at == 0 else day_slug(meeting.slug, day, taken)
            yield {"slug": slug, **common, "day": day, "time": f"{begins:%H:%M}", "end_time": f"{ends:%H:%M}"}


def day_slug(slug: str, day: int, taken: Set[str]) -> str:
    """The slug of one more day of a meeting: the same in every export, and nobody else's."""
    stem = slug if len(slug) < slugs.LONGEST - 8 else f"{slug[:44]}-{sha256(slug.encode()).hexdigest()[:10]}"
    found = stem = f"{stem}-{CODES[day].casefold()}"
    number = 1
    while found in taken:
        number += 1
        found = f"{stem}-{number}"
    return found


def _common(meeting: Meeting, parts: Parts, writing: Writing) -> Record:
    is_veiled = meeting.is_veiled and not writing.is_complete
    said = providers.veil if is_veiled else str
    rule = meeting.rule
    notes = said(meeting.notes)
    if rule is not None and not rule.is_weekly:
        notes = f"{rule_sentence(rule)}\n{notes}".strip()
    record: Record = {
        "name": said(meeting.name),
        "timezone": meeting.time_zone or writing.default_zone,
        "types": parts.types,
        "attendance_option": meeting.attendance,
        "formatted_address": said(meeting.address) or zones.country(meeting.time_zone),
        "approximate": "yes" if meeting.is_approximate else "no",
        "latitude": meeting.latitude,
        "longitude": meeting.longitude,
        "location": said(meeting.location),
        "location_notes": said(meeting.location_notes),
        "regions": [said(region) for region in meeting.regions],
        **dict(zip(_REGIONS, map(said, meeting.regions), strict=False)),
        "notes": notes,
        "group": said(meeting.group_name),
        "group_notes": said(meeting.group_notes),
        "url": meeting.url
        if said(meeting.url) == meeting.url and meeting.url
        else writing.page_of(meeting.slug),
        "updated": f"{meeting.updated_at:%Y-%m-%d %H:%M:%S}" if meeting.updated_at else "",
        "program": meeting.program,
        **{name: _typed(name, value) for name, value in meeting.extra.items() if said(value) == value},
        **_joining(meeting, writing),
        "recovery_net_series": meeting.slug,
        "recovery_net_rule": rule.text if rule is not None and not rule.is_weekly else "",
        "recovery_net_first": rule.first_on.isoformat() if rule is not None and rule.first_on else "",
        "recovery_net_except": " ".join(_exception(on, to) for on, to in sorted(parts.exceptions.items())),
    }
    return {name: value for name, value in record.items() if value not in (None, "", [])}


def _joining(meeting: Meeting, writing: Writing) -> Record:
    if writing.is_complete:
        return dict(json.loads(meeting.joining)) if meeting.joining_sealed else {}
    if not meeting.is_joinable:
        return {}
    page = writing.page_of(meeting.slug)
    return {
        # Readers count a meeting as online by its service; this says which, and opens nothing.
        "conference_url": meeting.service_address or page,
        "conference_url_notes": FOR_MEMBERS % {"page": page},
    }


def _typed(name: str, value: str) -> object:
    """A field as the format types it."""
    if name == "feedback_emails":
        return value.split(", ")
    return True if name == "homegroup_online" else value


def _exception(on: Any, moved_to: datetime | None) -> str:
    return on.isoformat() if moved_to is None else f"{on.isoformat()}={moved_to:%Y-%m-%dT%H:%M}"
