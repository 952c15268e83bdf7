"""Weekdays as lists write them: numbers, names in many languages, ranges, and "2nd and 4th Tuesday"."""

import difflib
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from babel import Locale

from recovery_net.meetings.feeds.report import Row, shown
from recovery_net.meetings.rules import CODES, DAY_NAMES, Rule

_LANGUAGES = "en es fr ja nl pt sk sv th de it pl da nb fi cs ru uk".split()
_EVERY_DAY = {"daily", "everyday", "every day", "all", "mon-sun", "sun-sat", "7 days"}
_GROUPS = {"weekdays": {1, 2, 3, 4, 5}, "weekends": {0, 6}, "weekend": {0, 6}} | {
    word: set(range(7)) for word in _EVERY_DAY
}
_NTHS = {
    "1st": 1, "first": 1, "2nd": 2, "second": 2, "3rd": 3, "third": 3, "4th": 4, "fourth": 4,
    "5th": 5, "fifth": 5,     "last": -1,
}  # fmt: skip
_AROUND_NTHS = {"and", "of", "the", "month", "each", "every", "only", "on"}
_FILLERS = {"", "and", "every", "each", "on", "und", "et", "y", "e"}


@cache
def _day_names() -> dict[str, int]:
    """Weekday names and their short forms in many languages; a form that means two days means none."""
    found: dict[str, int | None] = {}
    for language in _LANGUAGES:
        for width in ("wide", "abbreviated", "short"):
            for monday_first, written in Locale(language).days["format"][width].items():
                name, day = written.casefold().rstrip("."), (monday_first + 1) % 7
                if language == "en" or found.setdefault(name, day) == day:
                    found[name] = day
                elif name not in {english.casefold()[: len(name)] for english in DAY_NAMES}:
                    found[name] = None
    found |= {"tues": 2, "weds": 3, "thur": 4, "thurs": 4}
    return {name: day for name, day in found.items() if day is not None}


def recurrence(row: Row) -> Rule | None:
    """The rule that the day stands for. No day at all: by appointment."""
    value = row.get("day")
    if isinstance(value, str) and (rule := _monthly(value)):
        row.repaired("day", value, rule.in_words())
        return rule
    found = _days(row, value)
    return Rule.weekly(found) if found else None


def _monthly(text: str) -> Rule | None:
    """Read "2nd and 4th Tuesday"; "every 2nd Tuesday" can also mean every other week and is not guessed."""
    words = re.findall(r"[a-z0-9]+", text[:200].casefold())
    nths = sorted({_NTHS[word] for word in words if word in _NTHS}, key=lambda nth: nth % 10)
    named = {_day(word) for word in words if word not in _NTHS and word not in _AROUND_NTHS}
    is_every = not {"every", "each"}.isdisjoint(words) and "month" not in words
    if not nths or len(named) != 1 or (day := named.pop()) is None or is_every:
        return None
    return Rule.parse("FREQ=MONTHLY;BYDAY=" + ",".join(f"{nth}{CODES[day]}" for nth in nths))


def _days(row: Row, value: Any) -> tuple[int, ...]:
    if value is None or value == "":
        return ()
    written = value if isinstance(value, list) else [value]
    found = sorted({day for part in written for day in _days_in(row, part)})
    if not all(type(part) is int for part in written) or sorted(written) != found:
        row.repaired("day", value, ", ".join(map(str, found)))
    return tuple(found)


def _days_in(row: Row, part: Any) -> Iterator[int]:
    if isinstance(part, bool) or not isinstance(part, int | float | str):
        row.refuse(f"the day {shown(part)!r} cannot be read")
    if isinstance(part, str):
        yield from _days_in_text(row, part)
    elif part in range(8):
        yield int(part) % 7
    else:
        row.refuse(f"there is no day {shown(part)}; days are 0 (Sunday) to 6")


def _days_in_text(row: Row, text: str) -> Iterator[int]:
    folded = " ".join(text[:200].casefold().strip(" []()").split())
    if folded in _GROUPS:
        yield from _GROUPS[folded]
        return
    folded = re.sub(r"\s*[-–—]\s*|\s+(?:to|through|thru)\s+", "-", folded)
    for word in re.split(r"[\s,;/&+|]+", folded):
        ends = [_day(end) for end in word.split("-")]
        if word in _GROUPS:
            yield from _GROUPS[word]
        elif len(ends) == 1 and ends[0] is not None:
            yield ends[0]
        elif len(ends) == 2 and ends[0] is not None and ends[1] is not None:
            yield from ((ends[0] + step) % 7 for step in range((ends[1] - ends[0]) % 7 + 1))
        elif word not in _FILLERS:
            row.refuse(f"the day {shown(text)!r} cannot be read")


def _day(word: str) -> int | None:
    bare = word.strip(" .\"'")
    if re.fullmatch(r"[0-7](?:\.0+)?", bare):
        return int(float(bare)) % 7
    names = _day_names()
    for form in (bare, bare.removesuffix("s")):
        if form in names:
            return names[form]
    near = difflib.get_close_matches(bare, [name.casefold() for name in DAY_NAMES], n=1, cutoff=0.85)
    return names[near[0]] if near and len(bare) >= 6 else None
