"""Programs and their type codes. A code means other things in other programs, so the two go together."""

import re
from functools import cache
from typing import Any

from recovery_net.meetings import facts

UNKNOWN = ""  # a list that does not say whose it is: its codes are read as the Meeting Guide's own


def _data() -> dict[str, Any]:
    return facts.load("programs.json")


def exists(program: str) -> bool:
    """Whether this is a program's code."""
    return program in _data()["programs"]


def codes() -> list[str]:
    """Every program's code, by name."""
    return sorted(_data()["programs"], key=lambda code: name(code).casefold())


def name(program: str) -> str:
    """The full name; empty for an unknown program."""
    return str(_data()["programs"].get(program, {}).get("name", ""))


def short(program: str) -> str:
    """The abbreviation that people use; empty for an unknown program."""
    return str(_data()["programs"].get(program, {}).get("short", ""))


@cache
def types(program: str) -> dict[str, str]:
    """Code → English label, with the languages and the codes that all programs share."""
    own = _data()["programs"].get(program) or _data()["guide"]
    shared = _data()["languages"] | _data()["common_types"]
    formats = _data()["bmlt"]["formats"] if program == "na" else {}
    bmlt = {key: entry["name"] for key, entry in formats.items()}
    return {**bmlt, **shared, **own.get("languages", {}), **own["types"]}


@cache
def _translations() -> dict[str, dict[str, str]]:
    """English label → its label in other languages."""
    return {labels["en"].casefold(): labels for labels in facts.load("type-labels.json").values()}


def label(program: str, code: str, language: str = "en") -> str:
    """What a code stands for; an unknown one is shown as it is."""
    english = types(program).get(code)
    if english is None:
        return code
    return _translations().get(english.casefold(), {}).get(language, english)


@cache
def _readings(program: str) -> dict[str, str]:
    """Everything that may be written for a type, folded → its code. Codes win over labels."""
    found: dict[str, str] = {}
    for code, english in types(program).items():
        for written in _translations().get(english.casefold(), {"en": english}).values():
            found.setdefault(fold(written), code)
        found[fold(english)] = code
    aliases = _data()["common_aliases"] | _data()["programs"].get(program or "aa", {}).get("aliases", {})
    found |= {fold(alias): code for alias, code in aliases.items()}
    return found | {fold(code): code for code in types(program)}


def read_type(program: str, written: str) -> str:
    """The code for a code or label as somebody wrote it; what is not known stays as it is."""
    if written in types(program):
        return written
    return _readings(program).get(fold(written), written)


def language_type(program: str, language: str) -> str | None:
    """The type code for a language such as "es"."""
    by_label = {"es": "Spanish", "it": "Italian", "ko": "Korean", "pl": "Polish", "pt": "Portuguese",
                "ru": "Russian", "pa": "Punjabi", "tr": "Turkish"}  # fmt: skip
    wanted = by_label.get(language) or _data()["languages"].get(language.upper())
    return _readings(program).get(fold(wanted)) if wanted else None


@cache
def _names() -> list[tuple[re.Pattern[str], str]]:
    """Patterns for names and abbreviations at the head of a text; long names first."""
    written = [
        (word, code)
        for code, entry in _data()["programs"].items()
        for word in {entry["name"], entry["short"], code}
        if len(word) > 1
    ]
    written.sort(key=lambda pair: -len(pair[0]))
    return [(re.compile(rf"\W*{re.escape(word)}(?!\w)", re.IGNORECASE), code) for word, code in written]


def find(text: str) -> str:
    """The program that a text names at its head, or `UNKNOWN`."""
    if not text:
        return UNKNOWN
    return next((code for pattern, code in _names() if pattern.match(text)), UNKNOWN)


def fold(text: str) -> str:
    """For comparing labels."""
    return " ".join(text.casefold().replace("-", " ").replace("/", " ").split())


def bmlt_type(key: str, formats: dict[str, tuple[str, str]]) -> str:
    """A BMLT format key as a type code. `formats` is the file's own table: key → (NAWS code, name)."""
    data = _data()["bmlt"]
    ours = data["formats"].get(key, {})
    naws, written = formats.get(key, (ours.get("naws") or "", ""))
    if found := data["naws_to_types"].get(naws):
        return str(found)
    return key if ours or not written else written
