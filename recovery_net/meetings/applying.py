"""A planned import, written: in bulk, in the caller's transaction."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import bindparam, delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from recovery_net.core import clock
from recovery_net.core.db import Base
from recovery_net.core.errors import Conflict
from recovery_net.core.i18n import N_
from recovery_net.meetings import facets, occurrences, writing
from recovery_net.meetings.feeds.listing import Listing
from recovery_net.meetings.models import (
    Meeting,
    MeetingException,
    MeetingRegion,
    MeetingSource,
    MeetingType,
    Occurrence,
    Values,
    table_of,
)

_PARTS = (MeetingType, MeetingRegion, Occurrence)
_AT_ONCE = 500  # ids in one statement


@dataclass(slots=True)
class Plan:
    """What an import changes. Ids of new meetings are made before they are written, because sealing needs them."""

    name: str  # of the source
    kind: str
    time_zone: str | None
    program: str
    revision: int | None  # of the source when the plan was made; None: it is new
    added: list[tuple[uuid.UUID, Listing]] = field(default_factory=list)
    changed: list[tuple[uuid.UUID, Listing]] = field(default_factory=list)
    removed: list[uuid.UUID] = field(default_factory=list)
    added_rows: list[Values] = field(default_factory=list)
    changed_rows: list[Values] = field(default_factory=list)

    def make_ready(self) -> None:
        """Do everything that needs no database: fold, cover, seal."""
        self.added_rows = [writing.meeting(listing, key) for key, listing in self.added]
        self.changed_rows = [writing.meeting(listing, key) for key, listing in self.changed]


def apply(session: Session, plan: Plan) -> None:
    """Write it; `Conflict` if another import of the list was faster."""
    source = _source(session, plan)
    if not (plan.added or plan.changed or plan.removed):
        return
    source.revision += 1
    session.flush()
    changed_ids = [key for key, _listing in plan.changed]
    _clear(session, plan.removed, changed_ids)
    _update(session, plan.changed_rows)
    number = session.scalar(select(func.max(Meeting.number))) or 0
    for at, (row, (_key, listing)) in enumerate(zip(plan.added_rows, plan.added, strict=True), number + 1):
        row |= {"number": at, "slug": listing.slug, "source_id": source.id}
    _insert(session, Meeting, plan.added_rows)
    _write_parts(session, [*plan.added, *plan.changed], changed_ids)
    facets.recount(session)
    for model in (Meeting, *_PARTS):
        session.execute(
            text(f"ANALYZE {model.__tablename__}")
        )  # the planner knows nothing yet of what came in bulk


def _source(session: Session, plan: Plan) -> MeetingSource:
    current = session.scalar(select(MeetingSource).where(MeetingSource.name == plan.name))
    if (current.revision if current else None) != plan.revision:
        raise Conflict(N_("This list is being imported by somebody else. Try again."))
    source = current or MeetingSource(name=plan.name, revision=0)
    source.kind, source.program, source.time_zone = plan.kind, plan.program, plan.time_zone
    source.imported_at = clock.now()
    session.add(source)
    return source


def _clear(session: Session, removed: list[uuid.UUID], changed: list[uuid.UUID]) -> None:
    for ids in _batches(removed):
        session.execute(delete(Meeting).where(Meeting.id.in_(ids)))
    for ids in _batches(changed):
        for part in _PARTS:
            session.execute(delete(part).where(part.meeting_id.in_(ids)))
        listed = MeetingException.is_listed.is_(True)
        session.execute(delete(MeetingException).where(MeetingException.meeting_id.in_(ids), listed))


def _update(session: Session, rows: list[Values]) -> None:
    if rows:
        table = table_of(Meeting)
        values: Values = {name: bindparam(name) for name in rows[0] if name != "id"}
        statement = update(table).where(table.c.id == bindparam("key")).values(values)
        session.execute(
            statement, [{"key" if name == "id" else name: row[name] for name in row} for row in rows]
        )


def _write_parts(
    session: Session, written: list[tuple[uuid.UUID, Listing]], changed: list[uuid.UUID]
) -> None:
    _insert(session, MeetingType, (row for key, listing in written for row in writing.types(listing, key)))
    _insert(
        session, MeetingRegion, (row for key, listing in written for row in writing.regions(listing, key))
    )
    said_here = occurrences.exceptions_of(session, changed)
    listed = (row for key, listing in written for row in writing.exceptions(listing, key))
    _insert(
        session,
        MeetingException,
        (row for row in listed if row["on"] not in said_here.get(row["meeting_id"], {})),
    )
    _insert(session, Occurrence, _occurrences(written, said_here))


def _occurrences(
    written: list[tuple[uuid.UUID, Listing]], said_here: dict[uuid.UUID, dict[date, datetime | None]]
) -> Iterator[Values]:
    today = clock.today()
    for key, listing in written:
        if listing.rule is not None:
            pattern = occurrences.Pattern(
                key, listing.rule.text, listing.rule.first_on, listing.starts_local, listing.minutes,
                listing.time_zone, listing.attendance,
            )  # fmt: skip
            exceptions = {moved.on: moved.to for moved in listing.moved} | said_here.get(key, {})
            yield from occurrences.upcoming(pattern, exceptions, today)


def _insert(session: Session, model: type[Base], rows: Iterable[Values]) -> None:
    if listed := list(rows):
        session.execute(insert(table_of(model)), listed)


def _batches(ids: list[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    for at in range(0, len(ids), _AT_ONCE):
        yield ids[at : at + _AT_ONCE]
