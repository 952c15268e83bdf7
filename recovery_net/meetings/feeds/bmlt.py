"""BMLT rows → Meeting Guide rows. In BMLT all is strings, 1 is Sunday, and formats are keys of a table."""

from typing import Any

from recovery_net.meetings import programs
from recovery_net.meetings.feeds.report import shown

Formats = dict[str, tuple[str, str]]  # key → (NAWS code, name)

_FIELDS = {
    "name": "meeting_name",
    "time": "start_time",
    "duration": "duration_time",
    "timezone": "time_zone",
    "latitude": "latitude",
    "longitude": "longitude",
    "location": "location_text",
    "location_notes": "location_info",
    "notes": "comments",
    "conference_url": "virtual_meeting_link",
    "conference_url_notes": "virtual_meeting_additional_info",
    "conference_phone": "phone_meeting_number",
    "contact_1_name": "contact_name_1",
    "contact_1_email": "contact_email_1",
    "contact_1_phone": "contact_phone_1",
    "contact_2_name": "contact_name_2",
    "contact_2_email": "contact_email_2",
    "contact_2_phone": "contact_phone_2",
    "email": "email_contact",
    "published": "published",
    "id": "id_bigint",
}
_ADDRESS = {
    "address": "location_street",
    "city": "location_municipality",
    "state": "location_province",
    "postal_code": "location_postal_code_1",
    "country": "location_nation",
}
_VENUES = {"1": "in_person", "2": "online", "3": "hybrid"}
_MARKS = ("weekday_tinyint", "id_bigint", "location_municipality")


def is_row(entry: object) -> bool:
    """Whether a record is BMLT's."""
    return isinstance(entry, dict) and "meeting_name" in entry and any(mark in entry for mark in _MARKS)


def format_table(table: object) -> Formats:
    """The formats that a BMLT answer brings along."""
    if not isinstance(table, list):
        return {}
    found: Formats = {}
    for entry in table:
        key = entry.get("key_string") if isinstance(entry, dict) else None
        if isinstance(key, str) and (key not in found or entry.get("lang") == "en"):
            found[key] = (_text(entry.get("world_id")), _text(entry.get("name_string")))
    return found


def convert(entry: dict[str, Any], formats: Formats) -> dict[str, Any]:
    """The row under the Meeting Guide's names."""
    row = {ours: entry.get(theirs) for ours, theirs in (_FIELDS | _ADDRESS).items()}
    keys = [key.strip() for key in _text(entry.get("formats")).split(",") if key.strip()]
    naws = {formats.get(key, ("", ""))[0] for key in keys}
    places = (_text(entry.get(part)) for part in ("location_province", "location_municipality"))
    types = list(dict.fromkeys(programs.bmlt_type(key, formats) for key in keys))
    return row | {
        "program": "na",
        "day": _day(entry.get("weekday_tinyint")),
        "types": [code for code in types if code not in {"ONL", "HY", "HYBR"}],
        "attendance_option": _attendance(_text(entry.get("venue_type")), {*naws, *keys}),
        "regions": [place for place in places if place],
        "languages": entry.get("lang_enum"),
    }


def _day(value: object) -> object:
    """1–7 with 1 = Sunday → 0–6; anything else is left for the reader to refuse."""
    number = _text(value).strip()
    if number in {"1", "2", "3", "4", "5", "6", "7"}:
        return int(number) - 1
    return None if not number else f"weekday_tinyint {shown(value)}"


def _attendance(venue: str, marks: set[str]) -> str | None:
    if venue in _VENUES:
        return _VENUES[venue]
    if marks & {"HY", "HYBR"}:
        return "hybrid"
    return "online" if "VM" in marks else None


def _text(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""
