"""Sources by keepers who mean harm, or whose software does. Nothing raises but `FeedUnusable`."""

import json
import time

import pytest

from recovery_net.meetings.feeds import sources
from recovery_net.meetings.feeds.report import FeedUnusable
from tests.meetings.reading import TIMED, read_bytes, read_one, refusal, repairs

ROW = json.dumps(TIMED)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n\t",
        b"\xef\xbb\xbf",
        b"[]",
        b"{}",
        b'{"meetings": []}',
        b'{"error": "rate limited", "status": 429}',
        b"null",
        b"42",
        b'"a string"',
        b"<!doctype html><title>502 Bad Gateway</title>",
        b"Service unavailable",
        b"a,b,c\n1,2,3\n",
        b"Name,Day,Time\n",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b"\x00\x01\x02\x03" * 100,
        b"\xff\xfe",
        b"x" * (sources.SIZE_LIMIT + 1),
        ("[" + ROW).encode(),
        b'[{"name": "a repository", "url": "https://example.org", "description": "not a meeting"}]',
        b"Name,Notes,Phone\nA crisis line,Always open,555 0100\n",
    ],
    ids=lambda data: repr(data[:20]),
)
def test_what_is_no_list_is_refused_as_a_whole(data: bytes) -> None:
    with pytest.raises(FeedUnusable):
        read_bytes(data)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"]
)
def test_encodings(encoding: str) -> None:
    row = TIMED | {"name": "Réunion du Café"}
    data = json.dumps([row], ensure_ascii=False).encode(encoding)
    assert read_bytes(data).listings[0].name == "Réunion du Café"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    lines = [["Name", "Day", "Time", "Timezone", "Types"], ["One", "Monday", "7:00 PM", "Europe/Berlin", "O"]]
    data = "\r\n".join(delimiter.join(line) for line in lines).encode()
    assert read_bytes(data).listings[0].name == "One"


def test_ragged_rows_and_stray_quotes() -> None:
    data = b'Name,Day,Time,Timezone\nOne,Monday,7pm,UTC,more,and more\nTwo,Tuesday\nThr"ee,Monday,7pm,UTC\n'
    read = read_bytes(data)
    assert [listing.name for listing in read.listings] == ["One", "Two", 'Thr"ee']
    assert read.listings[1].rule is None


@pytest.mark.parametrize(
    "wrap",
    ['{"meetings": [%s]}', '{"data": {"items": [%s]}}', '{"17": %s}', '{"records": [{"fields": %s}]}', "%s"],
)
def test_wraps(wrap: str) -> None:
    assert read_bytes((wrap % ROW).encode()).listings[0].name == "A"


def test_a_sheet_over_an_interface() -> None:
    values = [["a banner"], ["Name", "Day", "Time", "Timezone"], ["One", "Monday", "19:00", "UTC"], []]
    assert read_bytes(json.dumps({"values": values}).encode()).listings[0].name == "One"


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1, 10**30, 1.5, "", " ", "\0", "\ud800", [], [[]], [None], {}, {"a": {"b": [1]}}, "x" * 100_000,
     float("nan"), float("inf"), [{}] * 50, "<b>" * 5000, "&amp;" * 5000, "\u202e\u2066evil"],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
@pytest.mark.parametrize(
    "field",
    ["name", "slug", "day", "time", "end_time", "duration", "timezone", "types", "latitude", "longitude", "notes",
     "regions", "region", "conference_url", "conference_phone", "venmo", "url", "updated", "approximate", "group",
     "attendance_option", "formatted_address", "languages", "program", "feedback_emails", "archived", "published",
     "contact_1_email", "recovery_net_rule", "recovery_net_series", "recovery_net_except", "homegroup_online"],
)  # fmt: skip
def test_any_value_anywhere_is_read_or_refused(field: str, value: object) -> None:
    read = read_bytes(json.dumps([TIMED | {"longitude": 1.0, field: value}, TIMED | {"slug": "b"}]).encode())
    assert sum(map(len, read.rows_of.values())) + len(read.refused) == 2
    assert any(listing.slug == "b" for listing in read.listings)
    for listing in read.listings:
        repr(listing).encode()  # no half characters
        assert "\0" not in repr(listing)


def test_numbers_too_large_for_python_to_read() -> None:
    data = f'[{{"name": "A", "slug": {"9" * 5000}, "latitude": 1e999, "longitude": 1, "x": NaN}}]'.encode()
    (listing,) = read_bytes(data).listings
    assert listing.point is None
    assert len(listing.slug) <= 64


def test_of_two_equal_keys_the_last_counts_as_in_browsers() -> None:
    assert read_bytes(b'[{"name": "First", "name": "Last", "slug": "a"}]').listings[0].name == "Last"


def test_a_name_of_megabytes_is_cut() -> None:
    begun = time.perf_counter()
    listing = read_one(name="word " * 400_000)
    assert len(listing.name) <= 255
    assert listing.name.endswith("…")
    assert time.perf_counter() - begun < 10  # a guard against quadratic work, not a measurement


def test_patterns_stay_quick_on_texts_made_to_slow_them() -> None:
    begun = time.perf_counter()
    for text in (
        "1" * 4000,
        "a." * 2000,
        "pass " * 800,
        "id:" * 1300,
        "1 " * 2000,
        "+1(" * 1300,
        "<" * 4000,
        "x" * 90_000,
    ):
        read_one(
            notes=text,
            conference_phone=text,
            conference_url=text,
            venmo=text,
            end_time=text,
            slug=text,
            url=text,
        )
    assert time.perf_counter() - begun < 10


def test_many_rows_of_one_slug_are_numbered_without_delay() -> None:
    rows = [TIMED | {"name": f"Meeting {number}", "slug": "same"} for number in range(3000)]
    begun = time.perf_counter()
    read = read_bytes(json.dumps(rows).encode())
    assert len({listing.slug for listing in read.listings}) == 3000
    assert time.perf_counter() - begun < 30


def test_reports_repeat_values_short_and_printable() -> None:
    assert len(refusal(time="x" * 5000)) < 200
    assert "\x1b" not in refusal(time="\x1b[31mred")
    assert all(
        len(part) <= 120 for repair in repairs(end_time="\ud800" * 500, types={"a": 1}) for part in repair[1:]
    )
