"""When a meeting recurs: the small part of RFC 5545's rules that meetings use, and its words.

Only this part is ever stored, because a rule may come from somebody's file and some rules make a
library search until the year 9999.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from dateutil.rrule import rrulestr

from recovery_net.core.i18n import N_

CODES = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")  # day 0 is Sunday, as in the Meeting Guide format
DAY_NAMES = (
    N_("Sunday"), N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"),
)  # fmt: skip
ANCHOR = date(2024, 1, 1)  # where calendars begin a rule that has no first day of its own; never changes

_DAY = f"(?:{'|'.join(CODES)})"
_NTH = f"(?:-1|[1-5]){_DAY}"
_GRAMMAR = re.compile(
    rf"FREQ=(?:WEEKLY;(?:INTERVAL=(?P<weeks>[2-9]|1[0-2]);)?BYDAY=(?P<days>{_DAY}(?:,{_DAY})*)"
    rf"|MONTHLY;(?:INTERVAL=(?P<months>[2-9]|1[0-2]);)?BYDAY=(?P<nths>{_NTH}(?:,{_NTH})*))"
)
_NTH_WORDS = {
    "1": N_("1st"), "2": N_("2nd"), "3": N_("3rd"), "4": N_("4th"), "5": N_("5th"), "-1": N_("last"),
}  # fmt: skip
_WEEK_WORDS = {
    2: N_("every second %(days)s"), 3: N_("every third %(days)s"), 4: N_("every fourth %(days)s"),
}  # fmt: skip
_MONTH_WORDS = {
    1: N_("%(days)s of the month"),
    2: N_("%(days)s of every second month"),
    3: N_("%(days)s of every third month"),
}  # fmt: skip

Say = Callable[[str], str]  # a translator


def _untranslated(text: str) -> str:
    return text


class NotARule(ValueError):
    """Not one of the rules that are kept."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence in the meeting's own zone. `first_on` is needed where weeks or months are skipped."""

    text: str
    first_on: date | None = None

    @classmethod
    def weekly(cls, days: Iterable[int]) -> "Rule":
        """Every week on these days (0 is Sunday)."""
        return cls("FREQ=WEEKLY;BYDAY=" + ",".join(CODES[day] for day in sorted(set(days))))

    @classmethod
    def parse(cls, text: str, first_on: date | None = None) -> "Rule":
        """Check a rule that came from outside; `NotARule` when it is another kind."""
        match = _GRAMMAR.fullmatch(text)
        if match is None:
            raise NotARule(text)
        if not (match["weeks"] or match["months"]):
            return cls(text)
        rule = cls(text, first_on)
        if first_on is None or first_on not in rule.dates(first_on, first_on):
            raise NotARule("a rule that skips weeks or months needs the day it starts on")
        return rule

    @property
    def _parts(self) -> re.Match[str]:
        match = _GRAMMAR.fullmatch(self.text)
        if match is None:
            raise NotARule(self.text)
        return match

    @property
    def is_weekly(self) -> bool:
        """Every week: all that the Meeting Guide format can say."""
        parts = self._parts
        return parts["days"] is not None and parts["weeks"] is None

    @property
    def days(self) -> tuple[int, ...]:
        """The weekdays it falls on, 0 is Sunday."""
        listed = self._parts["days"] or self._parts["nths"]
        return tuple(sorted({CODES.index(day[-2:]) for day in listed.split(",")}))

    def dates(self, first: date, last: date) -> tuple[date, ...]:
        """The days it falls on, from `first` to `last` inclusive."""
        return _dates(self.text, self.first_on, first, last)

    def first_date(self) -> date:
        """The day a calendar starts it on: always a real occurrence."""
        return self.first_on or self.dates(ANCHOR, ANCHOR + timedelta(days=400))[0]

    def in_words(self, say: Say = _untranslated) -> str:
        """In words: "every Tuesday", "every second Tuesday", "2nd and 4th Tuesday of the month"."""
        parts = self._parts
        if parts["nths"] is not None:
            months = int(parts["months"] or 1)
            days = _join([_nth(entry, say) for entry in _same_day_once(parts["nths"].split(","))], say)
            words = _MONTH_WORDS.get(months) or N_("%(days)s of the month, every %(months)s months")
            return say(words) % {"days": days, "months": months}
        days = _join([say(DAY_NAMES[day]) for day in self.days], say)
        weeks = int(parts["weeks"] or 1)
        if weeks == 1:
            return say(N_("every day")) if len(self.days) == 7 else say(N_("every %(days)s")) % {"days": days}
        words = _WEEK_WORDS.get(weeks) or N_("%(days)s, every %(weeks)s weeks")
        return say(words) % {"days": days, "weeks": weeks}


@lru_cache(maxsize=8192)  # thousands of meetings share a few hundred rules
def _dates(text: str, first_on: date | None, first: date, last: date) -> tuple[date, ...]:
    start = datetime.combine(first_on or first, time())
    until = datetime.combine(last, time())
    found = rrulestr(text, dtstart=start).between(datetime.combine(first, time()), until, inc=True)
    return tuple(moment.date() for moment in found)


def _nth(entry: str, say: Say) -> str:
    """In words: "2nd", or "2nd Tuesday"."""
    number, day = entry.removesuffix(entry[-2:]), entry[-2:]
    word = say(_NTH_WORDS[number.rstrip("*")])
    return word if number.endswith("*") else f"{word} {say(DAY_NAMES[CODES.index(day)])}"


def _same_day_once(entries: list[str]) -> list[str]:
    """Mark entries whose weekday the last one says for all: "2nd and 4th Tuesday"."""
    if len({entry[-2:] for entry in entries}) > 1:
        return entries
    return [f"{entry[:-2]}*{entry[-2:]}" for entry in entries[:-1]] + entries[-1:]


def _join(words: list[str], say: Say) -> str:
    if len(words) == 1:
        return words[0]
    return say(N_("%(most)s and %(last)s")) % {"most": ", ".join(words[:-1]), "last": words[-1]}
