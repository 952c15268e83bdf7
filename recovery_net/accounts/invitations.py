"""Invitations: links by which others join where registration is not open. Counted, and gone after a week."""

import secrets
import uuid
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from recovery_net.accounts import policy
from recovery_net.accounts.models import Account, Invitation
from recovery_net.accounts.tokens import token_hash
from recovery_net.core import clock, db
from recovery_net.core.errors import Invalid, require
from recovery_net.core.i18n import N_

GOOD_FOR = timedelta(days=7)
MOST_USES = 20

NOT_OPEN = N_("This invitation is not open, or not any more. Ask whoever sent it for a new one.")


def make_invitation(actor: Account, uses: int) -> str:
    """The token of a new link, good for so many people."""
    require(policy.may_invite(actor))
    if not 1 <= uses <= MOST_USES:
        raise Invalid(fields={"uses": N_("An invitation is for 1 to 20 people.")})
    token = secrets.token_urlsafe(24)
    expires_at = clock.now() + GOOD_FOR
    db.session().add(
        Invitation(token_hash=token_hash(token), made_by_id=actor.id, uses_left=uses, expires_at=expires_at)
    )
    return token


def invitations_of(actor: Account) -> list[Invitation]:
    """The actor's links that still work."""
    require(policy.may_invite(actor))
    mine = select(Invitation).where(Invitation.made_by_id == actor.id, _still_open())
    return list(db.session().scalars(mine.order_by(Invitation.expires_at)))


def end_invitation(actor: Account, invitation_id: uuid.UUID) -> None:
    """Close one of the actor's links."""
    require(policy.may_invite(actor))
    one = delete(Invitation).where(Invitation.id == invitation_id, Invitation.made_by_id == actor.id)
    db.session().execute(one)


def use_invitation(token: str) -> None:
    """Count one person in. Used up, expired and made-up links get the same answer."""
    one = update(Invitation).where(Invitation.token_hash == token_hash(token), _still_open())
    counted = one.values(uses_left=Invitation.uses_left - 1).returning(Invitation.id)
    if db.session().execute(counted).first() is None:
        raise Invalid(NOT_OPEN)


def is_open(token: str) -> bool:
    """Whether a link works now."""
    one = select(Invitation.id).where(Invitation.token_hash == token_hash(token), _still_open())
    return db.session().scalar(one) is not None


def drop_closed() -> None:
    """Remove links that nobody can use any more."""
    closed = or_(Invitation.uses_left <= 0, Invitation.expires_at <= clock.now())
    db.session().execute(delete(Invitation).where(closed))


def _still_open() -> ColumnElement[bool]:
    return and_(Invitation.uses_left > 0, Invitation.expires_at > clock.now())
