"""What a name looks like: two names that could be taken for each other have the same skeleton.

Unicode's table of look-alikes (UTS 39) is folded to one sign a family. A name of one alphabet that could be
read in another (Cyrillic "сосо") is found by `crosses_scripts` instead: its capitals and small letters look
like different things, and no single skeleton holds for both.
"""

import unicodedata
from functools import lru_cache

from confusable_homoglyphs import categories, confusables

_MARKS = "\u200e\u200f"  # the table wraps right-to-left signs in these
_OURS = {"i": "l"}  # one stroke or a stroke with a dot: not in the table, alike on a small screen
_PAIRS = (("vv", "w"), ("cl", "d"))
_WRITTEN_TOGETHER = {"HAN", "HIRAGANA", "KATAKANA", "BOPOMOFO", "HANGUL"}
_IN_EVERY_SCRIPT = {"COMMON", "INHERITED"}


def folded(name: str) -> str:
    """One spelling of what was typed: compatibility forms, case and composition no longer matter."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name[:200]).casefold())


def skeleton(name: str) -> str:
    """The look of a name: case, separators, accents and look-alike signs no longer matter."""
    before, after = "", _drawn(folded(name))
    while before != after:  # a look-alike may itself fall apart into a sign and an accent
        before, after = after, _drawn(after)
    return after


def crosses_scripts(name: str) -> bool:
    """Whether letters of several alphabets are mixed, or letters of another one are made to read as Latin."""
    name = unicodedata.normalize("NFKC", name[:200])
    scripts = categories.unique_aliases(name) - _IN_EVERY_SCRIPT
    if len(scripts) > 1 and not scripts <= _WRITTEN_TOGETHER:
        return True
    cases = (name, name.upper(), name.lower())
    return "LATIN" not in scripts and bool(scripts) and any(_reads_as_latin(case) for case in cases)


def _reads_as_latin(name: str) -> bool:
    return _drawn(name).isascii()


def _drawn(text: str) -> str:
    signs = unicodedata.normalize("NFD", text)
    drawn = "".join(_look(sign) for sign in signs if _is_drawn(sign))
    for pair, one in _PAIRS:
        drawn = drawn.replace(pair, one)
    return drawn


def _is_drawn(sign: str) -> bool:
    """Letters, digits and the vowel signs that stand for letters; not separators, not accents."""
    return sign.isalnum() or (unicodedata.category(sign)[0] == "M" and not unicodedata.combining(sign))


@lru_cache(maxsize=4096)
def _look(sign: str) -> str:
    """The one sign, or the few, that stand for a whole family of look-alikes."""
    alike = _neighbours(sign)
    longer = next((other for other in alike if len(other) > 1), None)
    if longer is not None and sign not in longer:
        return "".join(_look(part) for part in longer)  # m looks like rn
    plain = min(_family(sign), key=_plainness).casefold()
    return _OURS.get(plain, plain)


def _family(sign: str) -> set[str]:
    found, waiting = {sign}, [sign]
    while waiting:
        fresh = {other for other in _neighbours(waiting.pop()) if len(other) == 1} - found
        found |= fresh
        waiting.extend(fresh)
    return found


def _neighbours(sign: str) -> list[str]:
    return [entry["c"].strip(_MARKS) for entry in confusables.confusables_data.get(sign, ())]


def _plainness(sign: str) -> tuple[bool, bool, bool, str]:
    return not sign.isascii(), not sign.isalpha(), not sign.islower(), sign
