"""Rows → listings. One bad row never stops the others; each is used whole, or refused with its reason."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from recovery_net.meetings import programs
from recovery_net.meetings.feeds import days, kinds, online, places, slugs, times
from recovery_net.meetings.feeds.listing import Listing, Moved
from recovery_net.meetings.feeds.report import Refused, Repaired, Row, Unusable, Withdrawn, shown
from recovery_net.meetings.feeds.sources import Source
from recovery_net.meetings.feeds.text import LONG, cut, line, passage
from recovery_net.meetings.rules import NotARule, Rule

_EXTRA = (
    "website", "district", "feedback_url", "feedback_emails", "homegroup_online",
    "entity", "entity_email", "entity_location", "entity_logo", "entity_phone", "entity_url",
)  # fmt: skip
_CONTACTS = (
    "email", "phone", "contact",
    *(f"contact_{number}_{what}" for number in (1, 2, 3) for what in ("name", "email", "phone")),
)  # fmt: skip
_EMAIL = re.compile(r"[^\s,;<>@]+@[^\s,;<>@]+")
_ADDRESSES = {"website", "feedback_url", "entity_url", "entity_logo"}


@dataclass(frozen=True, slots=True)
class Options:
    """What the list's keeper says of a list that does not say it itself."""

    time_zone: str | None = None
    program: str = programs.UNKNOWN


@dataclass(slots=True)
class Read:
    """A list, read: which rows make which listing, what was refused, what was repaired."""

    rows: int = 0
    listings: list[Listing] = field(default_factory=list)
    rows_of: dict[str, list[int]] = field(default_factory=dict)  # by the listing's key
    refused: list[Refused] = field(default_factory=list)
    repaired: list[Repaired] = field(default_factory=list)


def read_rows(source: Source, options: Options) -> Read:
    """Every row of a source as a listing or a refusal."""
    read = Read(rows=len(source.rows))
    found: list[tuple[Row, Listing]] = []
    for row in source.rows:
        try:
            found.append((row, normalise(row, options)))
        except Unusable as reason:
            key, is_withdrawn = slugs.said(row), isinstance(reason, Withdrawn)
            read.refused.append(Refused(row.number, _name_of(row), str(reason), key, is_withdrawn))
    _gather(read, found)
    read.repaired = [repair for row, _listing in found for repair in row.repairs]
    return read


def normalise(row: Row, options: Options) -> Listing:
    """One row as a listing; `Unusable` says why not. The slug is still the row's own."""
    _check_standing(row)
    name = line(row, "name")
    if not name:
        row.refuse("it has no name")
    rule, begins = _when(row)
    zone = times.zone(row, options.time_zone) if rule is not None else times.known_zone(row)
    program = kinds.program(row, options.program)
    joining = online.joining(row)
    return Listing(
        key=slugs.said(row),
        slug=slugs.wanted(row, name),
        name=name,
        program=program,
        rule=rule,
        starts_local=begins,
        minutes=times.minutes(row, begins) if begins else times.HOUR,
        time_zone=zone,
        notes=_notes(row, rule),
        group=line(row, "group"),
        group_notes=passage(row, "group_notes"),
        url=online.page(row, joining),
        joining=joining,
        extra=_extra(row),
        contacts={name: said for name in _CONTACTS if (said := line(row, name))},
        moved=_moved(row),
        updated_at=times.updated(row),
        **_where(
            row, zone, kinds.types(row, program), is_online=not joining.keys().isdisjoint(online.WAYS_IN)
        ),
    )


def _where(row: Row, zone: str, codes: tuple[str, ...], *, is_online: bool) -> dict[str, Any]:
    """The place, and whether one goes there."""
    address = places.address(row, zone)
    is_approximate = places.is_approximate(row, address)
    has_place = bool(address) and not is_approximate
    return {
        "types": codes,
        "attendance": kinds.attendance(row, codes=codes, is_online=is_online, has_place=has_place),
        "location": line(row, "location"),
        "location_notes": passage(row, "location_notes"),
        "address": address,
        "is_approximate": is_approximate,
        "regions": places.regions(row),
        "point": places.point(row),
    }


def _check_standing(row: Row) -> None:
    if "" in row.fields:
        row.refuse(f"it is not a record: {shown(row.fields[''])}")
    if row.get("archived") in (True, "true", 1, "1"):
        raise Withdrawn("its list has archived it")
    if row.get("published") in (False, "false", 0, "0"):
        raise Withdrawn("its list does not publish it")


def _when(row: Row) -> tuple[Rule | None, time | None]:
    """Rule and start; neither, when the list leaves one of them out."""
    rule, begins = days.recurrence(row), times.start(row)
    if rule is not None and begins is not None:
        return _own_rule(row, rule) or rule, begins
    lone = "day" if rule is not None else "time"
    if rule is not None or begins is not None:
        row.repaired(lone, row.get(lone), "by appointment: only one of day and time is given")
    return None, None


def _own_rule(row: Row, said: Rule) -> Rule | None:
    """The rule that our own export wrote beside what the format can say, unless the day was changed since."""
    written = row.get("recovery_net_rule")
    if not isinstance(written, str) or not written:
        return None
    try:
        first = row.get("recovery_net_first")
        first_on = date.fromisoformat(first) if isinstance(first, str) and first else None
        rule = Rule.parse(written[:200], first_on)
    except (NotARule, ValueError):
        row.repaired("recovery_net_rule", written, "")
        return None
    return rule if set(said.days) <= set(rule.days) else None


def _moved(row: Row) -> tuple[Moved, ...]:
    """Dates on which the rule does not hold: "2026-12-24 2026-12-31=2026-12-30T18:00"."""
    written = row.get("recovery_net_except")
    if not isinstance(written, str):
        return ()
    found = []
    for word in written.split()[:100]:
        on, _equals, to = word.partition("=")
        try:
            moment = datetime.fromisoformat(to).replace(tzinfo=None) if to else None
            found.append(Moved(date.fromisoformat(on), moment))
        except ValueError:
            row.repaired("recovery_net_except", word, "")
    return tuple(sorted(set(found), key=lambda moved: moved.on))


def _notes(row: Row, rule: Rule | None) -> str:
    """Notes without the sentence that our own export puts at their head (`rule_sentence`)."""
    if rule is None or rule.is_weekly:
        return passage(row, "notes")
    sentence = rule_sentence(rule)
    notes = passage(row, "notes", LONG + len(sentence) + 2)
    return cut(notes.removeprefix(sentence).lstrip("\n"), LONG)


def rule_sentence(rule: Rule) -> str:
    """A rule as a sentence, in English: feeds are read by programs and people everywhere."""
    words = rule.in_words()
    return f"{words[0].upper()}{words[1:]}."


def _extra(row: Row) -> dict[str, str]:
    found = {name: online.address(row, name) if name in _ADDRESSES else line(row, name) for name in _EXTRA}
    found["feedback_emails"] = ", ".join(_EMAIL.findall(found["feedback_emails"]))
    if isinstance(row.get("homegroup_online"), bool):
        found["homegroup_online"] = "true" if row.get("homegroup_online") else ""
    return {name: said for name, said in found.items() if said}


def _gather(read: Read, found: list[tuple[Row, Listing]]) -> None:
    """Listings with keys and slugs of their own; rows that say the same meeting are taken together."""
    free_slugs = slugs.Names(listing.slug for _row, listing in found)
    free_keys = slugs.Names(sign="#")
    places_of: dict[tuple[str, bytes], int] = {}
    claims = Counter(_called(listing) for _row, listing in found)
    for row, listing in found:
        if claims[_called(listing)] > 1:
            at = places_of.setdefault(_identity(row, listing), len(read.listings))
            if at < len(read.listings):
                _join(read, at, row, listing)
                continue
        key, slug = free_keys.give(listing.key or _made_key(listing)), free_slugs.give(listing.slug)
        if slug != listing.slug and "slug" in row.fields:
            row.repaired("slug", listing.slug, slug)
        read.listings.append(replace(listing, key=key, slug=slug))
        read.rows_of[key] = [row.number]


def _made_key(listing: Listing) -> str:
    """What names a row that its list gives no name: another row gone or come does not change it."""
    rule = listing.rule.text.rpartition("=")[2] if listing.rule else ""
    return f"{listing.slug} {rule} {listing.starts_local or ''}".strip()


def _identity(row: Row, listing: Listing) -> tuple[str, bytes]:
    """Rows with the same identity are one meeting: our own export writes one row a day."""
    if row.get("recovery_net_series") and listing.rule is not None and listing.rule.is_weekly:
        listing = replace(listing, rule=None)
    return _called(listing), listing.digest()


def _called(listing: Listing) -> str:
    return listing.key or listing.slug


def _join(read: Read, at: int, row: Row, listing: Listing) -> None:
    kept = read.listings[at]
    read.rows_of[kept.key].append(row.number)
    if kept.rule is not None and listing.rule is not None and listing.rule.is_weekly:
        days = {*kept.rule.days, *listing.rule.days}
        read.listings[at] = replace(kept, rule=Rule.weekly(days))
    if not row.get("recovery_net_series"):
        row.repaired("slug", listing.key, f"the same meeting as row {read.rows_of[kept.key][0]}")


def _name_of(row: Row) -> str:
    """What a report calls a row that was refused."""
    for field_name in ("name", "group", "location", "slug", "id"):
        if found := shown(row.get(field_name)):
            return found
    return ""
