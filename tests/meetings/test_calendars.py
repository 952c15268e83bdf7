"""Calendars that other programs read: the same occurrences as ours, across both clock changes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from flask.testing import FlaskClient
from icalendar import Calendar

from recovery_net.core import clock, db
from recovery_net.meetings import occurrences, service
from recovery_net.meetings.rules import Rule
from tests.meetings.making import import_rows, row

# Both changes of 2027 in both hemispheres.
FIRST, LAST = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 12, 31, tzinfo=UTC)
ZONES = ("America/New_York", "Europe/Berlin", "Australia/Sydney", "Asia/Kolkata", "America/Santiago", "UTC")


def calendar_of(client: FlaskClient, path: str) -> Calendar:
    answer = client.get(path)
    assert answer.status_code == 200
    found = Calendar.from_ical(answer.data)
    assert isinstance(found, Calendar)
    return found


def expanded(calendar: Calendar) -> list[tuple[str, datetime, datetime]]:
    """Every sitting in 2027 as another library finds it: name, start, end."""
    events = recurring_ical_events.of(calendar).between(FIRST, LAST)
    return sorted(
        (str(event["SUMMARY"]), event.start.astimezone(UTC), event.end.astimezone(UTC)) for event in events
    )


def ours(slug: str) -> list[tuple[str, datetime, datetime]]:
    """Every sitting in 2027 as we write them down, a window at a time."""
    with db.reading() as session:
        meeting = service.meeting_for(slug)
        pattern = occurrences.Pattern(
            meeting.id, meeting.rrule, meeting.first_on, meeting.starts_local, meeting.minutes, meeting.time_zone,
            meeting.attendance,
        )  # fmt: skip
        exceptions = occurrences.exceptions_of(session, [meeting.id]).get(meeting.id, {})
    found = {}
    for week in range(-2, 56):
        for sitting in occurrences.upcoming(pattern, exceptions, date(2027, 1, 1) + timedelta(weeks=week)):
            if not sitting["is_cancelled"]:
                found[sitting["starts_at"]] = (meeting.name, sitting["starts_at"], sitting["ends_at"])
    return sorted(entry for entry in found.values() if entry[2] > FIRST and entry[1] < LAST)


RULES = {
    "weekly": {"day": [2, 5]},
    "daily": {"day": list(range(7))},
    "second": {"recovery_net_rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "recovery_net_first": "2026-11-03"},
    "monthly": {"recovery_net_rule": "FREQ=MONTHLY;BYDAY=2TU,4TU"},
    "last": {"recovery_net_rule": "FREQ=MONTHLY;BYDAY=-1TU"},
    "exceptions": {"recovery_net_except": "2027-03-16 2027-11-09 2027-03-30=2027-03-31T18:00"},
}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", ["19:00", "02:30", "23:45"])
def test_other_programs_find_the_same_occurrences(client: FlaskClient, zone: str, at: str) -> None:
    import_rows(
        *(row(slug, time=at, timezone=zone, recovery_net_series=slug, **more) for slug, more in RULES.items())
    )
    for slug in RULES:
        theirs = expanded(calendar_of(client, f"/meetings/{slug}.ics"))
        assert [entry[:2] for entry in theirs] == [entry[:2] for entry in ours(slug)], slug
        # During a change the library adds the hour on the wall; we add one that is lived through.
        assert len(set(theirs) ^ set(ours(slug))) <= 4
    whole = sorted(entry[:2] for slug in RULES for entry in ours(slug))
    assert [entry[:2] for entry in expanded(calendar_of(client, "/meetings.ics"))] == whole


def test_the_wall_clock_holds_across_both_changes(client: FlaskClient) -> None:
    import_rows(row("evening", time="19:00", timezone="America/New_York"))
    sittings = expanded(calendar_of(client, "/meetings/evening.ics"))
    assert len(sittings) == 52
    assert {start.astimezone(ZoneInfo("America/New_York")).hour for _name, start, _end in sittings} == {19}
    assert {start.hour for _name, start, _end in sittings} == {23, 0}


def test_a_time_that_a_clock_change_skips_is_as_late_as_the_clocks_jump() -> None:
    from datetime import time

    skipped = occurrences.moment(date(2027, 3, 14), time(2, 30), "America/New_York")
    assert skipped.astimezone(ZoneInfo("America/New_York")).strftime("%H:%M") == "03:30"
    twice = occurrences.moment(date(2027, 11, 7), time(1, 30), "America/New_York")
    assert twice == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)  # the first of the two


def test_a_calendar_is_as_the_standard_says(client: FlaskClient, frozen: Any) -> None:
    import_rows(
        row(
            "evening",
            day=5,
            notes="Tea; \\ and, more\nlines",
            formatted_address="1 High Street, Oldtown, OT1, UK",
        )
    )
    text = client.get("/meetings/evening.ics").text
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:")
    assert text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "BEGIN:VTIMEZONE\r\nTZID:America/New_York" in text
    assert "RRULE:FREQ=WEEKLY;BYDAY=FR" in text
    (event,) = calendar_of(client, "/meetings/evening.ics").walk("VEVENT")
    assert event["DTSTART"].dt.weekday() == 4  # a real occurrence, not the day before it
    assert str(event["DTSTART"].dt.tzinfo) == "America/New_York"
    assert str(event["DESCRIPTION"]) == "Tea; \\ and, more\nlines"
    assert str(event["LOCATION"]) == "1 High Street, Oldtown, OT1, UK"


def test_who_reads_again_updates_and_doubles_nothing(client: FlaskClient) -> None:
    import_rows(row("evening"))
    (before,) = calendar_of(client, "/meetings.ics").walk("VEVENT")
    import_rows(row("evening", time="20:00", name="New Name"))
    (after,) = calendar_of(client, "/meetings.ics").walk("VEVENT")
    assert before["UID"] == after["UID"]
    assert before["DTSTART"].dt != after["DTSTART"].dt


def test_what_has_no_time_or_pauses_is_in_no_calendar(client: FlaskClient) -> None:
    import_rows(row("request", day=None), row("pause", types=["TC"]), row("evening"))
    assert [str(event["SUMMARY"]) for event in calendar_of(client, "/meetings.ics").walk("VEVENT")] == [
        "Evening"
    ]
    assert client.get("/meetings/request.ics").status_code == 404
    assert client.get("/meetings/pause.ics").status_code == 404


def test_a_cancelled_date_reaches_calendars(client: FlaskClient, frozen: Any) -> None:
    import_rows(row("evening"))
    tag = client.get("/meetings/evening.ics").headers["ETag"]
    with db.transaction():
        service.change_date(service.meeting_for("evening"), date(2027, 3, 16))
        service.change_date(service.meeting_for("evening"), date(2027, 3, 23), datetime(2027, 3, 24, 18))  # noqa: DTZ001
    assert client.get("/meetings/evening.ics", headers={"If-None-Match": tag}).status_code == 200
    assert expanded(calendar_of(client, "/meetings/evening.ics")) == ours("evening")
    with db.transaction():
        service.keep_date(service.meeting_for("evening"), date(2027, 3, 16))
        service.keep_date(service.meeting_for("evening"), date(2027, 3, 23))
    assert len(expanded(calendar_of(client, "/meetings/evening.ics"))) == 52


@pytest.mark.parametrize(
    ("text", "first", "words"),
    [
        ("FREQ=WEEKLY;BYDAY=TU", None, "every Tuesday"),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR", None, "every Monday, Wednesday and Friday"),
        ("FREQ=WEEKLY;BYDAY=SU,MO,TU,WE,TH,FR,SA", None, "every day"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", date(2026, 11, 3), "every second Tuesday"),
        ("FREQ=WEEKLY;INTERVAL=6;BYDAY=TU", date(2026, 11, 3), "Tuesday, every 6 weeks"),
        ("FREQ=MONTHLY;BYDAY=2TU,4TU", None, "2nd and 4th Tuesday of the month"),
        ("FREQ=MONTHLY;BYDAY=-1SU", None, "last Sunday of the month"),
        ("FREQ=MONTHLY;BYDAY=1MO,3TH", None, "1st Monday and 3rd Thursday of the month"),
        ("FREQ=MONTHLY;INTERVAL=3;BYDAY=1TU", date(2026, 11, 3), "1st Tuesday of every third month"),
    ],
)
def test_rules_in_words(text: str, first: date | None, words: str) -> None:
    rule = Rule.parse(text, first)
    assert rule.in_words() == words
    assert rule.dates(rule.first_date(), rule.first_date()) == (rule.first_date(),)


def test_the_window_moves_on(client: FlaskClient, frozen: Any) -> None:
    from sqlalchemy import select

    from recovery_net.meetings import jobs
    from recovery_net.meetings.models import Occurrence

    import_rows(row("evening", day=[1, 4]), row("request", day=None))
    for _day in range(30):
        clock.shift(days=1)
        jobs.move_window()
        jobs.move_window()
        with db.reading() as session:
            days = sorted(session.scalars(select(Occurrence.on)))
        assert days[0] >= clock.today() - occurrences.BACK
        assert len([day for day in days if day > clock.today()]) >= 2
