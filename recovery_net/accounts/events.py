"""What others may want to know about accounts, after the commit."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionsEnded:
    """These devices are signed out: whatever they hold open closes."""

    device_ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """Another role, or another choice about being shown: whatever was allowed is looked at again."""

    account_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class AccountErased:
    """The account and its rows are gone. What it said stays, as a former member's."""

    account_id: uuid.UUID
