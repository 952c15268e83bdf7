"""Meetings: what a person can do with one."""

import json
from datetime import date, datetime

from sqlalchemy import select

from recovery_net.accounts.models import Account
from recovery_net.core import clock, db
from recovery_net.core.errors import Invalid, NotFound
from recovery_net.core.i18n import N_
from recovery_net.meetings import occurrences, policy
from recovery_net.meetings.feeds import slugs
from recovery_net.meetings.models import Meeting, MeetingException, MeetingSource, MeetingType
from recovery_net.meetings.occurrences import Sitting


def meeting_for(slug: str) -> Meeting:
    """The meeting at an address."""
    found = db.session().scalar(select(Meeting).where(Meeting.slug == slug)) if slugs.is_slug(slug) else None
    if found is None:
        raise NotFound()
    return found


def joining_for(actor: Account | None, meeting: Meeting) -> dict[str, str]:
    """How to join, for those who may know; else nothing."""
    if not policy.may_see_joining(actor) or not meeting.joining_sealed:
        return {}
    found: dict[str, str] = json.loads(meeting.joining)
    return found


def types_for(meeting: Meeting) -> list[str]:
    """Its type codes, in the list's order."""
    codes = select(MeetingType.code).where(MeetingType.meeting_id == meeting.id)
    return list(db.session().scalars(codes.order_by(MeetingType.position)))


def next_dates(meeting: Meeting, most: int = 4) -> list[Sitting]:
    """The dates that come next, and one that is going on."""
    exceptions = occurrences.exceptions_of(db.session(), [meeting.id]).get(meeting.id, {})
    return occurrences.coming(_pattern(meeting), exceptions, clock.now(), most)


def change_date(meeting: Meeting, on: date, moved_to: datetime | None = None) -> None:
    """Cancel one date, or move it to another local time. Imports of the list keep what is said here."""
    if meeting.rule is None or on not in meeting.rule.dates(on, on):
        raise Invalid(N_("%(name)s does not meet on %(on)s."), name=meeting.name, on=on.isoformat())
    if moved_to is not None and moved_to.tzinfo is not None:
        raise Invalid(N_("Give the new time as the meeting's own clock shows it, without a zone."))
    said = db.session().get(MeetingException, (meeting.id, on)) or MeetingException(
        meeting_id=meeting.id, on=on
    )
    said.moved_to, said.is_listed = moved_to, False
    db.session().add(said)
    _rewrite(meeting)


def keep_date(meeting: Meeting, on: date) -> None:
    """Take back what `change_date` did."""
    said = db.session().get(MeetingException, (meeting.id, on))
    if said is not None:
        db.session().delete(said)
        _rewrite(meeting)


def _rewrite(meeting: Meeting) -> None:
    session = db.session()
    session.flush()
    source = session.get_one(MeetingSource, meeting.source_id)
    source.revision += 1  # readers of the feeds see the change
    occurrences.refresh(session, [_pattern(meeting)])


def _pattern(meeting: Meeting) -> occurrences.Pattern:
    return occurrences.Pattern(
        meeting.id, meeting.rrule, meeting.first_on, meeting.starts_local, meeting.minutes, meeting.time_zone,
        meeting.attendance,
    )  # fmt: skip
