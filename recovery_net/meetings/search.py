"""Finding meetings by words, on both engines: the same folded words in a column, an index of each engine's own over it.

The index is in the migration: FTS5 kept up to date by triggers, or GIN over an expression.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import (
    ColumnElement,
    String,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from recovery_net.core import db
from recovery_net.meetings import bands, programs, providers
from recovery_net.meetings.feeds.listing import Listing
from recovery_net.meetings.models import Meeting
from recovery_net.meetings.rules import DAY_NAMES

_LANGUAGES = ("en", "es", "fr", "pt", "nl", "sv", "sk", "ja", "th")
_LONGEST = 40  # characters of a word
_ASKED = 12  # words of a question
# Scripts without spaces between words: each letter counts as a word.
_WORD = re.compile(r"[\u0e01-\u0e4e\u3041-\u30ff\u3400-\u9fff]|[^\W_]+")
_ACCENTS = re.compile("[\u0300-\u036f\u064b-\u065f\u0591-\u05bd]+")
_ATTENDANCE = {
    "in_person": "in person",
    "online": "online virtual",
    "hybrid": "hybrid in person online virtual",
    "inactive": "",
    "": "",
}


def fold(written: str) -> list[str]:
    """Words for comparing: no case, no accents."""
    if written.isascii():
        return [word[:_LONGEST] for word in _WORD.findall(written.lower())]
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", written.casefold()))
    return [word[:_LONGEST] for word in _WORD.findall(unicodedata.normalize("NFC", bare))]


@lru_cache(maxsize=4096)
def _label_words(program: str, code: str) -> frozenset[str]:
    labels = (programs.label(program, code, language) for language in _LANGUAGES)
    return frozenset(word for label in labels for word in fold(label))


def words_of(listing: Listing) -> str:
    """What a meeting is found by: what strangers may read of it, and words for its day, time and kind."""
    written = [
        listing.name, listing.group, listing.location, listing.address, *listing.regions,
        listing.notes, listing.location_notes, listing.group_notes,
    ]  # fmt: skip
    said = [providers.veil(part, "") for part in written if part]
    said += [programs.name(listing.program), programs.short(listing.program), _ATTENDANCE[listing.attendance]]
    said.append(providers.provider(listing.joining.get("conference_url", "")) or "")
    said += _when(listing)
    found = {word for part in said for word in fold(part)}
    return " ".join(sorted(found.union(*(_label_words(listing.program, code) for code in listing.types))))


def _when(listing: Listing) -> Iterable[str]:
    if listing.rule is None or listing.starts_local is None:
        return ["by appointment"]
    return [*(DAY_NAMES[day] for day in listing.rule.days), bands.name_of(listing.starts_local)]


def matching(question: str) -> ColumnElement[bool] | None:
    """Meetings that have every word of the question, or one that begins with it. None when there is no word in it."""
    asked = list(dict.fromkeys(fold(question[:200])))[:_ASKED]
    if not asked:
        return None
    if db.is_postgresql():
        query = bindparam("asked", " & ".join(f"'{word}':*" for word in asked), String)
        document = func.array_to_tsvector(func.string_to_array(Meeting.words, literal_column("' '")))
        return document.op("@@")(cast(query, TSQUERY))
    index = table("meeting_search", column("rowid"))
    query_words = " ".join(f'"{word}"*' for word in asked)
    found = select(index.c.rowid).where(text("meeting_search MATCH :asked").bindparams(asked=query_words))
    return Meeting.number.in_(found)
