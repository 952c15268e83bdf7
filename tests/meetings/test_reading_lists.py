"""Short lists of our own with every oddity that real ones have."""

from datetime import UTC, datetime, time

import pytest

from recovery_net.meetings.feeds.report import FeedUnusable
from tests.meetings.reading import by_slug, read_bytes, read_file


def test_every_row_is_a_listing_or_a_refusal_with_its_reason() -> None:
    read = read_file("oddities.json")
    assert read.rows == 20
    assert sum(len(rows) for rows in read.rows_of.values()) + len(read.refused) == read.rows
    assert {refused.name: refused.reason for refused in read.refused} == {
        "Zoneless": "no time zone is given; say which one with --timezone",
        "Which Zone": "the time zone 'BST' can mean Asia/Dhaka, Europe/London, Pacific/Bougainville; "
        "say which with --timezone",
        "Nowhere": "there is no time zone 'Mars/Olympus_Mons'",
        "nameless": "it has no name",
        "Day Nine": "there is no day 9; days are 0 (Sunday) to 6",
        "Late": "the time 'half past never' cannot be read",
        "Archived": "its list has archived it",
        "": "it is not a record: not a record",
    }


def test_a_whole_row_is_read() -> None:
    meeting = by_slug(read_file("oddities.json"))["lantern-hill"]
    assert meeting.rule is not None
    assert meeting.rule.text == "FREQ=WEEKLY;BYDAY=TU,TH"
    assert (meeting.starts_local, meeting.minutes, meeting.time_zone) == (time(19, 30), 90, "Europe/Kyiv")
    assert meeting.types == ("O", "D", "Candlelit Walk")
    assert meeting.notes == "Ring twice.\nTea & biscuits <3"
    assert meeting.point == (51.12346, -0.5)
    assert meeting.regions == ("Hillford", "North")
    assert (meeting.attendance, meeting.is_approximate) == ("in_person", False)
    assert meeting.updated_at == datetime(2021, 8, 29, tzinfo=UTC)


def test_slugs_are_mended_and_made_unique() -> None:
    slugs = by_slug(read_file("oddities.json"))
    assert slugs["lantern-hill-2"].name == "Lantern Hill at Noon"
    assert slugs["254"].name == "Mill Lane"
    assert slugs["a-dotted-slug"].name == "Dotted"
    assert slugs["sans-nom-dadresse-a-evry"].name.startswith("Sans nom")
    assert all(len(slug) <= 64 for slug in slugs)


def test_a_row_that_says_the_same_again_is_the_same_meeting() -> None:
    read = read_file("oddities.json")
    assert read.rows_of["lantern-hill#2"] == [2, 20]


def test_ends_that_contradict_starts_mean_an_hour() -> None:
    slugs = by_slug(read_file("oddities.json"))
    assert slugs["254"].minutes == 60
    assert slugs["a-dotted-slug"].minutes == 90  # past midnight is no contradiction


def test_half_a_point_is_none() -> None:
    assert by_slug(read_file("oddities.json"))["254"].point is None


def test_an_address_is_put_together_from_its_parts() -> None:
    meeting = by_slug(read_file("oddities.json"))["254"]
    assert meeting.address == "4 Mill Lane, Millbrook, MO 64112, USA"
    assert meeting.group_notes == "back door"


def test_without_day_and_time_it_is_by_appointment_and_needs_no_zone() -> None:
    meeting = by_slug(read_file("oddities.json"))["by-appointment"]
    assert (meeting.rule, meeting.starts_local, meeting.time_zone) == (None, None, "")


def test_passcodes_in_payment_fields_go_where_members_only_look() -> None:
    joining = by_slug(read_file("oddities.json"))["passcodes"].joining
    assert joining["conference_url"] == "https://zoom.us/j/5550001111?pwd=marigold"
    assert joining["conference_url_notes"] == "ID 555 000 1111\nPasscode: marigold77\n555000"
    assert joining["conference_phone"] == "+15550100199,,5550001111#"
    assert joining["square"] == "$harbour-group"
    assert "venmo" not in joining
    assert "paypal" not in joining


def test_bad_addresses_are_left_out_and_words_in_their_place_are_kept() -> None:
    meeting = by_slug(read_file("oddities.json"))["bad-links"]
    assert (meeting.url, meeting.extra, meeting.joining) == (
        "",
        {},
        {"conference_url_notes": "ask at the door"},
    )


def test_contacts_are_kept_apart() -> None:
    meeting = by_slug(read_file("oddities.json"))["contacts"]
    assert meeting.contacts["contact_1_name"] == "Robin Q."
    assert "contacts.example" not in repr([meeting.extra, meeting.joining, meeting.notes])


def test_a_place_that_is_closed_for_now_is_no_place() -> None:
    assert by_slug(read_file("oddities.json"))["closed-for-now"].attendance == "inactive"


def test_wrapped_records_with_labels_are_read() -> None:
    first, second = read_file("wrapped.json").listings
    assert (first.key, first.slug, first.time_zone) == ("rec1", "ferry-landing", "America/Los_Angeles")
    assert (first.types, first.regions, first.attendance) == (("O", "B"), ("Harbour", "East"), "online")
    assert (second.starts_local, second.minutes) == (time(22, 30), 90)


def test_a_database_export_is_read() -> None:
    read = read_file("database.json")
    first, second, third = read.listings
    assert first.rule is not None
    assert second.rule is not None
    assert first.rule.days == second.rule.days == (0,)
    assert (first.minutes, first.time_zone) == (90, "America/Argentina/Buenos_Aires")
    assert first.types == ("O", "D", "S", "EN")
    assert (second.minutes, second.time_zone) == (60, "America/Toronto")
    assert second.updated_at == datetime(2025, 1, 30, 14, 13, 55, tzinfo=UTC)
    assert third.rule is None


def test_a_database_export_with_one_object_a_line_is_read() -> None:
    lines = b'{"slug": "a", "name": "A"}\n{"slug": "b", "name": "B"}\n'
    assert list(by_slug(read_bytes(lines))) == ["a", "b"]


def test_a_sheet_is_read_by_its_labels() -> None:
    read = read_file("sheet.csv")
    assert (read.rows, read.refused) == (3, [])
    first, second, third = read.listings
    assert (first.types, first.regions) == (("O", "X"), ("Appleton", "South"))
    assert (first.updated_at, first.contacts["contact_1_name"]) == (
        datetime(2020, 4, 4, 16, 50, 58, tzinfo=UTC),
        "Sam",
    )
    assert second.rule is not None
    assert (second.rule.days, second.minutes, second.slug) == ((4,), 90, "lunch-with-a-comma")
    assert (second.types, second.notes) == (("C", "W", "Knitting"), "Two lines\nin one cell")
    assert second.joining["conference_phone"] == "5550100123"
    assert second.attendance == "hybrid"
    assert third.rule is not None
    assert third.rule.text == "FREQ=MONTHLY;BYDAY=2SA,4SA"


def test_a_banner_a_byte_order_mark_and_free_columns_are_no_hindrance() -> None:
    read = read_file("banner.csv")
    assert [refused.name for refused in read.refused] == ["Unreadable Time"]
    first, second = read.listings
    assert (first.program, first.types) == ("aa", ("Women & Friends",))
    assert (first.starts_local, first.time_zone) == (time(4), "America/Los_Angeles")
    assert first.joining["conference_url_notes"] == "Meeting ID: 555 000 5555\nPasscode: driftwood"
    assert (second.program, second.types) == ("", ("Some Fellowship of Our Own",))
    assert second.joining["conference_url_notes"] == "Register first"


def test_bmlt_rows_are_read() -> None:
    read = read_file("bmlt.json", time_zone="America/New_York")
    first, second = read.listings
    assert first.rule is not None
    assert second.rule is not None
    assert (first.rule.days, first.starts_local, first.minutes) == ((0,), time(19), 90)
    assert second.rule.days == (6,)
    assert (first.program, first.types) == ("na", ("O", "TOP", "X", "Quiet Room"))
    assert (first.address, first.attendance) == ("128 Quarry Road, Stonefield, NY", "in_person")
    assert (second.types, second.attendance) == (("C",), "online")
    assert [refused.reason for refused in read.refused] == [
        "the day 'weekday_tinyint 8' cannot be read",
        "its list does not publish it",
    ]


def test_a_file_that_is_not_json_is_no_list() -> None:
    with pytest.raises(FeedUnusable):
        read_file("broken.json")
