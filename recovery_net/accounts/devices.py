"""Devices that are signed in: beginning and ending their sessions, and what they are called."""

import re
import secrets
import uuid
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select, update

from recovery_net.accounts.events import SessionsEnded
from recovery_net.accounts.models import Account, DeviceSession
from recovery_net.accounts.tokens import token_hash
from recovery_net.core import clock, db
from recovery_net.core.errors import NotFound
from recovery_net.core.events import publish

UNUSED_FOR = timedelta(days=30)

# In this order: most browsers also claim to be the ones further down.
_BROWSERS = (
    ("Edge", r"\bEdg(e|A|iOS)?/"),
    ("Opera", r"\bOPR/|\bOPT/|\bOpera\b"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\bFirefox/|\bFxiOS/"),
    ("Chrome", r"\bChrome/|\bCriOS/|\bHeadlessChrome/"),
    ("Safari", r"\bSafari/"),
)
_SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Windows", r"\bWindows\b"),
    ("Mac", r"\bMac OS X\b|\bMacintosh\b"),
    ("Linux", r"\bLinux\b"),
)


def label_for(agent: str) -> str:
    """Two families out of what a browser says of itself, such as "Firefox on Android". The rest is not kept."""
    browser, system = _family(_BROWSERS, agent), _family(_SYSTEMS, agent)
    return f"{browser or 'A browser'} on {system}" if system else browser or "A browser"


def _family(families: tuple[tuple[str, str], ...], agent: str) -> str | None:
    return next((name for name, pattern in families if re.search(pattern, agent[:512])), None)


def begin(account: Account, label: str) -> tuple[DeviceSession, str]:
    """Sign a device in. The token is for its cookie; what is stored opens nothing."""
    token = secrets.token_urlsafe(32)
    device = DeviceSession(
        account_id=account.id,
        account=account,
        token_hash=token_hash(token),
        label=label,
        begun_on=clock.today(),
        seen_on=clock.today(),
    )
    db.session().add(device)
    return device, token


def devices_of(account: Account) -> list[DeviceSession]:
    """Where an account is signed in, last seen first."""
    found = select(DeviceSession).where(DeviceSession.account_id == account.id)
    return list(db.session().scalars(found.order_by(DeviceSession.seen_on.desc(), DeviceSession.label)))


def device_of(account: Account, device_id: uuid.UUID) -> DeviceSession:
    """One of an account's devices, as it is in this transaction."""
    found = db.session().get(DeviceSession, device_id)
    if found is None or found.account_id != account.id:
        raise NotFound()
    return found


def mark_seen(device_ids: Collection[uuid.UUID]) -> None:
    """Keep that these devices, and who holds them, were here today. Nothing finer is kept."""
    whose = select(DeviceSession.account_id).where(DeviceSession.id.in_(device_ids))
    for seen in (
        update(DeviceSession).where(DeviceSession.id.in_(device_ids)),
        update(Account).where(Account.id.in_(whose)),
    ):
        db.session().execute(seen.values(seen_on=clock.today()).execution_options(synchronize_session=False))


def end(account: Account, device_id: uuid.UUID) -> None:
    """Sign one of an account's devices out. One that is not there is signed out already."""
    _end(DeviceSession.account_id == account.id, DeviceSession.id == device_id)


def end_by_token(token: str) -> None:
    """Sign out the device that holds a token, without asking whose it is."""
    _end(DeviceSession.token_hash == token_hash(token))


def end_all(account: Account, *, but: uuid.UUID | None = None) -> None:
    """Sign an account out everywhere, or everywhere but on one device."""
    others = [DeviceSession.id != but] if but else []
    _end(DeviceSession.account_id == account.id, *others)


def end_unused() -> None:
    """Sign out what has not been used for a month."""
    _end(DeviceSession.seen_on < clock.today() - UNUSED_FOR)


def _end(*which: ColumnElement[bool]) -> None:
    ended = db.session().scalars(delete(DeviceSession).where(*which).returning(DeviceSession.id)).all()
    if ended:
        publish(SessionsEnded(tuple(ended)))
