"""One field at a time: what is read as what, and what is refused."""

from datetime import UTC, datetime, time

import pytest

from recovery_net.meetings.feeds.text import clean
from tests.meetings.reading import TIMED, read_bytes, read_one, refusal, repairs


@pytest.mark.parametrize(
    ("day", "days"),
    [
        (0, (0,)), (7, (0,)), ("6", (6,)), (1.0, (1,)), ([1, 3], (1, 3)), (["Monday", "wed"], (1, 3)), ([0, 7], (0,)),
        ("Sunday", (0,)), ("Thurs.", (4,)), ("Thursay", (4,)), ("mardi", (2,)), ("domingo", (0,)), ("tisdag", (2,)),
        ("Mon-Fri", (1, 2, 3, 4, 5)), ("Saturday to Monday", (0, 1, 6)), ("daily", tuple(range(7))), ("M, W", None),
        ("[1,3]", (1, 3)), ("Weekdays", (1, 2, 3, 4, 5)), ("Every Tuesday", (2,)), ("Tuesday and Friday", (2, 5)),
        (8, None), (-1, None), ("-1", None), (True, None), ("someday", None), ([[1]], None), (1.5, None),
        ("Every other Tuesday", None), ("every 2nd Tuesday", None), ("8", None),
    ],
)  # fmt: skip
def test_days(day: object, days: tuple[int, ...] | None) -> None:
    if days is None:
        assert "day" in refusal(day=day)
    else:
        rule = read_one(day=day).rule
        assert rule is not None
        assert rule.days == days


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        ("2nd and 4th Tuesday", "FREQ=MONTHLY;BYDAY=2TU,4TU"),
        ("last Sunday of the month", "FREQ=MONTHLY;BYDAY=-1SU"),
        ("Saturday - only 2nd Saturday of every month", "FREQ=MONTHLY;BYDAY=2SA"),
    ],
)
def test_days_of_the_month_where_the_day_itself_says_so(day: str, rule: str) -> None:
    found = read_one(day=day).rule
    assert found is not None
    assert found.text == rule


def test_notes_are_never_taken_for_a_rule() -> None:
    found = read_one(notes="Every second Tuesday. Only on the 2nd Tuesday of the month.").rule
    assert found is not None
    assert found.text == "FREQ=WEEKLY;BYDAY=TU"


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("19:00", time(19)), ("7:00 PM", time(19)), ("7:00PM", time(19)), ("7 pm", time(19)), ("7:00 p.m.", time(19)),
        ("07:00", time(7)), ("7:00", time(7)), ("12:00 AM", time(0)), ("12:00 PM", time(12)),
        ("12:30 a", time(0, 30)),
        ("19:00:00", time(19)), ("19h30", time(19, 30)), ("19 Uhr", time(19)), ("Noon", time(12)),
        ("1930", time(19, 30)),
        ("midnight", time(0)), (1930, time(19, 30)), (0.8125, time(19, 30)),
        ("1899-12-30T19:30:00.000Z", time(19, 30)),
        ("19.30", time(19, 30)), ("7 - 8:30 PM", time(19)), (" 19:00 ", time(19)),
        ("25:00", None), ("13:00 PM", time(13)), ("7", None), ("24:00", None), ("19:60", None), ("TBD", None),
        (19, None),
        ("11:30 - 1:00 PM", None), (["19:00"], time(19)), ({"h": 7}, None), (True, None),
    ],
)  # fmt: skip
def test_times(said: object, read: time | None) -> None:
    if read is None:
        assert "time" in refusal(time=said) or said is True
    else:
        assert read_one(time=said).starts_local == read


@pytest.mark.parametrize(
    ("fields", "minutes"),
    [
        ({}, 60), ({"end_time": "20:30"}, 90), ({"end_time": "8:30 PM"}, 90), ({"end_time": "19:00"}, 60),
        ({"time": "23:00", "end_time": "00:30"}, 90), ({"end_time": "08:15"}, 60), ({"end_time": "24:00"}, 300),
        ({"end_time": "whenever"}, 60), ({"duration": 45}, 45), ({"duration": "90"}, 90), ({"duration": "1:30"}, 90),
        ({"duration": "01:30:00"}, 90), ({"duration": "75 min"}, 75), ({"duration": 1440}, 60),
        ({"duration": -5}, 60),
        ({"time": "7 - 8:30 PM"}, 90),
    ],
)  # fmt: skip
def test_lengths(fields: dict[str, object], minutes: int) -> None:
    assert read_one(**fields).minutes == minutes


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("America/New_York", "America/New_York"), ("america/new_york", "America/New_York"), ("UTC", "UTC"),
        ("America/New York", "America/New_York"), ("Eastern Time", "America/New_York"), ("ET", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Berlin"), ("Asia/Saigon", "Asia/Ho_Chi_Minh"),
        ("US/Pacific", "America/Los_Angeles"),
        ("CST", None), ("IST", None), ("Local", None), ("../../etc/passwd", None), ("+01:00", None),
    ],
)  # fmt: skip
def test_zones(said: str, zone: str | None) -> None:
    if zone is None:
        assert "zone" in refusal(timezone=said)
    else:
        assert read_one(timezone=said).time_zone == zone


def test_a_zone_said_on_import_is_for_rows_without_one() -> None:
    rows = (
        b'[{"slug": "a", "name": "A", "day": 1, "time": "10:00"},'
        b' {"slug": "b", "name": "B", "day": 1, "time": "10:00", "timezone": "UTC"}]'
    )
    first, second = read_bytes(rows, time_zone="Asia/Tokyo").listings
    assert (first.time_zone, second.time_zone) == ("Asia/Tokyo", "UTC")


def test_a_zone_said_on_import_settles_an_ambiguous_name_only_if_it_is_meant() -> None:
    rows = b'[{"slug": "a", "name": "A", "day": 1, "time": "10:00", "timezone": "CST"}]'
    assert read_bytes(rows, time_zone="America/Chicago").listings[0].time_zone == "America/Chicago"
    assert read_bytes(rows, time_zone="Europe/Paris").refused


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("2022-07-09 19:32:28", datetime(2022, 7, 9, 19, 32, 28, tzinfo=UTC)),
        ("2022-07-09T19:32:28+02:00", datetime(2022, 7, 9, 17, 32, 28, tzinfo=UTC)),
        ("8/29/2021", datetime(2021, 8, 29, tzinfo=UTC)),
        ("8/25/2022 11:17:07 PM", datetime(2022, 8, 25, 23, 17, 7, tzinfo=UTC)),
        ("29/8/2021", datetime(2021, 8, 29, tzinfo=UTC)),
        ("2016-09-1005:15:00", datetime(2016, 9, 10, 5, 15, tzinfo=UTC)),
        (1657395148, datetime(2022, 7, 9, 19, 32, 28, tzinfo=UTC)),
        ("last week", None), ("0000-00-00 00:00:00", None), (10**30, None), ("", None),
    ],
)  # fmt: skip
def test_updated(said: object, at: datetime | None) -> None:
    assert read_one(updated=said).updated_at == at


@pytest.mark.parametrize(
    ("said", "program", "types"),
    [
        (["O", "D"], "", ("O", "D")), ("O, D", "", ("O", "D")), ("Open", "", ("O",)), ([""], "", ()), (None, "", ()),
        (["onl", "ONL", "o"], "", ("O",)), (["ZZ", "Tea & Toast"], "", ("ZZ", "Tea & Toast")), (["Français"], "",
        ("FR",)),
        (["Big Book"], "aa", ("B",)), (["Book Study"], "rd", ("BB",)), (["T"], "ua", ("T",)), (["Abierta"], "",
        ("O",)),
        (["Steps 1, 2, and 3"], "slaa", ("S123",)), (["O", "O", "o"], "", ("O",)), (11, "", ("11",)),
        ({"a": 1}, "", ()),
    ],
)  # fmt: skip
def test_types(said: object, program: str, types: tuple[str, ...]) -> None:
    assert read_one(types=said, program=program).types == types


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("https://zoom.us/j/1?pwd=a", "https://zoom.us/j/1?pwd=a"), ("zoom.us/j/1", "https://zoom.us/j/1"),
        ("  https://zoom.us/j/ 123", "https://zoom.us/j/123"),
        ("Join: https://zoom.us/j/1 at 7", "https://zoom.us/j/1"),
        ("javascript:alert(1)", ""), ("data:text/html,x", ""), ("https://", ""), ("https://a", ""),
        ("ftp://a.org/x", ""),
        ("https://user:pass@zoom.us/j/1", ""), ("https://127.0.0.1/x", ""), ("https://zoom.us:99999/", ""),
        ("//evil.example/x", ""), ("https://[::1]/", ""), ("https://xn--/", ""), ("https://a..b/", ""),
    ],
)  # fmt: skip
def test_addresses(said: str, address: str) -> None:
    assert read_one(conference_url=said).joining.get("conference_url", "") == address


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("+16469876543,,123456789#", "+16469876543,,123456789#"), ("(301) 555-0153", "3015550153"),
        ("+7-276-555-0170,,66755501104#", "+72765550170,,66755501104#"), ("call me", ""), ("123", ""),
        ("+13186091390,,99655501069#,,#,,M1F3TTRl#", "+13186091390,,99655501069#"),
        ("Phone: +6 020 555 0109 Passcode: two", "+60205550109"),
    ],
)  # fmt: skip
def test_phones(said: str, number: str) -> None:
    assert read_one(conference_phone=said).joining.get("conference_phone", "") == number


@pytest.mark.parametrize(
    ("latitude", "longitude", "point"),
    [
        (51.5, -0.1, (51.5, -0.1)), ("51.5", "-0.1", (51.5, -0.1)), ("51,5", "-0,1", (51.5, -0.1)), (0, 0, None),
        (51.5, None, None), (None, 1, None), (91, 1, None), (1, 181, None), ("x", "y", None), (True, True, None),
        (51.123456789, -0.123456789, (51.12346, -0.12346)),
    ],
)  # fmt: skip
def test_points(latitude: object, longitude: object, point: tuple[float, float] | None) -> None:
    assert read_one(latitude=latitude, longitude=longitude).point == point


@pytest.mark.parametrize(
    ("fields", "attendance"),
    [
        ({}, ""),
        ({"conference_url": "https://zoom.us/j/1"}, "online"),
        ({"formatted_address": "1 High Street, Oldtown, OT1, UK"}, "in_person"),
        ({"formatted_address": "Oldtown, UK"}, ""),
        (
            {"formatted_address": "1 High Street, Oldtown, OT1, UK", "conference_phone": "+15550100199"},
            "hybrid",
        ),
        ({"formatted_address": "1 High Street, Oldtown, OT1, UK", "approximate": "yes"}, ""),
        ({"formatted_address": "1 High Street, Oldtown, OT1, UK", "types": ["TC"]}, "inactive"),
        ({"types": ["TC", "ONL"]}, "inactive"),
        ({"types": ["ONL"]}, ""),
        ({"types": ["TC"], "conference_url": "https://zoom.us/j/1", "attendance_option": "hybrid"}, "online"),
        ({"attendance_option": "in_person"}, "in_person"),
        ({"attendance_option": "In-Person"}, "in_person"),
        ({"attendance_option": "telepathy"}, ""),
    ],
)
def test_attendance_is_what_the_row_says_and_can_be(fields: dict[str, object], attendance: str) -> None:
    assert read_one(**fields).attendance == attendance


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a<br>b<br/>c", "a\nb\nc"), ("<p>a</p><p>b</p>", "a\nb"), ("AT&amp;T &lt;3", "AT&T <3"),
        ("&amp;amp;lt;b&gt;x", "x"),
        ("<script>alert(1)</script>tea", "tea"), ("1 < 2 > 0", "1 < 2 > 0"), ("e\u0301", "é"), ("a\u202eb", "ab"),
        ("null", ""),
        ("######", ""), ("tab\there", "tab here"), ("a\r\n\r\n\r\n\r\nb", "a\n\nb"),
        ("<img src=x onerror=alert(1)>", ""),
    ],
)  # fmt: skip
def test_text_is_plain(written: str, read: str) -> None:
    assert clean(written, lines=True) == read


def test_what_is_mended_is_told() -> None:
    assert repairs(time="7:00 PM", day="7") == [("day", "7", "0"), ("time", "7:00 PM", "19:00")]
    assert repairs() == []


def test_a_room_in_the_place_of_a_page_is_moved() -> None:
    listing = read_one(url="https://zoom.us/j/5551234567?pwd=x")
    assert (listing.url, listing.joining["conference_url"]) == ("", "https://zoom.us/j/5551234567?pwd=x")


def test_the_listing_changes_its_digest_with_everything_but_its_names() -> None:
    base = read_one()
    assert base.digest() == read_one().digest() == read_one(slug="other").digest()
    for change in (
        {"name": "B"},
        {"day": 3},
        {"time": "19:01"},
        {"notes": "x"},
        {"conference_url": "https://zoom.us/j/1"},
    ):
        assert read_one(**TIMED | change).digest() != base.digest()
