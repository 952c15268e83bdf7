"""What lists call their columns."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from recovery_net.meetings import zones

OWN_NAMES = """
    name slug day time end_time duration timezone formatted_address address city state postal_code
    country latitude longitude approximate location location_notes region sub_region sub_sub_region
    regions conference_url conference_url_notes conference_phone conference_phone_notes types notes
    group group_notes updated url edit_url feedback_emails feedback_url venmo square paypal
    homegroup_online attendance_option program languages archived published website district email phone
    id meeting_id passcode fellowship_and_type contact entity entity_email entity_location entity_logo
    entity_phone entity_url contact_1_name contact_1_email contact_1_phone contact_2_name
    contact_2_email contact_2_phone contact_3_name contact_3_email contact_3_phone recovery_net_series
    recovery_net_rule recovery_net_first recovery_net_except
""".split()
_OTHER_NAMES = {
    "name": "meeting_name name_of_meeting title meeting",
    "slug": "permalink",
    "day": "days weekday day_of_week meeting_day day_of_the_week",
    "time": "start_time start starts begins meeting_time time_start",
    "end_time": "end ends end_at finish time_end",
    "timezone": "time_zone tz timezone_name zone",
    "formatted_address": "full_address formattedaddress",
    "address": "street street_address address_1 address1",
    "city": "town municipality locality",
    "state": "province state_province",
    "postal_code": "zip zip_code zipcode postcode postal postalcode",
    "latitude": "lat",
    "longitude": "lng lon long",
    "location": "venue place location_name building",
    "region": "area",
    "sub_region": "subregion neighborhood neighbourhood",
    "conference_url": "zoom_link zoom zoom_url link online_link online_url meeting_link meeting_url"
    " join_url join_link conference_link virtual_link video_link",
    "conference_url_notes": "conference_notes zoom_notes",
    "conference_phone": "dial_in dial_in_number phone_in zoom_phone",
    "types": "type meeting_type meeting_types format meeting_format",
    "notes": "note comments comment description additional_info details",
    "group": "group_name",
    "updated": "last_updated last_update updated_at updatedat modified last_modified",
    "website": "website_url web web_site homepage",
    "program": "fellowship programme",
    "languages": "language",
    "id": "_id meeting_guid uid uuid",
    "meeting_id": "zoom_id zoom_meeting_id",
    "passcode": "password zoom_password zoom_passcode meeting_password pw pwd",
    "contact": "point_of_contact contact_info contact_name contact_email contact_phone",
    "attendance_option": "attendance attendanceoption attendance_type",
    "entity_url": "entity_website_url",
}
_NAMES = {name: name for name in OWN_NAMES} | {
    other: name for name, others in _OTHER_NAMES.items() for other in others.split()
}


def fold(label: str) -> str:
    """A label for comparing: "Sub Region" → "sub_region"."""
    return re.sub(r"[^a-z0-9]+", "_", label[:80].casefold()).strip("_")


def known(label: str) -> str | None:
    """Our name for a column, or None for a column we have no use for."""
    return _NAMES.get(fold(label)) or _NAMES.get("_" + fold(label))


def rename(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record under our names. Of two that mean the same, the exact name wins, then the first filled."""
    found: dict[str, Any] = {}
    for label, value in record.items():
        name = known(label)
        if name is not None and (fold(label) == name or found.get(name) in (None, "", [])):
            found[name] = value
    if "time" not in found and (column := zoned_time(record)) is not None:
        label, zone = column
        found["time"] = record[label]
        found.setdefault("timezone", zone)
    return found


def zoned_time(labels: Iterable[str]) -> tuple[str, str] | None:
    """The first column that is a time in a named zone ("Pacific Time"); a sheet's day goes with that one."""
    for label in labels:
        try:
            if "time" in label.casefold() and label.casefold() not in {"time zone", "timezone"}:
                return label, zones.canonical(label)
        except ValueError:
            continue
    return None


def header_score(cells: Iterable[str]) -> int:
    """How many cells of a line name something a meeting has."""
    return len({name for cell in cells if (name := known(cell))})
