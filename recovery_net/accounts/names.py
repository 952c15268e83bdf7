"""Pseudonyms: what may be one, what looks too much like a person, and calm ones to choose from."""

import re
import secrets
import unicodedata
from functools import cache

from zxcvbn.matching import RANKED_DICTIONARIES

from recovery_net.accounts import words
from recovery_net.accounts.given_names import GIVEN_NAMES
from recovery_net.accounts.skeletons import crosses_scripts, folded, skeleton
from recovery_net.core.i18n import N_

__all__ = ["TAKEN", "clean", "misfit", "objection", "skeleton", "suggestion"]

SHORTEST, LONGEST = 3, 32

TAKEN = N_("That name is taken, or too close to one that is. How about %(suggestion)s?")
_EMPTY = N_("Choose a name to be known by. How about %(suggestion)s?")
_LENGTH = N_("A name has 3 to 32 characters. How about %(suggestion)s?")
_SHAPE = N_("Use letters and digits, with a single - _ or . between them. How about %(suggestion)s?")
_MAIL = N_("That looks like a mail address, and nobody needs one here. How about %(suggestion)s?")
_PHONE = N_("That looks like a phone number, and nobody needs one here. How about %(suggestion)s?")
_REAL = N_("That looks like a real name, and nobody needs one here. How about %(suggestion)s?")
_STAFF = N_("That name could be mistaken for the people who run this place. How about %(suggestion)s?")

_TEN_TO_99 = [number for number in range(10, 100) if number not in {14, 18, 69, 88}]  # not those
_SEPARATORS = re.compile(r"[\s\-_.]+")
_RESERVED = "moderator counselor counsellor operator administrator recoverynet helpnow crisisline therapist"
_RESERVED_WORDS = (
    "admin mod mods root staff system support official help sponsor nobody everyone everybody null"
)


def suggestion() -> str:
    """A calm name that nobody is likely to have: word-word-number."""
    first, second = secrets.choice(words.FIRST), secrets.choice(words.SECOND)
    return f"{first}-{second}-{secrets.choice(_TEN_TO_99)}"


def clean(typed: str) -> str:
    """The name as it is stored and shown."""
    return unicodedata.normalize("NFKC", typed[:200]).strip()


def misfit(typed: str) -> str | None:
    """Why this cannot be a name at all; None when it can."""
    name = clean(typed)
    if not name:
        return _EMPTY
    if not _is_well_formed(name):
        return _SHAPE
    if not SHORTEST <= len(name) <= LONGEST:
        return _LENGTH
    return None


def objection(typed: str) -> str | None:
    """Why this should not be somebody's name here; None when it is fine. Asks nothing about other members."""
    name = clean(typed)
    if "@" in name:
        return _MAIL
    if re.search(r"\d{7}", re.sub(r"[\s\-_.()+/]+", "", name)):
        return _PHONE
    if _looks_real(name):
        return _REAL
    if is_misfit := misfit(typed):
        return is_misfit
    if _sounds_official(name):
        return _STAFF
    return TAKEN if crosses_scripts(name) else None


def _is_well_formed(name: str) -> bool:
    """Letters and digits of any script, marks where a script needs them, and single separators between."""
    parts = re.split(r"[-_.]", name)
    if not all(part and part[0].isalnum() for part in parts):
        return False
    letters = "".join(parts)
    return any(sign.isalpha() for sign in letters) and all(
        sign.isalpha() or sign.isdecimal() or unicodedata.category(sign) in {"Mn", "Mc"} for sign in letters
    )


def _sounds_official(name: str) -> bool:
    look = skeleton(name)
    parts = {skeleton(part.rstrip("0123456789")) for part in _SEPARATORS.split(name)}
    if any(word in look for word in _looks_of(_RESERVED)):
        return True
    return not parts.isdisjoint(_looks_of(_RESERVED_WORDS))


@cache
def _looks_of(text: str) -> frozenset[str]:
    return frozenset(skeleton(word) for word in text.split())


def _looks_real(name: str) -> bool:
    """A guess: a given name beside another word, or capitalised words, the last of them no plain one."""
    typed = _name_words(name)
    if len(typed) not in {2, 3}:
        return False
    is_titled = all(word[0].isupper() and word[1:].islower() for word in (typed[0], typed[-1]))
    bare = [_bare(word) for word in typed]
    given = {word for word in (bare[0], bare[-1]) if word in GIVEN_NAMES}
    if given:
        return is_titled or not any(_is_plain_word(word) for word in bare if word not in given)
    return is_titled and not _is_plain_word(bare[-1]) and bare[-1] not in RANKED_DICTIONARIES["passwords"]


def _name_words(name: str) -> list[str]:
    """The words in `Maria Gonzalez`, `john.smith82`, `JohnSmith`; none when there is more to it."""
    spaced = re.sub(r"(?<=[^\W\d_A-Z])(?=[A-Z])", " ", name).rstrip("0123456789")
    found = [word for word in _SEPARATORS.split(spaced) if word]
    are_words = all(len(word) > 1 and re.sub("['’]", "", word).isalpha() for word in found)
    return found if are_words else []


def _bare(word: str) -> str:
    """Without case and accents."""
    signs = unicodedata.normalize("NFD", folded(word))
    return "".join(sign for sign in signs if not unicodedata.combining(sign))


def _is_plain_word(word: str) -> bool:
    # The word lists that rate passphrases put names in lists of their own.
    lists = ("english_wikipedia", "us_tv_and_film")
    return word in words.BOTH or any(word in RANKED_DICTIONARIES[name] for name in lists)
