"""Passphrases: what is too easy to guess, and argon2id at 19 MiB and two passes, both off the event loop.

Nothing here opens a transaction, and nobody should call it inside one: rating and hashing take a while.
"""

import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from recovery_net.accounts import words
from recovery_net.core.errors import Invalid
from recovery_net.core.i18n import N_
from recovery_net.core.offload import in_thread

SHORTEST, LONGEST = 10, 256
_STRONG_ENOUGH = 3  # of zxcvbn's 0 to 4: ten thousand million guesses
_READ_AT_MOST = 72  # characters that zxcvbn looks at
_OURS = ["recovery", "recoverynet", "sober", "sobriety", "serenity", "oneday", "onedayatatime"]

_TOO_SHORT = N_("Take at least 10 characters. A few words in a row are easy to keep in mind.")
_TOO_LONG = N_("That is longer than 256 characters. Half of it protects you just as well.")
_GUESSED = N_("That would be guessed too soon. Three or four unrelated words in a row work well.")
_COMMON = N_("That is on the lists that people try first. Three or four unrelated words in a row work well.")
_ONE_WORD = N_(
    "One word alone is guessed quickly. Put two or three beside it that have nothing to do with it."
)
_NAMES = N_("Names are among the first things tried. Add a few words that have nothing to do with you.")
_KEYS = N_("Keys that lie next to each other are tried early. A few unrelated words work better.")
_REPEATS = N_("Repeating something hardly makes it harder to guess. Add a few other words.")
_SEQUENCE = N_("A run like abc or 6543 is tried early. A few unrelated words work better.")
_DATES = N_("Years and dates are tried early. A few words that have nothing to do with you work better.")
_OWN_NAME = N_("Leave your pseudonym out of it: everyone can see that one.")

_ADVICE = {
    "This is a top-10 common password.": _COMMON,
    "This is a top-100 common password.": _COMMON,
    "This is a very common password.": _COMMON,
    "This is similar to a commonly used password.": _COMMON,
    "A word by itself is easy to guess.": _ONE_WORD,
    "Names and surnames by themselves are easy to guess.": _NAMES,
    "Common names and surnames are easy to guess.": _NAMES,
    "Straight rows of keys are easy to guess.": _KEYS,
    "Short keyboard patterns are easy to guess.": _KEYS,
    'Repeats like "aaa" are easy to guess.': _REPEATS,
    'Repeats like "abcabcabc" are only slightly harder to guess than "abc".': _REPEATS,
    'Sequences like "abc" or "6543" are easy to guess.': _SEQUENCE,
    "Recent years are easy to guess.": _DATES,
    "Dates are often easy to guess.": _DATES,
}

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked when there is nobody of that name, so that the answer takes as long.
_NOBODY = _hasher.hash(secrets.token_hex())


def objection(passphrase: str, pseudonym: str = "") -> str | None:
    """Why this passphrase will not do; None when it will."""
    if len(passphrase) < SHORTEST:
        return _TOO_SHORT
    if len(passphrase) > LONGEST:
        return _TOO_LONG
    known = [pseudonym, *pseudonym.replace("_", "-").replace(".", "-").split("-"), *_OURS]
    rated = in_thread(zxcvbn, passphrase[:_READ_AT_MOST], [word for word in known if word])
    if rated["score"] >= _STRONG_ENOUGH:
        return None
    if pseudonym and pseudonym.casefold() in passphrase.casefold():
        return _OWN_NAME
    return _ADVICE.get(rated["feedback"]["warning"], _GUESSED)


def check(passphrase: str, pseudonym: str, field: str = "passphrase") -> None:
    """Refuse a passphrase that will not do, beside the form's field."""
    if sentence := objection(passphrase, pseudonym):
        raise Invalid(fields={field: sentence})


def hashed(passphrase: str) -> str:
    """What is stored. Takes some 20 ms on a thread."""
    return in_thread(_hasher.hash, _bytes(passphrase))


def is_right(kept: str | None, passphrase: str) -> bool:
    """Whether the passphrase opens what is kept; takes as long when nothing is kept."""
    return in_thread(_verify, kept, _bytes(passphrase))


def _verify(kept: str | None, passphrase: bytes) -> bool:
    try:
        _hasher.verify(kept or _NOBODY, passphrase)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def _bytes(passphrase: str) -> bytes:
    """One spelling on every keyboard (composed letters, one kind of space); otherwise exactly as typed."""
    spaced = "".join(
        " " if unicodedata.category(sign) == "Zs" else sign for sign in passphrase[: LONGEST * 4]
    )
    return unicodedata.normalize("NFC", spaced).encode(errors="surrogatepass")


def made_up() -> str:
    """A passphrase for somebody else to be given: six words, 50 bits."""
    pool = sorted(words.BOTH)
    return " ".join(secrets.choice(pool) for _ in range(6))
