"""What is exported and read back is the same, whatever it was."""

import json
import uuid
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recovery_net.core import crypto
from recovery_net.core.crypto import Keyring
from recovery_net.meetings import guide, sheets, writing
from recovery_net.meetings.feeds import normalise, sources
from recovery_net.meetings.feeds.listing import Listing, Moved
from recovery_net.meetings.feeds.normalise import Options
from recovery_net.meetings.feeds.report import FeedUnusable
from recovery_net.meetings.guide import Writing
from recovery_net.meetings.models import Meeting
from recovery_net.meetings.rules import Rule
from tests.meetings.plausible import plausible_rows
from tests.meetings.reading import TIMED, by_slug, read_bytes, read_file
from tests.meetings.wild import read_feed

NAMES = (
    *TIMED,
    "end_time", "duration", "types", "formatted_address", "address", "city", "latitude", "longitude", "region",
    "sub_region", "regions", "notes", "group", "conference_url", "conference_phone", "venmo", "updated", "program",
    "attendance_option", "archived", "fields", "meetings", "weekday_tinyint", "meeting_name", "_id", "$date",
    "recovery_net_series", "recovery_net_rule", "recovery_net_first", "recovery_net_except",
)  # fmt: skip
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
)
rows = st.dictionaries(st.sampled_from(NAMES), anything, max_size=8).map(lambda row: TIMED | row)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(anything)
def test_no_json_makes_reading_raise(parsed: Any) -> None:
    _counts_add_up(json.dumps(parsed).encode())


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(rows, min_size=1, max_size=4))
def test_no_row_makes_reading_raise(parsed: list[dict[str, Any]]) -> None:
    _counts_add_up(json.dumps(parsed).encode())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_no_bytes_make_reading_raise(data: bytes) -> None:
    _counts_add_up(data)


def _counts_add_up(data: bytes) -> None:
    try:
        source = sources.read(data)
    except FeedUnusable:
        return
    read = normalise.read_rows(source, Options("Europe/Berlin"))
    assert sum(map(len, read.rows_of.values())) + len(read.refused) == read.rows == len(source.rows)
    assert len({listing.slug for listing in read.listings}) == len(read.listings)
    assert len({listing.key for listing in read.listings}) == len(read.listings)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(max_size=200))
def test_reading_text_twice_is_reading_it_once(text: str) -> None:
    row = TIMED | dict.fromkeys(("name", "notes", "location", "group", "conference_url_notes", "venmo"), text)
    for listing in read_bytes(json.dumps([row]).encode()).listings:
        again = TIMED | {"name": listing.name, "notes": listing.notes, "location": listing.location}
        again |= {"group": listing.group} | listing.joining
        (second,) = read_bytes(json.dumps([again]).encode()).listings
        assert (second.name, second.notes, second.location) == (listing.name, listing.notes, listing.location)
        assert second.joining == listing.joining


def like(again: Listing, listing: Listing) -> Listing:
    """Without what does not travel: the list's own key, its keepers, and a zone where there is no time."""
    zone = again.time_zone if listing.rule is not None else listing.time_zone
    return replace(again, key=listing.key, contacts=listing.contacts, time_zone=zone)


def written_out(listing: Listing) -> list[dict[str, Any]]:
    """The records that an export has of a listing, through JSON."""
    crypto.use(Keyring([b"k" * 32]))
    columns = writing.meeting(listing, uuid.uuid4())
    meeting = Meeting(**columns, slug=listing.slug, number=1)
    parts = guide.Parts(list(listing.types), {moved.on: moved.to for moved in listing.moved})
    for_members = Writing("https://recovery.example/meetings/{}".format, is_complete=True, default_zone="UTC")
    return [json.loads(orjson.dumps(record)) for record in guide.written(meeting, parts, for_members)]


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(plausible_rows | rows)
def test_what_is_exported_is_read_back_as_the_same(row: dict[str, Any]) -> None:
    found = read_bytes(json.dumps([TIMED, row]).encode(), time_zone="Europe/Berlin").listings
    for listing in found:
        exported = written_out(listing)
        back = read_bytes(json.dumps(exported).encode())
        assert back.refused == []
        (again,) = back.listings
        assert like(again, listing) == listing
        assert len(read_feed(exported)) == len(exported)  # and a reader in the wild loses none


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(plausible_rows, min_size=1, max_size=3))
def test_a_table_is_read_back_as_the_same(some: list[dict[str, Any]]) -> None:
    listings = read_bytes(json.dumps(some).encode()).listings
    exported = [record for listing in listings for record in written_out(listing)]
    if exported:
        back = by_slug(read_bytes(b"".join(sheets.sheet(exported))))
        for listing in listings:
            assert like(back[listing.slug], listing) == listing


@pytest.mark.parametrize(
    "name", ["oddities.json", "wrapped.json", "database.json", "sheet.csv", "banner.csv"]
)
def test_our_short_lists_come_back_whole_as_table_too(name: str) -> None:
    listings = read_file(name).listings
    exported = [record for listing in listings for record in written_out(listing)]
    back = by_slug(read_bytes(b"".join(sheets.sheet(exported))))
    for listing in listings:
        assert like(back[listing.slug], listing) == listing


def test_days_of_one_series_are_one_meeting_again() -> None:
    common = TIMED | {"recovery_net_series": "evening"}
    days = [common | {"day": 1, "slug": "evening"}, common | {"day": 3, "slug": "evening-we"}]
    read = read_bytes(json.dumps(days).encode())
    (listing,) = read.listings
    assert (listing.slug, listing.rule) == ("evening", Rule("FREQ=WEEKLY;BYDAY=MO,WE"))
    assert read.rows_of == {"evening": [1, 2]}


def test_a_day_that_somebody_changed_since_is_a_meeting_of_its_own() -> None:
    common = TIMED | {"recovery_net_series": "evening"}
    days = [common | {"day": 1}, common | {"day": 3, "time": "20:00"}]
    slugs = by_slug(read_bytes(json.dumps(days).encode()))
    assert {slug: listing.rule and listing.rule.days for slug, listing in slugs.items()} == {
        "evening": (1,),
        "evening-2": (3,),
    }


def test_a_rule_that_the_format_cannot_say_comes_back() -> None:
    row = TIMED | {
        "recovery_net_series": "a",
        "recovery_net_rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
        "recovery_net_first": "2026-11-03",
        "recovery_net_except": "2026-12-15 2026-12-29=2026-12-30T18:00",
        "notes": "Every second Tuesday.\nTea.",
    }
    (listing,) = read_bytes(json.dumps([row]).encode()).listings
    assert listing.rule == Rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", date(2026, 11, 3))
    assert listing.moved == (
        Moved(date(2026, 12, 15)),
        Moved(date(2026, 12, 29), datetime.fromisoformat("2026-12-30T18:00")),
    )
    assert listing.notes == "Tea."


def test_rules_of_other_kinds_are_not_taken_from_a_file() -> None:
    for rule in (
        "FREQ=SECONDLY",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
        "x" * 9000,
    ):
        row = TIMED | {
            "recovery_net_series": "a",
            "recovery_net_rule": rule,
            "recovery_net_first": "2026-11-04",
        }
        (listing,) = read_bytes(json.dumps([row]).encode()).listings
        assert listing.rule == Rule("FREQ=WEEKLY;BYDAY=TU")


def test_a_rule_is_dropped_where_the_day_was_changed_since() -> None:
    row = TIMED | {"recovery_net_series": "a", "recovery_net_rule": "FREQ=MONTHLY;BYDAY=2TU", "day": 5}
    (listing,) = read_bytes(json.dumps([row]).encode()).listings
    assert listing.rule == Rule("FREQ=WEEKLY;BYDAY=FR")
