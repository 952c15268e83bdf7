"""Meetings as lists state them, the dates they fall on next, and what lists have been read."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped
from sqlalchemy.types import TypeDecorator

from recovery_net.core.db import Base, Holds, SealedText, UtcDateTime, column
from recovery_net.meetings.rules import Rule

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Minutes(TypeDecorator[datetime]):
    """Aware UTC moments by the minute, stored as a number: both engines can then reckon weekday and time of day."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        return None if value is None else minute_number(value)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(minutes=value)


def minute_number(moment: datetime) -> int:
    """Whole minutes since 1970."""
    return int((moment - _EPOCH).total_seconds() // 60)


class MeetingSource(Base):
    """A list that was read. `revision` grows with every change to its meetings."""

    __tablename__ = "meeting_sources"

    id: Mapped[uuid.UUID] = column(primary_key=True, holds=Holds.KEY)
    name: Mapped[str] = column(
        unique=True, holds=Holds.PUBLIC
    )  # file name, address, or as its keeper calls it
    kind: Mapped[str] = column(holds=Holds.STATE)
    time_zone: Mapped[str | None] = column(holds=Holds.STATE)  # as said on import, for rows that say none
    program: Mapped[str] = column(holds=Holds.STATE)
    revision: Mapped[int] = column(default=0, holds=Holds.STATE)
    imported_at: Mapped[datetime] = column(UtcDateTime, holds=Holds.TIME)


class Meeting(Base):
    """A listing that recurs by its rule, in its own zone; without a rule it is by appointment."""

    __tablename__ = "meetings"
    __table_args__ = (
        UniqueConstraint("source_id", "source_key"),
        CheckConstraint("(rrule is null) = (starts_local is null)", name="when"),
        Index("ix_meetings_latitude_longitude", "latitude", "longitude"),
        Index("ix_meetings_is_scheduled_name", "is_scheduled", "name"),
        Index("ix_meetings_attendance", "attendance"),
        Index("ix_meetings_program", "program"),
    )

    id: Mapped[uuid.UUID] = column(primary_key=True, holds=Holds.KEY)
    number: Mapped[int] = column(unique=True, holds=Holds.KEY)  # what the full-text index calls it
    slug: Mapped[str] = column(unique=True, holds=Holds.PUBLIC)
    source_id: Mapped[uuid.UUID] = column(
        ForeignKey("meeting_sources.id", ondelete="CASCADE"), holds=Holds.KEY
    )
    source_key: Mapped[str] = column(holds=Holds.PUBLIC)
    digest: Mapped[bytes] = column(LargeBinary, holds=Holds.HASH)  # of the listing: equal means unchanged

    name: Mapped[str] = column(holds=Holds.PUBLIC)
    program: Mapped[str] = column(holds=Holds.PUBLIC)
    rrule: Mapped[str | None] = column(holds=Holds.PUBLIC)
    first_on: Mapped[date | None] = column(holds=Holds.PUBLIC)  # where the rule skips weeks or months
    starts_local: Mapped[time | None] = column(holds=Holds.PUBLIC)
    minutes: Mapped[int] = column(holds=Holds.PUBLIC)
    time_zone: Mapped[str] = column(holds=Holds.PUBLIC)
    attendance: Mapped[str] = column(holds=Holds.PUBLIC)
    location: Mapped[str] = column(holds=Holds.PUBLIC)
    location_notes: Mapped[str] = column(holds=Holds.PUBLIC)
    address: Mapped[str] = column(holds=Holds.PUBLIC)
    is_approximate: Mapped[bool] = column(holds=Holds.PUBLIC)
    regions: Mapped[list[str]] = column(JSON, holds=Holds.PUBLIC)
    latitude: Mapped[float | None] = column(holds=Holds.PUBLIC)
    longitude: Mapped[float | None] = column(holds=Holds.PUBLIC)
    notes: Mapped[str] = column(holds=Holds.PUBLIC)
    group_name: Mapped[str] = column(holds=Holds.PUBLIC)
    group_notes: Mapped[str] = column(holds=Holds.PUBLIC)
    url: Mapped[str] = column(holds=Holds.PUBLIC)
    service_address: Mapped[str] = column(holds=Holds.PUBLIC)  # of the conference, bare: opens nothing
    extra: Mapped[dict[str, str]] = column(JSON, holds=Holds.PUBLIC)
    is_scheduled: Mapped[bool] = column(holds=Holds.PUBLIC)  # has occurrences: not by appointment, not paused
    is_joinable: Mapped[bool] = column(holds=Holds.PUBLIC)  # there is a link or a number, for members
    is_veiled: Mapped[bool] = column(
        holds=Holds.STATE
    )  # its words give away how to join: strangers see them covered
    words: Mapped[str] = column(holds=Holds.PUBLIC)  # folded, for the full-text index
    joining_sealed: Mapped[bytes | None] = column(LargeBinary, holds=Holds.SEALED)
    contacts_sealed: Mapped[bytes | None] = column(LargeBinary, holds=Holds.SEALED)
    updated_at: Mapped[datetime | None] = column(UtcDateTime, holds=Holds.TIME)

    joining = SealedText()  # JSON: links, numbers, passcodes, payment
    contacts = SealedText()  # JSON: the list's keepers; never shown, never exported

    @property
    def rule(self) -> Rule | None:
        return Rule(self.rrule, self.first_on) if self.rrule else None


class MeetingType(Base):
    """A type code, with the program that gives it its meaning."""

    __tablename__ = "meeting_types"
    __table_args__ = (Index("ix_meeting_types_code_meeting_id", "code", "meeting_id"),)

    meeting_id: Mapped[uuid.UUID] = column(
        ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True, holds=Holds.KEY
    )
    code: Mapped[str] = column(primary_key=True, holds=Holds.PUBLIC)
    position: Mapped[int] = column(holds=Holds.STATE)
    program: Mapped[str] = column(holds=Holds.PUBLIC)


class MeetingRegion(Base):
    """One level of where a meeting is, folded for finding."""

    __tablename__ = "meeting_regions"
    __table_args__ = (Index("ix_meeting_regions_folded_meeting_id", "folded", "meeting_id"),)

    meeting_id: Mapped[uuid.UUID] = column(
        ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True, holds=Holds.KEY
    )
    folded: Mapped[str] = column(primary_key=True, holds=Holds.PUBLIC)


class MeetingException(Base):
    """A date on which the rule does not hold: cancelled, or moved to another local time."""

    __tablename__ = "meeting_exceptions"

    meeting_id: Mapped[uuid.UUID] = column(
        ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True, holds=Holds.KEY
    )
    on: Mapped[date] = column(primary_key=True, holds=Holds.PUBLIC)
    moved_to: Mapped[datetime | None] = column(holds=Holds.PUBLIC)
    is_listed: Mapped[bool] = column(
        holds=Holds.STATE
    )  # the list says so; else it was said here, and imports keep it


class Occurrence(Base):
    """One sitting. It is on the list from the end of the one before it (same weekday) to its own end."""

    __tablename__ = "meeting_occurrences"
    __table_args__ = (
        # In the list's own order, with all that it asks: a page is read from the index alone.
        Index("ix_meeting_occurrences_starts_at", "starts_at", "meeting_id", "ends_at", "shown_from"),
    )

    meeting_id: Mapped[uuid.UUID] = column(
        ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True, holds=Holds.KEY
    )
    on: Mapped[date] = column(primary_key=True, holds=Holds.PUBLIC)  # the rule's date, in the meeting's zone
    starts_at: Mapped[datetime] = column(Minutes, holds=Holds.TIME)
    ends_at: Mapped[datetime] = column(Minutes, holds=Holds.TIME)
    shown_from: Mapped[datetime] = column(Minutes, holds=Holds.TIME)
    is_cancelled: Mapped[bool] = column(holds=Holds.PUBLIC)


class MeetingFacet(Base):
    """What there is to filter by, counted on import."""

    __tablename__ = "meeting_facets"

    kind: Mapped[str] = column(primary_key=True, holds=Holds.STATE)  # "program", "type", "region"
    program: Mapped[str] = column(primary_key=True, holds=Holds.PUBLIC)
    value: Mapped[str] = column(primary_key=True, holds=Holds.PUBLIC)
    meetings: Mapped[int] = column(holds=Holds.STATE)


def table_of(model: type[Base]) -> Table:
    """The table of a model, for writing in bulk."""
    found = model.__table__
    assert isinstance(found, Table)
    return found


Values = dict[str, Any]  # a row for a bulk insert
