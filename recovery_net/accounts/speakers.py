"""The people behind many sessions at once: as much of them as saying something needs, and nothing slower."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from recovery_net.accounts import devices
from recovery_net.accounts.guidelines import needs_guidelines
from recovery_net.accounts.models import Account, DeviceSession, Ranked
from recovery_net.accounts.tokens import token_hash
from recovery_net.core import clock, db


@dataclass(frozen=True, slots=True)
class Speaker(Ranked):
    """An account, as others see it and as the rules ask it."""

    id: uuid.UUID
    pseudonym: str
    avatar_seed: str
    role: str
    guidelines_version: int


_BEHIND = (
    select(
        DeviceSession.token_hash,
        DeviceSession.id,
        DeviceSession.seen_on,
        Account.id,
        Account.pseudonym,
        Account.avatar_seed,
        Account.role,
        Account.guidelines_version,
    )
    .join_from(DeviceSession, Account, Account.id == DeviceSession.account_id)
    .where(DeviceSession.token_hash.in_(bindparam("hashes", expanding=True)))
)


def speakers(tokens: Iterable[str]) -> dict[str, Speaker]:
    """Who may act with these tokens, as it is in this transaction; an ended session is not in the answer."""
    asked = {token_hash(token): token for token in tokens}
    found: dict[str, Speaker] = {}
    unseen = []
    for row in db.core().execute(_BEHIND, {"hashes": list(asked)}):
        hashed, device_id, seen_on, account_id, pseudonym, avatar_seed, role, agreed = row
        speaker = Speaker(account_id, pseudonym, avatar_seed, role, agreed)
        if not needs_guidelines(speaker):
            found[asked[bytes(hashed)]] = speaker
        if seen_on != clock.today():
            unseen.append(device_id)
    if unseen:
        devices.mark_seen(unseen)
    return found
