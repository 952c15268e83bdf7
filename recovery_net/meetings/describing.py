"""What a meeting's own page says of it: when, on which dates, where on a map."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from recovery_net.meetings import showing, zones
from recovery_net.meetings.feeds.kinds import ONLINE
from recovery_net.meetings.rules import ANCHOR


@dataclass(frozen=True, slots=True)
class When:
    """When a meeting is, in its own words and on its own clock."""

    words: str
    clock: str
    zone: str


def when(meeting: Any) -> When | None:
    """None for a meeting by appointment."""
    if meeting.rule is None or meeting.starts_local is None:
        return None
    ends = datetime.combine(ANCHOR, meeting.starts_local) + timedelta(minutes=meeting.minutes)
    words = meeting.rule.in_words(_)
    hours = _(
        "%(start)s to %(end)s", start=showing.clock(meeting.starts_local), end=showing.clock(ends.time())
    )
    return When(words[:1].upper() + words[1:], hours, zones.city(meeting.time_zone))


def dates(occurrences: Iterable[Any], zone: str) -> Iterator[dict[str, Any]]:
    """The next dates in the reader's zone."""
    tz = ZoneInfo(zone)
    for occurrence in occurrences:
        starts = occurrence.starts_at.astimezone(tz)
        yield {
            "iso": starts.isoformat(timespec="minutes"),
            "day": showing.day(starts.date()),
            "clock": showing.clock(starts.time()),
            "is_cancelled": occurrence.is_cancelled,
        }


def map_address(meeting: Any) -> str:
    """Where a map would look: a point if the list gives one, else the address. Empty for what has no place."""
    if meeting.attendance == ONLINE or meeting.is_approximate:
        return ""
    if meeting.latitude is not None:
        at = f"{meeting.latitude}/{meeting.longitude}"
        point = f"mlat={meeting.latitude}&mlon={meeting.longitude}"
        return f"https://www.openstreetmap.org/?{point}#map=17/{at}"
    return f"https://www.openstreetmap.org/search?query={quote(meeting.address)}"
