"""A reader as they are in the wild: what the most used web client does with a feed, by the table of its habits."""

from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from recovery_net.meetings import facts

ZONES = available_timezones()
HOSTS = facts.load("conference-hosts.json")


def read_feed(records: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Meetings by slug, as such a reader keeps them."""
    kept: dict[str, dict[str, Any]] = {}
    for record in records:
        meeting = _read(record)
        if meeting is not None:
            kept.setdefault(meeting["slug"], meeting)
    return kept


def _read(record: dict[str, Any]) -> dict[str, Any] | None:
    if not record.get("slug"):
        return None
    if isinstance(record.get("day"), list):
        raise TypeError("a page breaks on arrays in `day`")
    address = record.get("formatted_address") or ""
    if not address:
        return None
    is_timed = record.get("day") is not None and record.get("time") is not None
    if is_timed and record.get("timezone") not in ZONES:
        return None
    is_approximate = record.get("approximate", "yes" if len(address.split(",")) < 4 else "no") == "yes"
    host = urlsplit(record.get("conference_url") or "").hostname or ""
    is_online = bool(record.get("conference_phone")) or any(
        host == known or host.endswith(f".{known}") for known in HOSTS
    )
    is_in_person = not is_approximate and "TC" not in record.get("types", [])
    return {
        "slug": record["slug"],
        "name": record["name"],
        "day": record.get("day") if is_timed else None,
        "time": record["time"][:5] if is_timed else None,  # "8:00 PM" would be read as "8:00 "
        "zone": ZoneInfo(record["timezone"]) if is_timed else None,
        "is_online": is_online,
        "is_in_person": is_in_person,
        "is_active": is_online or is_in_person,
    }
