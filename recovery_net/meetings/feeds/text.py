"""Text as somebody typed it → plain NFC text that a page, a database and a calendar can hold."""

import re
import unicodedata
from html import unescape
from typing import Any

import nh3

from recovery_net.meetings.feeds.report import Row

LINE, LONG = 255, 4000  # characters
_READ_AT_MOST = 100_000  # of a value: more is not typed by anyone

# Controls, surrogates, bidirectional overrides and other marks that can make text read as what it is not.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)
_BREAKS = re.compile(r"(?i)<(?:br|/p|/div|/li|/h\d|/tr)\b[^<>]{0,200}>")
_NOTHING = re.compile(r"#{4,}|(?:null|none|undefined|nan|n/a)", re.IGNORECASE)


def line(row: Row, name: str, limit: int = LINE) -> str:
    """One line of text; empty when there is none."""
    return _field(row, name, limit, lines=False)


def passage(row: Row, name: str, limit: int = LONG) -> str:
    """Text with line breaks."""
    return _field(row, name, limit, lines=True)


def _field(row: Row, name: str, limit: int, *, lines: bool) -> str:
    value = row.get(name)
    if value is None:
        return ""
    written = as_text(value)
    if written is None:
        row.repaired(name, value, "")
        return ""
    found = clean(written, lines=lines)
    if len(found) > limit:
        found = cut(found, limit)
        row.repaired(name, written, found)
    elif "<" in written and found != " ".join(written.split()):
        row.repaired(name, written, found)
    return found


def as_text(value: Any) -> str | None:
    """A value as text; None when it is of a kind that cannot be."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return f"{value:.10g}" if isinstance(value, float) else str(value)
    if isinstance(value, list) and all(isinstance(part, str | int) for part in value):
        return ", ".join(str(part) for part in value[:50] if part not in ("", None))
    return None


def clean(text: str, *, lines: bool = False) -> str:
    """Plain text: no markup, nothing invisible, even whitespace. Cleaning it again changes nothing."""
    text = text[:_READ_AT_MOST]
    before = None
    for _round in range(8):
        if text == before:
            break
        before, text = text, _even(_without_markup(text), lines=lines)
    else:  # written to outlast every round: no markup survives that
        text = _even(re.sub("[<>&]", " ", text), lines=lines)
    return "" if _NOTHING.fullmatch(text) else text


def cut(text: str, limit: int) -> str:
    """The start of a text, ended at a word where one ends near."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    space = head.rfind(" ", limit * 3 // 4)
    return head[: space if space > 0 else None].rstrip() + "…"


def _without_markup(text: str) -> str:
    if "&" in text:
        text = unescape(re.sub(r"&(?:amp;)+", "&", text))
    if "<" in text:
        # The sanitiser reads bytes: what it could not read goes first.
        text = _UNWANTED.sub("", _BREAKS.sub("\n", text))
        text = unescape(nh3.clean(text, tags=set(), clean_content_tags={"script", "style"}))
    return text


def _even(text: str, *, lines: bool) -> str:
    text = unicodedata.normalize("NFC", _UNWANTED.sub("", text))
    if not lines:
        return " ".join(text.split())
    text = "\n".join(" ".join(part.split()) for part in re.split("\r\n|[\n\r\v\f\x85\u2028\u2029]", text))
    return re.sub(r"\n{3,}", "\n\n", text).strip()
