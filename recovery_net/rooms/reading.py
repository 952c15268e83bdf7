"""How a page of the log is laid out for readers: days, runs of one person, what is new."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import to_user_timezone

from recovery_net.rooms.history import Page
from recovery_net.rooms.talking import MESSAGE

RUN = timedelta(
    minutes=5
)  # messages of one person within it stand under one name; static/js/rooms has the same


@dataclass(frozen=True, slots=True)
class Shown:
    """A message with what its neighbours make of it."""

    event: dict[str, Any]
    at: datetime
    begins_day: bool
    is_first_new: bool
    follows: bool

    @property
    def seq(self) -> int:
        return int(self.event["seq"])


def shown(page: Page, was_read: int) -> list[Shown]:
    """The messages of a page. Days are the reader's."""
    laid: list[Shown] = []
    for event in page.events:
        if event["kind"] != MESSAGE:
            continue
        at = datetime.fromisoformat(event["sent_at"])
        before = laid[-1] if laid else None
        begins_day = before is None or _day(before.at) != _day(at)
        is_new = event["seq"] > was_read and (before is None or before.seq <= was_read)
        follows = not begins_day and not is_new and before is not None and _continues(before, event, at)
        laid.append(Shown(event, at, begins_day, is_new, follows))
    return laid


def _day(at: datetime) -> object:
    return to_user_timezone(at).date()


def _continues(before: Shown, event: dict[str, Any], at: datetime) -> bool:
    same = before.event["author"]["pseudonym"] == event["author"]["pseudonym"]
    return same and at - before.at <= RUN and not event["content_note"]
