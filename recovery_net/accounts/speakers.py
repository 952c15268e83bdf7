"""The people behind many sessions at once: as much of them as saying something needs, and nothing slower."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Date, Integer, LargeBinary, Select, bindparam, case, select

from recovery_net.accounts import devices
from recovery_net.accounts.guidelines import needs_guidelines
from recovery_net.accounts.models import Account, DeviceSession, Ranked
from recovery_net.accounts.tokens import token_hash
from recovery_net.core import clock, db
from recovery_net.core.many import Many


@dataclass(frozen=True, slots=True)
class Speaker(Ranked):
    """An account, as others see it and as the rules ask it."""

    id: uuid.UUID
    pseudonym: str
    avatar_seed: str
    role: str
    guidelines_version: int


@db.per_engine
def _behind() -> tuple[Many, Select[*tuple[Any, ...]]]:
    asked = Many(Integer(), LargeBinary())
    number, hashed = asked.columns
    statement = (
        select(
            number,
            case((DeviceSession.seen_on != bindparam("today", type_=Date()), DeviceSession.id)),
            Account.id,
            Account.pseudonym,
            Account.avatar_seed,
            Account.role,
            Account.guidelines_version,
        )
        .select_from(asked.source)
        .join(DeviceSession, DeviceSession.token_hash == hashed)
        .join(Account, Account.id == DeviceSession.account_id)
    )
    return asked, statement


def speakers(tokens: Iterable[str]) -> dict[str, Speaker]:
    """Who may act with these tokens, as it is in this transaction; an ended session is not in the answer."""
    many, statement = _behind()
    asked = list(dict.fromkeys(tokens))
    given = many.given((number, token_hash(token)) for number, token in enumerate(asked))
    found: dict[str, Speaker] = {}
    unseen = []
    for row in db.core().execute(statement, given | {"today": clock.today()}):
        number, unseen_id, account_id, pseudonym, avatar_seed, role, agreed = row
        speaker = Speaker(account_id, pseudonym, avatar_seed, role, agreed)
        if not needs_guidelines(speaker):
            found[asked[number]] = speaker
        if unseen_id is not None:
            unseen.append(unseen_id)
    if unseen:
        devices.mark_seen(unseen)
    return found
