"""The people behind many sessions at once: as much of them as saying something needs, and nothing slower."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause

from recovery_net.accounts import devices
from recovery_net.accounts.guidelines import needs_guidelines
from recovery_net.accounts.models import Account, DeviceSession, Ranked
from recovery_net.core import clock


@dataclass(frozen=True, slots=True)
class Speaker(Ranked):
    """An account, as others see it and as the rules ask it."""

    id: uuid.UUID
    pseudonym: str
    avatar_seed: str
    role: str
    guidelines_version: int


COLUMNS: tuple[Any, ...] = (
    DeviceSession.id,
    DeviceSession.seen_on,
    Account.id,
    Account.pseudonym,
    Account.avatar_seed,
    Account.role,
    Account.guidelines_version,
)


def behind(asked: FromClause, hashed: ColumnElement[Any]) -> FromClause:
    """Who may act with each token that is asked for, by its hash: a part of a larger question, for `COLUMNS`."""
    holds = asked.outerjoin(DeviceSession, DeviceSession.token_hash == hashed)
    return holds.outerjoin(Account, Account.id == DeviceSession.account_id)


def speakers(rows: Iterable[Sequence[Any]]) -> list[Speaker | None]:
    """The person of each row of `COLUMNS`; nobody where the session is over. Whoever is here is seen today."""
    today = clock.today()
    found: list[Speaker | None] = []
    unseen: set[uuid.UUID] = set()
    for device_id, seen_on, *account in rows:
        speaker = None if device_id is None else Speaker(*account)
        if device_id is not None and seen_on != today:
            unseen.add(device_id)
        found.append(None if speaker is None or needs_guidelines(speaker) else speaker)
    if unseen:
        devices.mark_seen(unseen)
    return found
