"""A meeting as a list states it, read and checked: what the database takes and what an export writes."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from recovery_net.meetings.rules import Rule


@dataclass(frozen=True, slots=True)
class Moved:
    """One date on which the rule does not hold: cancelled, or held at another time (local to the meeting)."""

    on: date
    to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """One meeting. Without a rule it is by appointment."""

    key: str  # names it in its own list
    slug: str
    name: str
    program: str = ""
    rule: Rule | None = None
    starts_local: time | None = None
    minutes: int = 60
    time_zone: str = ""
    attendance: str = ""
    types: tuple[str, ...] = ()
    location: str = ""
    location_notes: str = ""
    address: str = ""
    is_approximate: bool = True
    regions: tuple[str, ...] = ()
    point: tuple[float, float] | None = None
    notes: str = ""
    group: str = ""
    group_notes: str = ""
    url: str = ""
    joining: dict[str, str] = field(default_factory=dict)  # links, numbers, passcodes, payment: members only
    extra: dict[str, str] = field(default_factory=dict)  # other fields of the format, passed on as they came
    contacts: dict[str, str] = field(default_factory=dict)  # of the list's keepers: never shown or exported
    moved: tuple[Moved, ...] = ()
    updated_at: datetime | None = None

    def renamed(self, slug: str) -> "Listing":
        """The same under another slug."""
        return replace(self, slug=slug)

    def digest(self) -> bytes:
        """Changes when anything about the meeting does, apart from its slug and its name in the list."""
        left_out = {"key", "slug"}
        if self.rule is None:
            left_out.add(
                "time_zone"
            )  # of no hour: a feed writes one all the same, since its readers want one
        facts = [getattr(self, name) for name in self.__slots__ if name not in left_out]
        facts = [sorted(fact.items()) if isinstance(fact, dict) else fact for fact in facts]
        return hashlib.sha256(repr(facts).encode()).digest()
