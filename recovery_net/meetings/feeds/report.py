"""What is said about a source: rows, refusals with a reason in plain words, repairs."""

import json
from dataclasses import dataclass, field
from typing import Any, NoReturn

from recovery_net.core.errors import DomainError
from recovery_net.core.i18n import N_

_SHOWN = 120  # characters of somebody's value that a report repeats


class FeedUnusable(DomainError):
    """The source as a whole is no list: nothing is changed."""

    code = "feed_unusable"
    status = 422
    default_message = N_("This is not a list of meetings.")


class Unusable(Exception):
    """A row that cannot be used; the message is the reason."""


class Withdrawn(Unusable):
    """A row that its own list has taken back: an earlier import of it goes too."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """A value that was read as something else than it said."""

    row: int
    field: str
    was: str
    now: str

    def as_json(self) -> dict[str, object]:
        return {"row": self.row, "field": self.field, "from": self.was, "to": self.now}


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not used. `key` names the meeting in its list: an earlier version of it stays."""

    row: int
    name: str
    reason: str
    key: str = ""
    is_withdrawn: bool = False

    def as_json(self) -> dict[str, object]:
        return {"row": self.row, "name": self.name, "reason": self.reason}


@dataclass(slots=True)
class Row:
    """One record of a source, its fields under the Meeting Guide's names. Numbered from 1."""

    number: int
    fields: dict[str, Any]
    repairs: list[Repaired] = field(default_factory=list)

    def get(self, name: str) -> Any:
        return self.fields.get(name)

    def repaired(self, name: str, was: object, now: object) -> None:
        """Note that a value was mended."""
        self.repairs.append(Repaired(self.number, name, shown(was), shown(now)))

    def refuse(self, reason: str) -> NoReturn:
        raise Unusable(reason)


def shown(value: object) -> str:
    """Somebody's value as a report repeats it: short, printable, whatever it was."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else _as_json(value)
    text = " ".join(text[: _SHOWN * 4].encode("utf-8", "replace").decode().split())
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _as_json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return f"<{type(value).__name__}>"
