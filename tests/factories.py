"""Makers of things for tests. They write what the services would, without the ceremony."""

import itertools
import secrets
from typing import Any

from flask.testing import FlaskClient

from recovery_net.accounts import guidelines
from recovery_net.accounts.models import Account, DeviceSession, Role
from recovery_net.accounts.principal import token_hash
from recovery_net.accounts.skeletons import skeleton
from recovery_net.core import clock, db
from recovery_net.rooms.models import Access, Membership, Room, Standing

_numbers = itertools.count(10)


def make_account(pseudonym: str | None = None, role: str = Role.MEMBER, **more: Any) -> Account:
    """A settled account that nobody can sign in to with a passphrase (`sign_in` fixture does)."""
    pseudonym = pseudonym or f"still-water-{next(_numbers)}"
    account = Account(
        pseudonym=pseudonym,
        skeleton=skeleton(pseudonym),
        passphrase_hash="!",
        role=role,
        avatar_seed=secrets.token_hex(8),
        guidelines_version=guidelines.VERSION,
        joined_on=clock.today(),
        seen_on=clock.today(),
        is_settled=True,
    )
    for name, value in more.items():
        setattr(account, name, value)
    with db.transaction() as session:
        session.add(account)
    return account


def make_room(slug: str | None = None, access: str = Access.OPEN, **more: Any) -> Room:
    """A room."""
    slug = slug or f"room-{next(_numbers)}"
    room = Room(slug=slug, name=more.pop("name", slug.replace("-", " ").capitalize()), access=access, **more)
    with db.transaction() as session:
        session.add(room)
    return room


def make_membership(
    room: Room, account: Account, standing: str = Standing.ACTIVE, *, is_host: bool = False
) -> Membership:
    """Someone in a room."""
    member = Membership(
        room_id=room.id, account_id=account.id, standing=standing, is_host=is_host, since=clock.today()
    )
    with db.transaction() as session:
        session.add(member)
    return member


def sign_in_device(client: FlaskClient, account: Account) -> DeviceSession:
    """Sign a test browser in."""
    token = secrets.token_urlsafe(32)
    device = DeviceSession(
        account_id=account.id,
        token_hash=token_hash(token),
        label="Firefox on Linux",
        begun_on=clock.today(),
        seen_on=clock.today(),
    )
    with db.transaction() as session:
        session.add(device)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return device
