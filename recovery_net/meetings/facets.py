"""What there is to filter by, counted once an import instead of once a page."""

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.orm import Session

from recovery_net.meetings import providers
from recovery_net.meetings.models import Meeting, MeetingFacet, MeetingType

PROGRAM, TYPE, REGION = "program", "type", "region"
_REGIONS_SHOWN = 200


def recount(session: Session) -> None:
    """Count again."""
    session.execute(delete(MeetingFacet))
    columns = ("kind", "program", "value", "meetings")
    counted = func.count().label("meetings")
    by_program = select(literal(PROGRAM), Meeting.program, literal(""), counted).group_by(Meeting.program)
    by_type = select(literal(TYPE), MeetingType.program, MeetingType.code, counted).group_by(
        MeetingType.program, MeetingType.code
    )
    for query in (by_program, by_type):
        session.execute(insert(MeetingFacet).from_select(columns, query))
    if regions := _regions(session):
        session.execute(insert(MeetingFacet), regions)


def _regions(session: Session) -> list[dict[str, object]]:
    """Regions as they are written, the most usual ones."""
    found: dict[str, int] = {}
    for (regions,) in session.execute(select(Meeting.regions)):
        for region in regions:
            if providers.veil(region) != region:
                continue  # not a region but a way in
            found[region] = found.get(region, 0) + 1
    usual = sorted(found, key=lambda region: -found[region])[:_REGIONS_SHOWN]
    return [{"kind": REGION, "program": "", "value": region, "meetings": found[region]} for region in usual]
