"""Times, lengths, zones and dates as lists write them."""

import re
from datetime import UTC, datetime, time
from functools import lru_cache
from typing import Any

from recovery_net.meetings import zones
from recovery_net.meetings.feeds.report import Row, shown
from recovery_net.meetings.feeds.text import as_text

HOUR = 60  # minutes
LONGEST = 12 * HOUR  # minutes; what seems to last longer has its end mistyped
_WORDS = {"noon": time(12), "midday": time(12), "midnight": time(0)}
_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:\s*[:.hH]\s*(?P<minute>\d{2}))?(?::\d{2}(?:\.\d+)?)?\s*(?P<half>[ap])?\.?\s*(?:m\.?)?"
    r"(?:\s*(?:uhr|h|hrs))?",
    re.IGNORECASE,
)
_SPAN = re.compile(
    r"(\d{1,2}(?::\d\d)?)\s*([ap]\.?m\.?)?\s*(?:-|–|—|to)\s*(\d{1,2}(?::\d\d)?)\s*([ap]\.?m\.?|)",
    re.IGNORECASE,
)
_SHEET_TIME = re.compile(r"(?:1899-12-3[01]|1970-01-01|1900-01-0[01])T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?Z?")


def start(row: Row) -> time | None:
    """When it begins, in its own zone. "7 - 8:30 PM" gives the end, too."""
    said = row.get("time")
    if isinstance(said, str) and (span := _SPAN.fullmatch(said.strip()[:60])):
        begins, ends = read_time(span[1] + (span[2] or span[4])), read_time(span[3] + span[4])
        if begins is not None and ends is not None and (span[2] or begins < ends):
            row.fields["end_time"] = row.get("end_time") or f"{ends:%H:%M}"
            row.repaired("time", said, f"{begins:%H:%M}")
            return begins
    return _time(row, "time")


def minutes(row: Row, begins: time) -> int:
    """How long it lasts: an hour, unless the list says otherwise and can be right."""
    ends = _time_or_none(row, "end_time")
    name = "duration" if ends is None else "end_time"
    said = row.get(name)
    if ends is None and said in (None, ""):
        return HOUR
    found = (_length(said) or 0) if ends is None else (_minute(ends) - _minute(begins)) % (24 * HOUR)
    if 0 < found <= LONGEST:
        return found
    later = begins.replace(hour=(begins.hour + 1) % 24)
    row.repaired(name, said, f"{later:%H:%M}" if name == "end_time" else HOUR)
    return HOUR


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _length(value: Any) -> int | None:
    """Minutes from 60, "60", "1:30", "01:30:00" or "90 min"."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < 10_000 else 0
    if not isinstance(value, str):
        return None
    if match := re.fullmatch(r"(\d{1,2}):(\d{2})(?::\d{2})?", value.strip()):
        return int(match[1]) * 60 + int(match[2])
    if match := re.fullmatch(r"(\d{1,4})\s*(?:m|min|mins|minutes)?", value.strip(), re.IGNORECASE):
        return int(match[1])
    return None


def _time(row: Row, name: str) -> time | None:
    value = row.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    found = read_time(value)
    if found is None:
        row.refuse(f"the time {shown(value)!r} cannot be read")
    if not re.fullmatch(r"\d{2}:\d{2}(?::00)?", str(value)):
        row.repaired(name, value, f"{found:%H:%M}")
    return found


def _time_or_none(row: Row, name: str) -> time | None:
    value = row.get(name)
    found = time(0) if value in ("24:00", "24:00:00") else read_time(value)
    if found is None and value not in (None, ""):
        row.repaired(name, value, "")
    elif found is not None and not re.fullmatch(r"\d{2}:\d{2}(?::\d{2})?", str(value)):
        row.repaired(name, value, f"{found:%H:%M}")
    return found


def read_time(value: Any) -> time | None:
    """A clock time out of "19:00", "7:00 PM", "7pm", "19h00", "Noon", 1900, a sheet's fraction of a day."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and 0 < value < 1:
        minute = round(value * 24 * 60)
        return time(minute // 60, minute % 60) if minute < 24 * 60 else None
    text = " ".join((as_text(value) or "")[:60].split()).casefold()
    if text.removeprefix("12 ") in _WORDS:
        return _WORDS[text.removeprefix("12 ")]
    if match := _SHEET_TIME.fullmatch(text.upper()):
        text = match[1]
    if re.fullmatch(r"\d{3,4}", text):
        text = f"{text[:-2]}:{text[-2:]}"
    match = _TIME.fullmatch(text)
    if match is None or (match["minute"] is None and match["half"] is None and not re.search("uhr|h", text)):
        return None
    return _clock(int(match["hour"]), int(match["minute"] or 0), match["half"])


def _clock(hour: int, minute: int, half: str | None) -> time | None:
    if half is not None and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def zone(row: Row, default: str | None) -> str:
    """The zone's canonical name. A time without one is refused: a guess sends people at the wrong hour."""
    said = row.get("timezone")
    name = (as_text(said) or "").strip()[:100]
    if not name:
        return default or row.refuse("no time zone is given; say which one with --timezone")
    try:
        found = zones.canonical(name, default)
    except zones.AmbiguousZone as error:
        candidates = ", ".join(error.candidates)
        row.refuse(f"the time zone {shown(name)!r} can mean {candidates}; say which with --timezone")
    except zones.UnknownZone:
        row.refuse(f"there is no time zone {shown(name)!r}")
    if found != said:
        row.repaired("timezone", said, found)
    return found


def known_zone(row: Row) -> str:
    """The zone of a meeting without a time: kept where it is known, and missed by nobody where it is not."""
    try:
        return zones.canonical((as_text(row.get("timezone")) or "").strip()[:100])
    except ValueError:
        return ""


_DATES = (
    "%Y-%m-%d%H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M",
    "%m/%d/%Y", "%m/%d/%y",
    "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%B %d, %Y", "%d %B %Y",
)  # fmt: skip


def updated(row: Row) -> datetime | None:
    """When the list last changed the row, in UTC."""
    said = row.get("updated")
    if said in (None, "") or isinstance(said, bool):
        return None
    found = _moment(said)
    if found is None:
        row.repaired("updated", said, "")
    elif f"{found:%Y-%m-%d %H:%M:%S}" != said:
        row.repaired("updated", said, f"{found:%Y-%m-%d %H:%M:%S}")
    return found


def _moment(said: Any) -> datetime | None:
    try:
        found = _from_epoch(float(said)) if isinstance(said, int | float) else _from_text(as_text(said) or "")
    except (ValueError, OverflowError, OSError):
        return None
    if found is None or not 1990 <= found.year < 2100:
        return None
    return found.replace(microsecond=0)


def _from_epoch(number: float) -> datetime:
    return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)


@lru_cache(maxsize=1024)  # whole lists share a date
def _from_text(text: str) -> datetime | None:
    text = " ".join(text[:60].split())
    if re.fullmatch(r"1\d{9}|1\d{12}", text):
        return _from_epoch(float(text))
    if re.match(r"\d{4}-\d\d-\d\d(?:$|[ T])", text):
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    for form in _DATES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
