"""Pages of a room's log: the newest, older ones, and what came since."""

from dataclasses import dataclass
from typing import Any

from recovery_net.core.errors import Invalid, require
from recovery_net.core.i18n import N_
from recovery_net.realtime import log
from recovery_net.rooms.presenting import present
from recovery_net.rooms.service import Place

PAGE = 50  # messages of one page of history


@dataclass(frozen=True, slots=True)
class Page:
    """Some events of a room, ascending. `more`: there is more in the direction that was asked for."""

    epoch: int
    head: int
    events: list[dict[str, Any]]
    more: bool
    reset: bool = False

    @property
    def oldest(self) -> int:
        return int(self.events[0]["seq"]) if self.events else self.head + 1


def newest(place: Place, before: int | None = None, limit: int = PAGE) -> Page:
    """The newest events, or those before a `seq`."""
    require(place.may_read, N_("Join this room to read it."))
    if before is not None:
        before = max(0, min(before, place.room.head_seq + 1))  # a number from an address may be any number
    events = log.before(place.room.id, before, limit)
    more = bool(events) and events[0].seq > 1
    return Page(
        place.room.epoch, place.room.head_seq, present(place.room.slug, place.room.epoch, events), more
    )


def since(place: Place, seq: int, epoch: int | None = None) -> Page:
    """The events after `seq`, at most 200; `reset` when the reader's log is not this one any more."""
    require(place.may_read, N_("Join this room to read it."))
    room = place.room
    if seq < 0:
        raise Invalid(N_("A place in the room's log is a number from 0 up."))
    if seq > room.head_seq or (epoch is not None and epoch != room.epoch):
        return Page(room.epoch, room.head_seq, [], more=False, reset=True)
    events = log.after(room.id, seq)
    head = max(room.head_seq, events[-1].seq if events else 0)
    more = bool(events) and events[-1].seq < head
    return Page(room.epoch, head, present(room.slug, room.epoch, events), more)
