"""Meeting Guide records as CSV."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from recovery_net.meetings.feeds.labels import OWN_NAMES
from recovery_net.meetings.guide import Record

_FIRST = (
    "name",
    "slug",
    "day",
    "time",
    "end_time",
    "timezone",
    "location",
    "formatted_address",
    "regions",
    "types",
)
_LEFT_OUT = {  # read, but never written
    "contact", "email", "phone", "id", "meeting_id", "passcode", "fellowship_and_type", "duration", "archived",
    "published", "languages", "address", "city", "state", "postal_code", "country",
}  # fmt: skip
COLUMNS = (
    *_FIRST,
    *(name for name in OWN_NAMES if name not in {*_FIRST, *_LEFT_OUT} and not name.startswith("contact_")),
)
_SAFE = re.compile(r"[+-][\d.,*#]+|@[\w.-]+")


def sheet(records: Iterable[Record]) -> Iterator[bytes]:
    """Lines of a CSV file, with its header and a mark that lets spreadsheets know it is UTF-8."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    yield b"\xef\xbb\xbf"
    for record in records:
        writer.writerow([_cell(name, record.get(name)) for name in COLUMNS])
        if buffer.tell() > 16_384:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _cell(name: str, value: object) -> str:
    if isinstance(value, float):
        return f"{value:.5f}"
    if isinstance(value, list):
        text = _list(name, [str(part) for part in value])
    else:
        text = "" if value is None else ("true" if value is True else str(value))
    return f"'{text}" if needs_quote(text) else text


def _list(name: str, parts: list[str]) -> str:
    if name == "regions":
        return " > ".join(parts)
    if name == "types" and any(re.search("[,;\n]", part) for part in parts):
        return " | ".join(parts) + (" |" if len(parts) == 1 else "")
    return ", ".join(parts)


def needs_quote(text: str) -> bool:
    """Whether a spreadsheet might run the cell. `tables.py` takes the quote off again."""
    if text[:1] == "'":
        return text[1:2] != "" and text[1] in "=+-@'"
    return text[:1] != "" and text[0] in "=+-@" and _SAFE.fullmatch(text) is None
