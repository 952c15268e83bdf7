"""What people do with accounts. Names are found by their look: `Quiet River 27` is quiet-river-27."""

import secrets
import uuid
from collections.abc import Collection

from sqlalchemy import Select, Uuid, select
from sqlalchemy.exc import IntegrityError

from recovery_net.accounts import devices, guidelines, names, zones
from recovery_net.accounts.events import AccountChanged, AccountErased
from recovery_net.accounts.models import Account, DeviceSession, Role
from recovery_net.core import clock, db
from recovery_net.core.errors import Invalid, NotFound
from recovery_net.core.events import publish
from recovery_net.core.i18n import N_
from recovery_net.core.many import Many

WRONG = N_("This name and this passphrase do not belong together. Look at both again.")
WRONG_PASSPHRASE = N_("That is not your passphrase. Nothing was changed.")


def account_named(pseudonym: str) -> Account | None:
    """The account of a name, however it is spelled."""
    look = names.skeleton(pseudonym)
    return db.session().scalar(select(Account).where(Account.skeleton == look)) if look else None


def suggest_pseudonyms(count: int) -> list[str]:
    """Free names to choose from."""
    drawn = {names.skeleton(name): name for name in (names.suggestion() for _ in range(count + 8))}
    taken = set(db.session().scalars(select(Account.skeleton).where(Account.skeleton.in_(drawn))))
    return [name for look, name in drawn.items() if look not in taken][:count]


def check_application(pseudonym: str, weakness: str | None) -> None:
    """Refuse a name or a passphrase that will not do, each with its sentence, before the slow work begins.

    What is weak about the passphrase comes from `passphrases.objection`, which is too slow to be asked in here.
    """
    objection = names.objection(pseudonym) or (names.TAKEN if account_named(pseudonym) else None)
    fields = {"pseudonym": objection, "passphrase": weakness}
    if objection or weakness:
        told = {name: sentence for name, sentence in fields.items() if sentence}
        raise Invalid(fields=told, suggestion=suggest_pseudonyms(1)[0])


def add_account(
    pseudonym: str, passphrase_hash: str, *, role: str = Role.MEMBER, is_settled: bool = False
) -> Account:
    """A new account that has agreed to the guidelines. The name is unique by its look."""
    if misfit := names.misfit(pseudonym):
        raise Invalid(fields={"pseudonym": misfit}, suggestion=names.suggestion())
    account = Account(
        pseudonym=names.clean(pseudonym),
        skeleton=names.skeleton(pseudonym),
        passphrase_hash=passphrase_hash,
        role=role,
        avatar_seed=secrets.token_hex(8),
        guidelines_version=guidelines.VERSION,
        joined_on=clock.today(),
        seen_on=clock.today(),
        is_settled=is_settled,
    )
    if account_named(pseudonym) is not None or not _is_added(account):
        raise Invalid(fields={"pseudonym": names.TAKEN}, suggestion=names.suggestion())
    return account


def _is_added(account: Account) -> bool:
    """False when somebody else took the name in this very moment."""
    try:
        db.session().add(account)
        db.session().flush()
    except IntegrityError:
        return False
    return True


def sign_in(proven: Account, label: str) -> tuple[DeviceSession, str]:
    """Begin a session for an account whose passphrase was shown, unless that changed in the meantime."""
    account = db.session().get(Account, proven.id)
    if account is None or account.passphrase_hash != proven.passphrase_hash:
        raise Invalid(WRONG)
    return devices.begin(account, label)


def account_of(account_id: uuid.UUID) -> Account:
    """The account as it is in this transaction."""
    found = db.session().get(Account, account_id)
    if found is None:
        raise NotFound()
    return found


def agree(actor: Account) -> None:
    """Agree to the guidelines as they are now."""
    account_of(actor.id).guidelines_version = guidelines.VERSION


def change_passphrase(actor: Account, new_hash: str, keep: uuid.UUID) -> None:
    """A new passphrase; every device but this one is signed out."""
    account_of(actor.id).passphrase_hash = new_hash
    devices.end_all(actor, but=keep)


def choose_time_zone(actor: Account, zone: str) -> None:
    """The zone in which this person reads times; an empty one leaves it to the device."""
    if zone and zone not in zones.known():
        raise Invalid(fields={"time_zone": N_("This time zone is not known here. Pick one from the list.")})
    account_of(actor.id).time_zone = zone or None


def choose_presence(actor: Account, *, is_shown: bool) -> None:
    """Whether those in the same room may see that this person is here."""
    account_of(actor.id).shows_presence = is_shown
    publish(AccountChanged(actor.id))


def names_shown(account_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The pseudonyms of those among these accounts who show when they are here."""
    asked, shown = _shown()
    rows = db.session().execute(shown, asked.given((account_id,) for account_id in account_ids))
    return {row.id: row.pseudonym for row in rows}


@db.per_engine
def _shown() -> tuple[Many, Select[uuid.UUID, str]]:
    asked = Many(Uuid())
    (account_id,) = asked.columns
    shown = select(Account.id, Account.pseudonym).select_from(asked.source)
    return asked, shown.join(Account, Account.id == account_id).where(Account.shows_presence)


def change_role(account: Account, role: Role) -> None:
    """Another role, from the next request on."""
    account_of(account.id).role = role
    publish(AccountChanged(account.id))


def erase_account(account: Account) -> None:
    """Remove the account with its codes, devices and invitations."""
    devices.end_all(account)
    db.session().delete(account_of(account.id))
    publish(AccountErased(account.id))
