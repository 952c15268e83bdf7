"""Accounts, their recovery codes, and the devices they are signed in on."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, false
from sqlalchemy.orm import Mapped, relationship

from recovery_net.core.db import Base, Holds, SealedText, UtcDateTime, column


class Role(StrEnum):
    """What an account may do on the site. A sponsor is a relationship, not a role."""

    MEMBER = "member"
    COUNSELOR = "counselor"
    MODERATOR = "moderator"
    OPERATOR = "operator"


ONE_OF_THE_ROLES = "role in ({})".format(", ".join(f"'{role}'" for role in Role))


class HasRole(Protocol):
    """Whatever says which role somebody has."""

    @property
    def role(self) -> str: ...


class Ranked:
    """What a role means: of an account, and of the little of it that a message needs."""

    __slots__ = ()

    @property
    def is_operator(self: HasRole) -> bool:
        return self.role == Role.OPERATOR

    @property
    def keeps_rooms(self: HasRole) -> bool:
        """Whether this account may open rooms and look after all of them."""
        return self.role in {Role.MODERATOR, Role.OPERATOR}


class Account(Ranked, Base):
    """A pseudonym and what opens it. No mail address, no name, no time finer than a day."""

    __tablename__ = "accounts"
    __table_args__ = (CheckConstraint(ONE_OF_THE_ROLES, name="role"),)

    id: Mapped[uuid.UUID] = column(primary_key=True, holds=Holds.KEY)
    pseudonym: Mapped[str] = column(unique=True, holds=Holds.PSEUDONYM)
    skeleton: Mapped[str] = column(unique=True, holds=Holds.PSEUDONYM)  # look-alikes share it
    passphrase_hash: Mapped[str] = column(holds=Holds.HASH)
    role: Mapped[str] = column(default=Role.MEMBER, holds=Holds.STATE)
    avatar_seed: Mapped[str] = column(holds=Holds.STATE)  # random, never from the name
    time_zone: Mapped[str | None] = column(holds=Holds.STATE)
    locale: Mapped[str | None] = column(holds=Holds.STATE)
    guidelines_version: Mapped[int] = column(default=0, holds=Holds.STATE)
    joined_on: Mapped[date] = column(holds=Holds.DAY)
    seen_on: Mapped[date] = column(holds=Holds.DAY)
    is_settled: Mapped[bool] = column(default=False, holds=Holds.STATE)
    shows_presence: Mapped[bool] = column(default=False, server_default=false(), holds=Holds.STATE)


class RecoveryCode(Base):
    """One of ten codes, shown once. Only its hash is kept; using it removes the row."""

    __tablename__ = "recovery_codes"

    id: Mapped[uuid.UUID] = column(primary_key=True, holds=Holds.KEY)
    account_id: Mapped[uuid.UUID] = column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True, holds=Holds.KEY
    )
    code_hash: Mapped[bytes] = column(LargeBinary, unique=True, holds=Holds.HASH)


class DeviceSession(Base):
    """A device that is signed in. The cookie holds a token, this its hash: a copy of the table opens nothing."""

    __tablename__ = "device_sessions"

    id: Mapped[uuid.UUID] = column(primary_key=True, holds=Holds.KEY)
    account_id: Mapped[uuid.UUID] = column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True, holds=Holds.KEY
    )
    token_hash: Mapped[bytes] = column(LargeBinary, unique=True, holds=Holds.HASH)
    label: Mapped[str] = column(holds=Holds.STATE)  # coarse: "Firefox on Android"; never the agent itself
    begun_on: Mapped[date] = column(holds=Holds.DAY)
    seen_on: Mapped[date] = column(holds=Holds.DAY)
    # New recovery codes until this device says that they are written down, for some minutes at most.
    fresh_codes_sealed: Mapped[bytes | None] = column(LargeBinary, holds=Holds.SEALED)
    fresh_codes = SealedText()

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class SetupLink(Base):
    """The one-time link by which the first operator is made."""

    __tablename__ = "setup_links"

    id: Mapped[uuid.UUID] = column(primary_key=True, holds=Holds.KEY)
    token_hash: Mapped[bytes] = column(LargeBinary, unique=True, holds=Holds.HASH)


class Invitation(Base):
    """Where registration is by invitation: a link that works so many times, until a day."""

    __tablename__ = "invitations"
    __table_args__ = (CheckConstraint("uses_left >= 0", name="uses_left"),)

    id: Mapped[uuid.UUID] = column(primary_key=True, holds=Holds.KEY)
    token_hash: Mapped[bytes] = column(LargeBinary, unique=True, holds=Holds.HASH)
    made_by_id: Mapped[uuid.UUID] = column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True, holds=Holds.KEY
    )
    uses_left: Mapped[int] = column(holds=Holds.STATE)
    expires_at: Mapped[datetime] = column(UtcDateTime, holds=Holds.TIME)
