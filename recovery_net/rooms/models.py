"""Rooms and who belongs to them. What is said there is in the room's log (`realtime.log`)."""

import uuid
from datetime import date
from enum import StrEnum
from typing import Protocol

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from recovery_net.accounts.models import Account
from recovery_net.core.db import Base, Holds, SealedText, column
from recovery_net.realtime.log import HasLog


class Access(StrEnum):
    """How one comes in."""

    OPEN = "open"  # any member reads and speaks
    REQUEST = "request"  # listed; a host lets you in
    PRIVATE = "private"  # invisible but to those who were asked in


class Standing(StrEnum):
    """Where a person stands with a room."""

    ACTIVE = "active"
    REQUESTED = "requested"
    INVITED = "invited"


class Room(HasLog):
    """A place to talk."""

    __tablename__ = "rooms"
    __table_args__ = (CheckConstraint("access in ('open', 'request', 'private')", name="access"),)

    slug: Mapped[str] = column(unique=True, holds=Holds.PUBLIC)
    name: Mapped[str] = column(holds=Holds.PUBLIC)
    access: Mapped[str] = column(default=Access.OPEN, holds=Holds.STATE)
    topic_sealed: Mapped[bytes | None] = column(LargeBinary, holds=Holds.SEALED)
    guidelines_sealed: Mapped[bytes | None] = column(LargeBinary, holds=Holds.SEALED)
    retention_days: Mapped[int] = column(default=90, holds=Holds.STATE)

    topic = SealedText()
    guidelines = SealedText()


class HasStanding(Protocol):
    """Whatever says where a person stands with a room."""

    @property
    def standing(self) -> str: ...


class Belongs:
    """What a standing means: of a membership, and of the little of it that a message needs."""

    __slots__ = ()

    @property
    def is_active(self: HasStanding) -> bool:
        return self.standing == Standing.ACTIVE


class Membership(Belongs, Base):
    """One person in one room."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("room_id", "account_id"),
        CheckConstraint("standing in ('active', 'requested', 'invited')", name="standing"),
    )

    id: Mapped[uuid.UUID] = column(primary_key=True, holds=Holds.KEY)
    room_id: Mapped[uuid.UUID] = column(ForeignKey("rooms.id", ondelete="CASCADE"), holds=Holds.KEY)
    account_id: Mapped[uuid.UUID] = column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True, holds=Holds.KEY
    )
    standing: Mapped[str] = column(default=Standing.ACTIVE, holds=Holds.STATE)
    is_host: Mapped[bool] = column(default=False, holds=Holds.STATE)
    read_seq: Mapped[int] = column(default=0, holds=Holds.STATE)
    since: Mapped[date] = column(holds=Holds.DAY)
    note_sealed: Mapped[bytes | None] = column(LargeBinary, holds=Holds.SEALED)

    note = SealedText()  # what a person wrote when asking to come in
    room: Mapped[Room] = relationship()
    account: Mapped[Account] = relationship()
