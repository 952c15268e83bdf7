"""Listings as rows of tables, for bulk writing."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from recovery_net.core import crypto
from recovery_net.meetings import providers, search
from recovery_net.meetings.feeds import online
from recovery_net.meetings.feeds.kinds import INACTIVE
from recovery_net.meetings.feeds.listing import Listing
from recovery_net.meetings.models import Meeting, Values


def meeting(listing: Listing, meeting_id: UUID) -> Values:
    """The columns that a list decides. Not among them: what the meeting is called here, number and slug."""
    latitude, longitude = listing.point or (None, None)
    return {
        "id": meeting_id,
        "source_key": listing.key,
        "digest": listing.digest(),
        "name": listing.name,
        "program": listing.program,
        "rrule": listing.rule.text if listing.rule else None,
        "first_on": listing.rule.first_on if listing.rule else None,
        "starts_local": listing.starts_local,
        "minutes": listing.minutes,
        "time_zone": listing.time_zone,
        "attendance": listing.attendance,
        "location": listing.location,
        "location_notes": listing.location_notes,
        "address": listing.address,
        "is_approximate": listing.is_approximate,
        "regions": list(listing.regions),
        "latitude": latitude,
        "longitude": longitude,
        "notes": listing.notes,
        "group_name": listing.group,
        "group_notes": listing.group_notes,
        "url": listing.url,
        "service_address": providers.service_address(listing.joining.get("conference_url", "")) or "",
        "extra": listing.extra,
        "is_scheduled": listing.rule is not None and listing.attendance != INACTIVE,
        "is_joinable": any(name in listing.joining for name in online.WAYS_IN),
        "is_veiled": any(providers.veil(text) != text for text in public_text(listing)),
        "words": search.words_of(listing),
        "joining_sealed": _sealed(meeting_id, "joining_sealed", listing.joining),
        "contacts_sealed": _sealed(meeting_id, "contacts_sealed", listing.contacts),
        "updated_at": listing.updated_at,
    }


def public_text(listing: Listing) -> Iterator[str]:
    """Everything free that strangers may read."""
    yield from (listing.name, listing.location, listing.location_notes, listing.address, listing.url)
    yield from (listing.notes, listing.group, listing.group_notes, *listing.regions, *listing.extra.values())


def types(listing: Listing, meeting_id: UUID) -> Iterator[Values]:
    """A row for each type."""
    for position, code in enumerate(listing.types):
        yield {"meeting_id": meeting_id, "code": code, "position": position, "program": listing.program}


def regions(listing: Listing, meeting_id: UUID) -> Iterator[Values]:
    """A row for each level of where it is."""
    for folded in dict.fromkeys(" ".join(search.fold(region)) for region in listing.regions):
        if folded:
            yield {"meeting_id": meeting_id, "folded": folded}


def exceptions(listing: Listing, meeting_id: UUID) -> Iterator[Values]:
    """A row for each date that the list takes out or moves."""
    for moved in listing.moved:
        yield {"meeting_id": meeting_id, "on": moved.on, "moved_to": moved.to, "is_listed": True}


def _sealed(meeting_id: UUID, column: str, facts: dict[str, Any]) -> bytes | None:
    if not facts:
        return None
    place = crypto.place(Meeting.__tablename__, column, meeting_id)
    return crypto.keyring().seal(json.dumps(facts, ensure_ascii=False).encode(), place)
