"""Slugs: kept where they can stand in an address, made where they cannot, and never the same twice."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote

from recovery_net.meetings.feeds.report import Row
from recovery_net.meetings.feeds.text import as_text

LONGEST = 64
_SAFE = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST}}}")


def is_slug(text: str) -> bool:
    """Whether it can stand in an address as it is."""
    return _SAFE.fullmatch(text) is not None


def said(row: Row) -> str:
    """What the list names the row by: the series of our own export, its slug, its id; else ""."""
    names = (as_text(row.get(name)) or "" for name in ("recovery_net_series", "slug", "id"))
    return next((found for name in names if (found := name.strip()[:200])), "")


def wanted(row: Row, name: str) -> str:
    """The slug the row should have, were it alone."""
    source = "recovery_net_series" if row.get("recovery_net_series") else "slug"
    given = (as_text(row.get(source)) or "").strip()
    if is_slug(given):
        return given
    found = plain(unquote(given[:400])) or plain(name)
    found = found or f"meeting-{hashlib.sha256(name.encode()).hexdigest()[:8]}"  # no Latin letters in it
    if source in row.fields:
        row.repaired("slug", row.get(source), found)
    return found


def plain(text: str) -> str:
    """Latin letters, digits and hyphens, at most 64."""
    folded = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o"))
    folded = folded.encode("ascii", "ignore").decode()
    found = re.sub(r"[^a-z0-9]+", "-", folded.casefold().replace("'", "")).strip("-")
    if len(found) <= LONGEST:
        return found
    return found[:LONGEST].rpartition("-")[0].strip("-") or found[:LONGEST]


class Names:
    """Hands out names, none twice. `asked` go to those who ask for them; `taken` are somebody's already."""

    def __init__(self, asked: Iterable[str] = (), taken: Iterable[str] = (), *, sign: str = "-") -> None:
        self._reserved = set(asked)
        self._given = set(taken)
        self._last: dict[str, int] = {}
        self._sign = sign

    def give(self, name: str) -> str:
        """The name itself, or the first numbered one that is free."""
        found = name
        while found in self._given or (found != name and found in self._reserved):
            number = self._last[name] = self._last.get(name, 1) + 1
            tail = f"{self._sign}{number}"
            found = name[: LONGEST - len(tail)] + tail if self._sign == "-" else name + tail
        self._given.add(found)
        return found
