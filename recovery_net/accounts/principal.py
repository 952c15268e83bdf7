"""Who is asking. The session's row is looked up on every request and event: a revoked one holds nothing."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Flask, g, session
from flask_login import LoginManager, UserMixin, login_user
from flask_login import current_user as _login_user
from sqlalchemy import Select, Uuid, select, type_coerce

from recovery_net.accounts import devices
from recovery_net.accounts.models import Account, DeviceSession
from recovery_net.accounts.tokens import token_hash
from recovery_net.core import clock, db
from recovery_net.core.errors import SignInNeeded
from recovery_net.core.many import Many


@dataclass(slots=True, frozen=True)
class Principal(UserMixin):  # type: ignore[misc]
    """A signed-in device: what Flask-Login calls a user. Its id is the session's token."""

    token: str
    device: DeviceSession

    @property
    def account(self) -> Account:
        return self.device.account

    @property
    def device_id(self) -> uuid.UUID:
        return self.device.id

    @property
    def account_id(self) -> uuid.UUID:
        return self.device.account_id

    @property
    def pseudonym(self) -> str:
        return self.device.account.pseudonym

    def get_id(self) -> str:
        return self.token


def principal_for(token: str) -> Principal | None:
    """The signed-in device of a token, or None when the session has ended."""
    with db.reading() as opened:
        found = opened.scalar(select(DeviceSession).where(DeviceSession.token_hash == token_hash(token)))
    if found is None:
        return None
    if found.seen_on != clock.today():
        with db.transaction():  # at most once a day
            devices.mark_seen([found.id])
    return Principal(token, found)


def ended_sessions(device_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these devices are signed out by now."""
    with db.reading() as opened:
        asked, ended = _ended()
        return set(opened.scalars(ended, asked.given((device_id,) for device_id in device_ids)))


@db.per_engine
def _ended() -> tuple[Many, Select[uuid.UUID]]:
    asked = Many(Uuid())
    (device_id,) = asked.columns
    is_known = select(DeviceSession.id).where(DeviceSession.id == device_id).exists()
    return asked, select(type_coerce(device_id, Uuid())).select_from(asked.source).where(~is_known)


def current_account() -> Account:
    """The account that asks; `SignInNeeded` when there is none."""
    return current_principal().account


def current_principal() -> Principal:
    """The signed-in device that asks; `SignInNeeded` when there is none."""
    if not _login_user or not _login_user.is_authenticated:
        raise SignInNeeded()
    found: Principal = _login_user._get_current_object()
    return found


def authenticate() -> Principal | None:
    """Look the session of this request or socket up anew, whatever was known before."""
    token = session.get("_user_id")
    found = principal_for(token) if isinstance(token, str) else None
    if found is not None:
        g._login_user = found  # spares Flask-Login the second look-up
    return found


def enter(device: DeviceSession, token: str) -> None:
    """Sign this browser in. Nothing it held before stays, so a session cannot be planted."""
    session.clear()
    login_user(Principal(token, device))
    for name in ("_id", "_fresh"):  # the first is made of the address and the agent
        session.pop(name, None)
    session.permanent = True


def init(app: Flask) -> None:
    """Teach Flask-Login to find a person by the session's token."""
    login = LoginManager(app)
    login.session_protection = None  # binds to address and agent, which we neither trust nor keep
    login.user_loader(principal_for)
