"""What the list page offers to filter by, and the addresses that do it."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from recovery_net.meetings import bands, facets, programs, showing
from recovery_net.meetings.feeds.kinds import HYBRID, IN_PERSON, ONLINE
from recovery_net.meetings.filters import NOW, SOON, Filters
from recovery_net.meetings.listing import Facet
from recovery_net.meetings.rules import DAY_NAMES

_TYPES = 40


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: a value of the form, or a link that does it."""

    label: str
    value: str
    is_on: bool
    href: str = ""


class Choices:
    """Everything one can choose, as it stands."""

    def __init__(
        self, asked: Filters, counted: list[Facet], now: datetime, arguments: MultiDict[str, str]
    ) -> None:
        self._asked, self._counted = asked, counted
        self._today = (now.astimezone(ZoneInfo(asked.zone)).weekday() + 1) % 7
        self._arguments = {name: arguments.getlist(name) for name in arguments if name != "page"}

    def href(self, **changed: list[str]) -> str:
        """This page with some filters set otherwise; an empty list takes one off."""
        kept = {name: values for name, values in (self._arguments | changed).items() if any(values)}
        return url_for("meetings.index", **kept)  # type: ignore[arg-type]

    def page_href(self, number: int) -> str:
        """Another page of the same."""
        return self.href(page=[str(number)])

    @property
    def quick(self) -> list[Choice]:
        """The chips above the list."""
        asked = self._asked
        is_close, is_today = set(asked.when) == {NOW, SOON}, asked.days == (self._today,)
        return [
            Choice(_("Now & soon"), "", is_close, self.href(when=[] if is_close else [NOW, SOON])),
            Choice(_("Today"), "", is_today, self.href(day=[] if is_today else [str(self._today)])),
            *(
                Choice(label, "", asked.attendance == (way,), self._toggled_attendance(way))
                for way, label in ((ONLINE, _("Online")), (IN_PERSON, _("In person")))
            ),
        ]

    def _toggled_attendance(self, way: str) -> str:
        return self.href(attendance=[] if self._asked.attendance == (way,) else [way])

    @property
    def days(self) -> list[Choice]:
        return [Choice(_(name), str(day), day in self._asked.days) for day, name in enumerate(DAY_NAMES)]

    @property
    def bands(self) -> list[Choice]:
        return [Choice(_(label), name, name in self._asked.bands) for name, label in bands.LABELS.items()]

    @property
    def attendance(self) -> list[Choice]:
        labels = ((IN_PERSON, _("In person")), (ONLINE, _("Online")), (HYBRID, _("In person and online")))
        return [Choice(label, way, way in self._asked.attendance) for way, label in labels]

    @property
    def programs(self) -> list[Choice]:
        codes = [row.program for row in self._counted if row.kind == facets.PROGRAM and row.program]
        return [Choice(programs.name(code), code, code == self._asked.program) for code in codes]

    @property
    def types(self) -> list[Choice]:
        """The most usual types, each code once; and whatever is chosen."""
        asked = self._asked
        counted = [row for row in self._counted if row.kind == facets.TYPE]
        if asked.program is not None:
            counted = [row for row in counted if row.program == asked.program]
        program_of: dict[str, str] = {}
        for row in counted:
            program_of.setdefault(row.value, row.program)
        shown = [*asked.types, *(code for code in program_of if code not in asked.types)][:_TYPES]
        labels = {
            code: programs.label(program_of.get(code, ""), code, showing.language()[:2]) for code in shown
        }
        return [
            Choice(label, code, code in asked.types) for code, label in sorted(labels.items(), key=_by_label)
        ]

    @property
    def regions(self) -> list[str]:
        return sorted(row.value for row in self._counted if row.kind == facets.REGION)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the form passes on without showing it."""
        return [(name, value) for name in ("tz", "near", "when") for value in self._arguments.get(name, [])]

    @property
    def feeds(self) -> dict[str, str]:
        """The same list for other programs."""
        return {kind: url_for(f"meetings.feed_{kind}", **self._arguments) for kind in ("json", "ics", "csv")}  # type: ignore[arg-type]


def _by_label(pair: tuple[str, str]) -> str:
    return pair[1].casefold()
