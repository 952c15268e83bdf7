"""What kind of meeting it is: program, types, and whether people meet in a room, online, or both."""

import re

from recovery_net.meetings import programs, providers
from recovery_net.meetings.feeds.report import Row, shown
from recovery_net.meetings.feeds.text import as_text, clean, cut, line

_MOST = 40  # types of one meeting
_LONGEST = 64  # characters of one
DERIVED = {"ONL"}  # never trusted, never kept
CLOSED_FOR_NOW = "TC"

IN_PERSON, ONLINE, HYBRID, INACTIVE, UNSTATED = "in_person", "online", "hybrid", "inactive", ""
_ATTENDANCE = {
    "inperson": IN_PERSON, "online": ONLINE, "virtual": ONLINE, "zoom": ONLINE, "hybrid": HYBRID,
    "both": HYBRID, "inactive": INACTIVE, "closed": INACTIVE, "face to face": IN_PERSON,
}  # fmt: skip


def program(row: Row, default: str) -> str:
    """The program a row names, or the one its list belongs to."""
    said = line(row, "program") or line(row, "fellowship_and_type")
    code = said.casefold()
    return code if programs.exists(code) else programs.find(said) or default


def types(row: Row, program_code: str) -> tuple[str, ...]:
    """Codes in the list's order, none twice; what nobody knows is kept as it is."""
    found: list[str] = []
    for word in _written(row, program_code):
        code = programs.read_type(program_code, word)
        if code != word and programs.fold(code) != programs.fold(word):
            row.repaired("types", word, code)
        if providers.veil(code) != code:
            row.repaired("types", word, "")  # a passcode is no type
        elif code not in DERIVED and code not in found:
            found.append(code)
    for language in _languages(row):
        code = programs.language_type(program_code, language) or ""
        if code and code not in found:
            found.append(code)
    if len(found) > _MOST:
        row.repaired("types", found[_MOST:], "")
    return tuple(found[:_MOST])


def _written(row: Row, code: str) -> list[str]:
    said = row.get("types")
    if isinstance(said, list):
        parts = [as_text(part) or "" for part in said[:200]]
    else:
        parts = _apart((as_text(said) or "")[:4000], code)
    if said and not any(parts):
        row.repaired("types", said, "")
    if extra := _behind_fellowship(row):
        parts.append(extra)
    cleaned = (clean(part).replace("|", "/") for part in parts)
    return [cut(part, _LONGEST) for part in cleaned if part]


def _apart(said: str, code: str) -> list[str]:
    """One text that names several types. A bar outdoes a comma, because labels have commas in them."""
    if said.strip() in programs.types(code) or programs.read_type(code, said.strip()) != said.strip():
        return [said]
    sign = next((sign for sign in "|\n;," if sign in said), ",")
    return [part.strip() for part in said.split(sign)]


def _behind_fellowship(row: Row) -> str:
    """The kind in "AA - Queer and Allies", which names program and kind in one breath."""
    said = re.sub(r"\s*\((?:see|SEE|See) [Nn]otes?\)", "", line(row, "fellowship_and_type"))
    if programs.find(said) == programs.UNKNOWN:
        return said
    _fellowship, _dash, kind = re.sub(r"\s+[-–—:]+\s+", "\0", said, count=1).partition("\0")
    return kind


def _languages(row: Row) -> list[str]:
    said = row.get("languages")
    listed = said if isinstance(said, list) else [said]
    return [part.strip().casefold()[:2] for part in listed[:10] if isinstance(part, str) and part.strip()]


def attendance(row: Row, *, codes: tuple[str, ...], is_online: bool, has_place: bool) -> str:
    """How people meet. A place that is closed for now is no place."""
    said = row.get("attendance_option")
    folded = programs.fold((as_text(said) or "").replace("_", " "))
    stated = _ATTENDANCE.get(folded.replace("in person", "inperson"))
    if folded and stated is None:
        row.repaired("attendance_option", shown(said), "")
    is_closed = CLOSED_FOR_NOW in codes
    if is_closed and stated in (None, IN_PERSON, HYBRID):
        return ONLINE if is_online else INACTIVE
    if stated is not None:
        return stated
    if is_online:
        return HYBRID if has_place else ONLINE
    return IN_PERSON if has_place else UNSTATED
