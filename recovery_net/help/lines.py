"""Crisis lines: the project's own data file, and what of it a reader is shown. Needs nothing that can be down."""

import csv
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

DIRECTORY = "https://findahelpline.com/"  # lines of more than 130 countries, kept by ThroughLine (their site, 2026-11)


class Kind(StrEnum):
    """Whom a line is for. Their order here is the order on the page."""

    EMERGENCY = "emergency"
    CRISIS = "crisis"
    ADDICTION = "addiction"
    YOUTH = "youth"


class Confidence(StrEnum):
    """How far a row can be relied on."""

    HIGH = "high"
    MEDIUM = "medium"  # staff only, to be checked
    LOW = "low"  # shown to nobody


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the data file."""

    country: str
    kind: Kind
    name: str
    phone: str
    text: str
    chat_url: str
    hours: str
    languages: tuple[str, ...]
    free: str
    source: str
    source_date: str
    confidence: Confidence
    note: str  # for whoever keeps the list
    for_people: str
    warning: str

    @property
    def dial(self) -> str:
        """As dialled: digits, star and hash; never a country prefix, because short codes have none."""
        return "tel:" + re.sub(r"[^0-9*#]", "", self.phone)

    @property
    def is_always_open(self) -> bool:
        """Whether it answers at any minute. Anything that is not said plainly counts as no."""
        return self.hours == "24/7" or self.hours.startswith("phone 24/7;")

    @property
    def is_free(self) -> bool:
        return self.free == "yes"

    def speaks(self, languages: Collection[str]) -> bool:
        return not self.languages or any(language in self.languages for language in languages)


@dataclass(frozen=True, slots=True)
class Board:
    """What one reader sees for one country."""

    country: str
    emergency: Line | None
    first: Line | None  # the confirmed crisis line to call; None where there is none
    others: tuple[Line, ...]
    to_check: tuple[Line, ...]  # for staff


def board_for(country: str, languages: Sequence[str] = (), *, is_staff: bool = False) -> Board:
    """The lines of a country. Rows of medium confidence go to staff only, and low ones to nobody."""
    mine = [line for line in all_lines() if line.country == country]
    sure = [line for line in mine if line.confidence is Confidence.HIGH]
    emergency = next((line for line in sure if line.kind is Kind.EMERGENCY), None)
    talking = [line for line in sure if line.kind is not Kind.EMERGENCY]
    talking.sort(key=lambda line: _rank(line, languages))
    first = next((line for line in talking if line.kind is Kind.CRISIS), None)
    return Board(
        country=country,
        emergency=emergency,
        first=first,
        others=_once(talking, first),
        to_check=tuple(line for line in mine if is_staff and line.confidence is Confidence.MEDIUM),
    )


def _rank(line: Line, languages: Sequence[str]) -> tuple[int, bool, bool]:
    """Crisis first, then what is open now for certain, then what the reader can talk in."""
    return list(Kind).index(line.kind), not line.is_always_open, not line.speaks(languages)


def _once(lines: Sequence[Line], first: Line | None) -> tuple[Line, ...]:
    """Without the first, and each number once: some countries have one number for two needs."""
    reached = {(first.phone, first.text)} if first else set()
    found = []
    for line in lines:
        if (line.phone, line.text) not in reached:
            reached.add((line.phone, line.text))
            found.append(line)
    return tuple(found)


@cache
def all_lines() -> tuple[Line, ...]:
    """Every row of the data file."""
    text = files(__package__).joinpath("data", "crisis-lines.csv").read_text(encoding="utf-8")
    return tuple(_line(row) for row in csv.DictReader(text.splitlines()))


def _line(row: dict[str, str]) -> Line:
    return Line(
        **row
        | {
            "kind": Kind(row["kind"]),
            "languages": tuple(filter(None, row["languages"].split(";"))),
            "confidence": Confidence(row["confidence"]),
        }  # type: ignore[arg-type]
    )


@cache
def countries() -> tuple[str, ...]:
    """The codes of the countries we have lines for."""
    return tuple(dict.fromkeys(line.country for line in all_lines()))
