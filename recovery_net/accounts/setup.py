"""The first operator: a one-time link, printed at the start while there is none."""

import secrets

from sqlalchemy import delete, exists, select

from recovery_net.accounts import service
from recovery_net.accounts.models import Account, Role, SetupLink
from recovery_net.accounts.tokens import token_hash
from recovery_net.core import db
from recovery_net.core.errors import NotFound


def setup_link() -> str | None:
    """The path of a fresh link, which replaces the one before; None when there is an operator."""
    with db.transaction() as session:
        if _has_operator():
            return None
        token = secrets.token_urlsafe(32)
        session.execute(delete(SetupLink))
        session.add(SetupLink(token_hash=token_hash(token)))
    return f"/set-up/{token}"


def check_link(token: str) -> None:
    """`NotFound` unless the link would work now. Used, replaced and made-up ones are told apart by nobody."""
    link = select(exists().where(SetupLink.token_hash == token_hash(token)))
    if _has_operator() or not db.session().scalar(link):
        raise NotFound()


def make_operator(token: str, pseudonym: str, passphrase_hash: str) -> Account:
    """Use the link up."""
    check_link(token)
    used = delete(SetupLink).where(SetupLink.token_hash == token_hash(token)).returning(SetupLink.id)
    if db.session().execute(used).first() is None:
        raise NotFound()
    return service.add_account(pseudonym, passphrase_hash, role=Role.OPERATOR, is_settled=True)


def _has_operator() -> bool:
    return bool(db.session().scalar(select(exists().where(Account.role == Role.OPERATOR))))
