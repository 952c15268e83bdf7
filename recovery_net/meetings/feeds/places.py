"""Where a meeting is: address, region, point on the map."""

import math
import re
from typing import Any

from recovery_net.meetings import zones
from recovery_net.meetings.feeds.report import Row
from recovery_net.meetings.feeds.text import as_text, clean, cut, line

_NO_PLACE = {"virtual", "online", "zoom", "online meeting", "virtual meeting", "worldwide", "phone"}
_DEEPEST = 5  # regions


def address(row: Row, zone: str) -> str:
    """The address on one line. What we wrote for other readers' sake, where there is none, is none again."""
    whole = line(row, "formatted_address") or ", ".join(
        part
        for part in (
            line(row, "address").rstrip(" ,"),
            line(row, "city"),
            " ".join(filter(None, (line(row, "state"), line(row, "postal_code")))),
            line(row, "country"),
        )
        if part
    )
    whole = re.sub(r"\s*,(?:\s*,)*\s*", ", ", whole).strip(" ,")
    if whole.casefold() in _NO_PLACE or (row.get("recovery_net_series") and whole == zones.country(zone)):
        return ""
    return cut(whole, 255)


def is_approximate(row: Row, place: str) -> bool:
    """Whether the address is only a town or a region, as the list says, or as it reads."""
    said = row.get("approximate")
    if (as_text(said) or "").casefold() in {"yes", "true", "1"} or said is True:
        return True
    if (as_text(said) or "").casefold() in {"no", "false", "0"} or said is False:
        return not place
    parts = place.split(", ")
    return not (len(parts) >= 4 or (len(parts) >= 2 and bool(re.search(r"\d", parts[0]))))


def regions(row: Row) -> tuple[str, ...]:
    """From general to specific."""
    listed = row.get("regions")
    said = (
        [as_text(part) or "" for part in listed[:_DEEPEST]]
        if isinstance(listed, list)
        else [as_text(listed) or ""]
    )
    if not any(said):
        said = [line(row, name, 100) for name in ("region", "sub_region", "sub_sub_region")]
    found = [cut(clean(part), 100) for whole in said for part in clean(whole).split(">")]
    return tuple(dict.fromkeys(part for part in found if part))[:_DEEPEST]


def point(row: Row) -> tuple[float, float] | None:
    """Latitude and longitude to five decimals (about a metre), or neither."""
    said = row.get("latitude"), row.get("longitude")
    if said[0] in (None, "") and said[1] in (None, ""):
        return None
    latitude, longitude = _number(said[0]), _number(said[1])
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        row.repaired("latitude, longitude", list(said), "")
        return None
    point = round(latitude, 5) + 0.0, round(longitude, 5) + 0.0
    return point if any(point) else None  # nobody meets in the Gulf of Guinea


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        text = value.strip()[:40]
        value = text.replace(",", ".") if re.fullmatch(r"[+-]?\d{1,3},\d+", text) else text
        if not re.fullmatch(r"[+-]?\d{1,3}(?:\.\d+)?", value):
            return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
