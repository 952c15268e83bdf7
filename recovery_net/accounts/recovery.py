"""Recovery codes: ten, shown once, each good for one new passphrase. They stand where others have e-mail."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from recovery_net.accounts import devices
from recovery_net.accounts.models import Account, DeviceSession, RecoveryCode
from recovery_net.core import clock, db
from recovery_net.core.errors import Invalid
from recovery_net.core.i18n import N_

HOW_MANY = 10
SHOWN_FOR = timedelta(minutes=15)  # unless the device says earlier that they are written down
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_READ_AS = str.maketrans("OIL", "011", " -\t")

WRONG_CODE = N_("This name and this code do not belong together. Nothing was changed; each code works once.")


def issue_codes(account: Account, device: DeviceSession) -> None:
    """Ten new codes, to be shown on this device; the old ones are void."""
    codes = [_new_code() for _ in range(HOW_MANY)]
    db.session().execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    db.session().add_all(
        RecoveryCode(account_id=account.id, code_hash=_hash(account, code)) for code in codes
    )
    until = clock.now() + SHOWN_FOR
    device.fresh_codes = " ".join([until.isoformat(), *codes])


def fresh_codes(device: DeviceSession) -> list[str]:
    """The new codes while they may be shown on this device; later none."""
    until, *codes = device.fresh_codes.split() or [""]
    return codes if codes and clock.now() < datetime.fromisoformat(until) else []


def put_codes_away(device: DeviceSession) -> None:
    """They are written down: from now on only their hashes are kept."""
    device.fresh_codes = None


def put_old_codes_away() -> None:
    """Forget new codes that nobody has put away in time."""
    for device in db.session().scalars(
        select(DeviceSession).where(DeviceSession.fresh_codes_sealed.is_not(None))
    ):
        if not fresh_codes(device):
            put_codes_away(device)


def codes_left(account: Account) -> int:
    """How many codes still work."""
    count = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.account_id == account.id)
    return db.session().scalar(count) or 0


def recover(account: Account | None, code: str, new_hash: str) -> Account:
    """A new passphrase for a code; every device is signed out. One refusal for every reason."""
    if account is None or not _use(account, code):
        raise Invalid(WRONG_CODE)
    account.passphrase_hash = new_hash
    devices.end_all(account)
    return account


def _use(account: Account, code: str) -> bool:
    """Whoever removes the row has used the code; nobody else can."""
    one = delete(RecoveryCode).where(
        RecoveryCode.account_id == account.id, RecoveryCode.code_hash == _hash(account, code)
    )
    return db.session().execute(one.returning(RecoveryCode.id)).first() is not None


def _new_code() -> str:
    """Eighty bits in four groups."""
    signs = "".join(secrets.choice(_SIGNS) for _ in range(16))
    return "-".join(signs[start : start + 4] for start in range(0, 16, 4))


def _hash(account: Account, code: str) -> bytes:
    """Read kindly: case, spaces and look-alike signs do not matter. Bound to the account."""
    read = code[:100].upper().translate(_READ_AS)
    return hashlib.sha256(account.id.bytes + read.encode(errors="surrogatepass")).digest()
