"""Bytes → rows, whatever they are wrapped in."""

import codecs
import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from recovery_net.core.i18n import N_
from recovery_net.meetings.feeds import bmlt, labels, tables
from recovery_net.meetings.feeds.report import FeedUnusable, Row

Kind = Literal["auto", "meeting-guide", "csv", "bmlt"]
KINDS: tuple[Kind, ...] = ("auto", "meeting-guide", "csv", "bmlt")
SIZE_LIMIT = 20_000_000  # bytes
# Of the whole process, and every reader's: set once, and to more than a list can hold.
csv.field_size_limit(SIZE_LIMIT + 1)

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_LISTS = ("meetings", "records", "data", "items", "results", "rows", "features", "feed")
_OF_MEETINGS = {"day", "time", "slug"}
_INNER = ("fields", "attributes", "properties")


@dataclass(frozen=True, slots=True)
class Source:
    """A list as it was read. `rows` that are no records at all carry their value under `""`."""

    kind: str
    rows: list[Row]


def read(data: bytes, kind: Kind = "auto") -> Source:
    """Read a list; `FeedUnusable` when it is none."""
    if len(data) > SIZE_LIMIT:
        raise FeedUnusable(N_("This file is larger than 20 MB."))
    text = decode(data).strip("\ufeff\0 \t\r\n")
    if not text:
        raise FeedUnusable(N_("This file is empty."))
    if kind == "csv" or (kind in ("auto", "bmlt") and text[0] not in "[{<"):
        return _from_table(tables.parse(text), kind)
    if text[0] == "<":
        raise FeedUnusable(N_("This is a web page, not a list. Give the address of the list itself."))
    return _from_json(_parse(text), kind)


def decode(data: bytes) -> str:
    """Text in the encoding that its first bytes, or its zero bytes, speak for."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    head = data[:2000]
    if len(head) > 3 and head.count(0) > len(head) // 3:
        return data.decode("utf-16-be" if head[0] == 0 else "utf-16-le", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=lambda _name: None, parse_int=_whole)
    except RecursionError:
        raise FeedUnusable(N_("This file is nested too deeply to be a list of meetings.")) from None
    except ValueError as error:
        if (lines := _parse_lines(text)) is not None:
            return lines
        place = f"{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else "?"
        raise FeedUnusable(N_("This is not valid JSON (at %(place)s)."), place=place) from None


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) < 20 else digits


def _parse_lines(text: str) -> list[Any] | None:
    """One JSON object a line, as database exports have it."""
    if not text.startswith("{"):
        return None
    try:
        lines = [line for line in text.splitlines() if line.strip()]
        found = [json.loads(line, parse_constant=lambda _name: None, parse_int=_whole) for line in lines]
    except (ValueError, RecursionError):
        return None
    return found if all(isinstance(entry, dict) for entry in found) else None


def _from_json(parsed: Any, kind: str) -> Source:
    formats = bmlt.format_table(parsed.get("formats")) if isinstance(parsed, dict) else {}
    records = _records(parsed)
    if isinstance(records, _Sheet):
        return _from_table(records.rows, kind)
    if not records:
        raise FeedUnusable(N_("This list is empty."))
    records = [_unwrap(entry) for entry in records]
    is_bmlt = kind == "bmlt" or (kind == "auto" and any(bmlt.is_row(entry) for entry in records))
    rows = _rows(records, formats, is_bmlt=is_bmlt)
    if not is_bmlt:  # this format has a slug on every row
        for row in rows:
            row.fields.setdefault("slug", None)
    return Source("bmlt" if is_bmlt else "meeting-guide", rows)


def _from_table(records: list[dict[str, str]], kind: str) -> Source:
    is_bmlt = kind == "bmlt" or any(bmlt.is_row(entry) for entry in records[:1])
    return Source("bmlt" if is_bmlt else "csv", _rows(records, {}, is_bmlt=is_bmlt))


def _rows(records: Sequence[Any], formats: bmlt.Formats, *, is_bmlt: bool) -> list[Row]:
    """Rows under our names. Records of something else (people, repositories) have names, too, but no times."""
    rows = [_row(number, entry, formats, is_bmlt) for number, entry in enumerate(records, 1)]
    names = {name for row in rows for name in row.fields}
    if names and names.isdisjoint(_OF_MEETINGS) and "" not in names:
        raise FeedUnusable(N_("These are no meetings: no row has a day, a time or a slug."))
    return rows


def _row(number: int, entry: Any, formats: bmlt.Formats, is_bmlt: bool) -> Row:
    if not isinstance(entry, dict):
        return Row(number, {"": entry})
    if is_bmlt and bmlt.is_row(entry):
        return Row(number, bmlt.convert(entry, formats))
    return Row(number, labels.rename(entry))


@dataclass(frozen=True, slots=True)
class _Sheet:
    rows: list[dict[str, str]]


def _records(parsed: Any) -> list[Any] | _Sheet:
    """The list inside whatever it is wrapped in."""
    if isinstance(parsed, list):
        return parsed
    if isinstance(parsed, dict):
        if isinstance(values := parsed.get("values"), list):  # Google's sheets interface
            lines = [[_cell(cell) for cell in line] for line in values if isinstance(line, list)]
            return _Sheet(tables.from_lines(lines))
        for name in _LISTS:
            if isinstance(found := parsed.get(name), list | dict) and found is not parsed:
                return found if isinstance(found, list) else _records(found)
        if parsed and all(isinstance(entry, dict) for entry in parsed.values()):
            return list(parsed.values())  # {"17": {…}, "18": {…}}
        if "name" in parsed or bmlt.is_row(parsed):
            return [parsed]  # a list of one, unpacked
    raise FeedUnusable(N_("This is not a list of meetings."))


def _cell(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _unwrap(entry: Any) -> Any:
    """A record out of `{"fields": {…}}`, with database types (`$oid`, `$date`) made plain."""
    if not isinstance(entry, dict):
        return entry
    for name in _INNER:
        if isinstance(inner := entry.get(name), dict):
            entry = {"id": entry.get("id")} | inner
            break
    return {name: _plain(value) for name, value in entry.items()}


def _plain(value: Any) -> Any:
    for _depth in range(4):
        if not (isinstance(value, Mapping) and len(value) == 1):
            break
        name, inner = next(iter(value.items()))
        if not name.startswith("$") and name != "rendered":
            break
        value = inner
    return value
