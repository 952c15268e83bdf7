"""A list into the database: what would change, and changing it. Everything of one import is one transaction.

A list is known by the name of its source. Rows of it that are gone are taken off; a row that is refused
today keeps what was imported of it before, unless its list withdrew it.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from recovery_net.core import clock, db
from recovery_net.core.db import Base
from recovery_net.core.errors import Conflict
from recovery_net.core.i18n import N_
from recovery_net.meetings import facets, occurrences, writing
from recovery_net.meetings.feeds import normalise, slugs, sources
from recovery_net.meetings.feeds.listing import Listing
from recovery_net.meetings.feeds.report import FeedUnusable, Refused, Repaired
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


@dataclass(frozen=True, slots=True)
class Request:
    """Which list, and what its keeper says about it."""

    name: str
    kind: sources.Kind = "auto"
    options: normalise.Options = field(default_factory=normalise.Options)


@dataclass(slots=True)
class Report:
    """What an import does. `read` = added + changed + unchanged + refused, all in rows; `removed` are meetings."""

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    refused: list[Refused] = field(default_factory=list)
    repaired: list[Repaired] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        return {
            "read": self.read,
            "added": self.added,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "refused": [refused.as_json() for refused in self.refused],
            "repaired": [repaired.as_json() for repaired in self.repaired],
        }


class NothingUsable(FeedUnusable):
    """A list of which no row can be used."""

    default_message = N_("No row of this list can be used. Nothing was changed.")

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


@dataclass(slots=True)
class _Plan:
    source: MeetingSource | None
    report: Report
    added: list[tuple[uuid.UUID, Listing]] = field(default_factory=list)
    changed: list[tuple[uuid.UUID, Listing]] = field(default_factory=list)
    removed: list[uuid.UUID] = field(default_factory=list)

    @property
    def changes(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def import_list(data: bytes, request: Request, *, apply: bool) -> Report:
    """Read a list in, or say what reading it in would do. `FeedUnusable` changes nothing."""
    request = _as_before(request)
    read = normalise.read_rows(sources.read(data, request.kind), request.options)
    with db.reading() as session:
        plan = _plan(session, read, request.name)
    if not read.listings:
        raise NothingUsable(plan.report)
    if apply:
        added = [writing.meeting(listing, key) for key, listing in plan.added]
        changed = [writing.meeting(listing, key) for key, listing in plan.changed]
        with db.transaction() as session:  # opened late: nobody waits while we reckon
            _apply(session, plan, request, added, changed)
    return plan.report


def _as_before(request: Request) -> Request:
    """What the keeper said the last time holds until they say otherwise."""
    with db.reading() as session:
        source = session.scalar(select(MeetingSource).where(MeetingSource.name == request.name))
    if source is None:
        return request
    said = request.options
    options = normalise.Options(said.time_zone or source.time_zone, said.program or source.program)
    return replace(request, options=options)


def _plan(session: Session, read: normalise.Read, name: str) -> _Plan:
    source = session.scalar(select(MeetingSource).where(MeetingSource.name == name))
    known: dict[str, tuple[uuid.UUID, bytes]] = {}
    if source is not None:
        columns = select(Meeting.source_key, Meeting.id, Meeting.digest).where(Meeting.source_id == source.id)
        known = {source_key: (key, digest) for source_key, key, digest in session.execute(columns)}
    report = Report(read=read.rows, refused=read.refused, repaired=read.repaired)
    plan = _Plan(source, report)
    for listing in read.listings:
        rows = len(read.rows_of[listing.key])
        here = known.pop(listing.key, None)
        if here is None:
            plan.added.append((uuid.uuid4(), listing))
            report.added += rows
        elif here[1] != listing.digest():
            plan.changed.append((here[0], listing))
            report.changed += rows
        else:
            report.unchanged += rows
    kept = {refused.key for refused in read.refused if not refused.is_withdrawn}
    plan.removed = [key for source_key, (key, _digest) in known.items() if source_key not in kept]
    report.removed = len(plan.removed)
    _name(session, plan, read)
    return plan


def _name(session: Session, plan: _Plan, read: normalise.Read) -> None:
    """Slugs that no other list has. A meeting that is here already keeps its own."""
    if not plan.added:
        return
    going = set(plan.removed)
    taken = {row.slug for row in session.execute(select(Meeting.id, Meeting.slug)) if row.id not in going}
    names = slugs.Names((listing.slug for _id, listing in plan.added), taken)
    for at, (key, listing) in enumerate(plan.added):
        if (slug := names.give(listing.slug)) != listing.slug:
            plan.added[at] = key, listing.renamed(slug)
            row = read.rows_of[listing.key][0]
            plan.report.repaired.append(
                Repaired(row, "slug", listing.slug, f"{slug}, because another list has it")
            )


def _apply(
    session: Session, plan: _Plan, request: Request, added: list[Values], changed: list[Values]
) -> None:
    source = _source(session, plan, request)
    if not plan.changes:
        return
    source.revision += 1
    session.flush()
    changed_ids = [row["id"] for row in changed]
    for ids in _batches(plan.removed):
        session.execute(delete(Meeting).where(Meeting.id.in_(ids)))
    for ids in _batches(changed_ids):
        for part in _PARTS:
            session.execute(delete(part).where(part.meeting_id.in_(ids)))
        listed = MeetingException.is_listed.is_(True)
        session.execute(delete(MeetingException).where(MeetingException.meeting_id.in_(ids), listed))
    _update(session, changed)
    number = session.scalar(select(func.max(Meeting.number))) or 0
    for at, (row, (_key, listing)) in enumerate(zip(added, plan.added, strict=True), number + 1):
        row |= {"number": at, "slug": listing.slug, "source_id": source.id}
    _insert(session, Meeting, added)
    _write_parts(session, [*plan.added, *plan.changed], changed_ids)
    facets.recount(session)


def _source(session: Session, plan: _Plan, request: Request) -> MeetingSource:
    """The source's row, with what its keeper said; `Conflict` if another import was faster."""
    current = session.scalar(select(MeetingSource).where(MeetingSource.name == request.name))
    if (current.revision if current else None) != (plan.source.revision if plan.source else None):
        raise Conflict(N_("This list is being imported by somebody else. Try again."))
    source = current or MeetingSource(name=request.name, revision=0)
    source.kind, source.program = request.kind, request.options.program
    source.time_zone, source.imported_at = request.options.time_zone, clock.now()
    session.add(source)
    return source


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
