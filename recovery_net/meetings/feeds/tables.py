"""CSV and sheets → records. Lists of this kind are typed by hand: banners, blank lines, ragged rows."""

import csv
import io

from recovery_net.core.i18n import N_
from recovery_net.meetings.feeds import bmlt, labels
from recovery_net.meetings.feeds.report import FeedUnusable

_DELIMITERS = ",;\t|"
_HEADER_WITHIN = 15  # lines: a banner is no longer than this
_CELLS = 400


def parse(text: str) -> list[dict[str, str]]:
    """The records of a CSV file, keyed by its own labels."""
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    return from_lines(_lines(text, max(_DELIMITERS, key=lambda delimiter: _headed(text[:20_000], delimiter))))


def _headed(head: str, delimiter: str) -> int:
    """How well this delimiter makes a header out of the first lines."""
    return max(map(_score, _lines(head, delimiter)[:_HEADER_WITHIN]), default=0)


def from_lines(lines: list[list[str]]) -> list[dict[str, str]]:
    """Records from the lines of a sheet: the header is the line that names most of what a meeting has."""
    head = lines[:_HEADER_WITHIN]
    scores = [_score(line) for line in head]
    if not scores or max(scores) < 2:
        raise FeedUnusable(N_("No line of this file names columns such as Name, Day and Time."))
    at = scores.index(max(scores))
    header = _distinct(lines[at])
    filled = [line for line in lines[at + 1 :] if any(cell.strip() for cell in line)]
    records = [dict(zip(header, line, strict=False)) for line in filled]
    if not records:
        raise FeedUnusable(N_("This list is empty."))
    return [{label: _cell(cell) for label, cell in record.items() if label} for record in records]


def _lines(text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        return [line[:_CELLS] for line in reader]
    except csv.Error as error:
        raise FeedUnusable(N_("This CSV file cannot be read (%(error)s)."), error=str(error)) from None


def _score(line: list[str]) -> int:
    return labels.header_score(line) + (10 if bmlt.is_row(dict.fromkeys(line)) else 0)


def _distinct(header: list[str]) -> list[str]:
    """Labels as keys; a second column of the same name is of no use to anyone."""
    bare = [label.strip() for label in header]
    return [label if bare.index(label) == at else "" for at, label in enumerate(bare)]


def _cell(cell: str) -> str:
    """A cell without the quote that keeps spreadsheets from running it (see `sheets.py`)."""
    cell = cell.strip()
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@'" else cell
