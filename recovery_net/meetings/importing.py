"""A list into the database: what would change, and changing it. Everything of one import is one transaction.

A list is known by the name of its source. Rows of it that are gone are taken off; a row that is refused
today keeps what was imported of it before, unless its list withdrew it.
"""

import uuid
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from recovery_net.core import db
from recovery_net.core.i18n import N_
from recovery_net.meetings import applying
from recovery_net.meetings.applying import Plan
from recovery_net.meetings.feeds import normalise, slugs, sources
from recovery_net.meetings.feeds.normalise import Read
from recovery_net.meetings.feeds.report import FeedUnusable, Refused, Repaired
from recovery_net.meetings.models import Meeting, MeetingSource


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


def import_list(data: bytes, request: Request, *, apply: bool) -> Report:
    """Read a list in, or say what reading it in would do. `FeedUnusable` changes nothing."""
    request = _as_before(request)
    read = normalise.read_rows(sources.read(data, request.kind), request.options)
    report = Report(read=read.rows, refused=read.refused, repaired=read.repaired)
    with db.reading() as session:
        plan = _plan(session, read, request, report)
    if not read.listings:
        raise NothingUsable(report)
    if apply:
        plan.make_ready()
        with db.transaction() as session:  # opened late: nobody waits while we reckon
            applying.apply(session, plan)
    return report


def _as_before(request: Request) -> Request:
    """What the keeper said the last time holds until they say otherwise."""
    with db.reading() as session:
        source = session.scalar(select(MeetingSource).where(MeetingSource.name == request.name))
    if source is None:
        return request
    said = request.options
    options = normalise.Options(said.time_zone or source.time_zone, said.program or source.program)
    return replace(request, options=options)


def _plan(session: Session, read: Read, request: Request, report: Report) -> Plan:
    """What is new, other, the same or gone; counts it in the report."""
    source = session.scalar(select(MeetingSource).where(MeetingSource.name == request.name))
    plan = Plan(
        request.name, request.kind, request.options.time_zone, request.options.program,
        revision=source.revision if source else None,
    )  # fmt: skip
    known = _known(session, source)
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
    if plan.added:
        _name(session, plan, read, report)
    return plan


def _known(session: Session, source: MeetingSource | None) -> dict[str, tuple[uuid.UUID, bytes]]:
    """What the list had before: key → id and digest."""
    if source is None:
        return {}
    columns = select(Meeting.source_key, Meeting.id, Meeting.digest).where(Meeting.source_id == source.id)
    return {source_key: (key, digest) for source_key, key, digest in session.execute(columns)}


def _name(session: Session, plan: Plan, read: Read, report: Report) -> None:
    """Slugs that no other list has. A meeting that is here already keeps its own."""
    going = set(plan.removed)
    taken = {row.slug for row in session.execute(select(Meeting.id, Meeting.slug)) if row.id not in going}
    names = slugs.Names((listing.slug for _id, listing in plan.added), taken)
    for at, (key, listing) in enumerate(plan.added):
        if (slug := names.give(listing.slug)) != listing.slug:
            plan.added[at] = key, listing.renamed(slug)
            row = read.rows_of[listing.key][0]
            report.repaired.append(
                Repaired(row, "slug", listing.slug, f"{slug}, because another list has it")
            )
