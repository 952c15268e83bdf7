"""The list: what is on it, in which order, and that every filter does what it says."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from recovery_net.core import clock
from recovery_net.meetings import filters, listing, nearness
from tests.meetings.making import import_rows, row

# Monday 23 November 2026, 09:30 in UTC; the meetings are in New York, where it is 04:30.
MONDAY = "2026-11-23"
HERE = {"timezone": "UTC"}


def found(**arguments: Any) -> list[str]:
    """Slugs of a page, in order."""
    return [entry.meeting.slug for entry in listing.page(filters.read(query(**arguments), "UTC")).entries]


def query(**arguments: Any) -> MultiDict[str, str]:
    """A query string; a list is a name that is there several times."""
    given = {name: value if isinstance(value, list) else [value] for name, value in arguments.items()}
    return MultiDict([(name, str(value)) for name, values in given.items() for value in values])


def ask(**arguments: Any) -> list[str]:
    asked = filters.read(query(**arguments), "UTC")
    return sorted({entry.meeting.slug for entry in listing.page(asked).entries})


@pytest.fixture
def three(frozen: Any) -> None:
    """One going on, one within two hours, one tomorrow; one by appointment."""
    import_rows(
        row("going", day=1, time="09:00", **HERE),
        row("soon", day=1, time="11:00", **HERE),
        row("later", day=1, time="12:00", **HERE),
        row("tomorrow", day=2, time="09:00", **HERE),
        row("on-request", day=None, **HERE),
        row("pausing", types=["TC"], formatted_address="1 High Street, Oldtown, OT1, UK", **HERE),
    )


@pytest.mark.usefixtures("three")
class TestOrder:
    """Now, soon, then by day, and last what has no time."""

    def test_what_is_on_comes_first_and_what_has_no_time_last(self) -> None:
        assert found() == ["going", "soon", "later", "tomorrow", "on-request", "pausing"]

    def test_each_meeting_is_there_once_for_each_of_its_weekdays_at_any_moment(self) -> None:
        import_rows(row("often", day=[1, 2, 4], time="09:15", **HERE), name="other")
        for _hour in range(0, 24 * 8, 5):
            assert found().count("often") == 3
            clock.shift(hours=5)
            if _hour % 30 == 0:
                from recovery_net.meetings import jobs

                jobs.move_window()

    def test_a_meeting_leaves_when_it_ends_and_stands_for_next_week(self) -> None:
        clock.shift(minutes=30)  # 10:00, when it ends
        assert found()[0] == "soon"
        assert "going" in found()

    @pytest.mark.parametrize(
        ("when", "slugs"), [("now", ["going"]), ("soon", ["soon"]), (["now", "soon"], ["going", "soon"])]
    )
    def test_now_and_soon(self, when: Any, slugs: list[str]) -> None:
        assert ask(when=when) == slugs


@pytest.fixture
def town(frozen: Any) -> None:
    """A town's meetings, each with something of its own."""
    place = {
        "formatted_address": "5 Main Street, Harbour, CA 90000, USA",
        "latitude": 34.0,
        "longitude": -118.0,
    }
    import_rows(
        row("dawn", day=2, time="06:00", types=["O", "M"], region="Harbour", **place, **HERE),
        row("noon", day=3, time="12:00", types=["C"], region="Harbour", sub_region="Docks", program="na", **HERE),
        row("dusk", day=[2, 6], time="18:00", types=["O", "W"], conference_url="https://zoom.us/j/1", **HERE),
        row("dark", day=5, time="23:00", types=["O", "X", "W"], notes="Bring a candle", **place,
            conference_url="https://zoom.us/j/2", **HERE),
        row("far", day=2, time="12:00", formatted_address="9 Hill Road, Elsewhere, CA 91111, USA", latitude=36.0,
            longitude=-118.0, **HERE),
        row("whenever", day=None, types=["W"], conference_url="https://zoom.us/j/3"),
    )  # fmt: skip


EVERY = ["dark", "dawn", "dusk", "far", "noon", "whenever"]


@pytest.mark.usefixtures("town")
class TestFilters:
    """Each alone, and together."""

    @pytest.mark.parametrize(
        ("arguments", "slugs"),
        [
            ({}, EVERY),
            ({"day": 2}, ["dawn", "dusk", "far"]),
            ({"day": ["3", "5"]}, ["dark", "noon"]),
            ({"day": 7}, []),
            ({"time": "morning"}, ["dawn"]),
            ({"time": "midday"}, ["far", "noon"]),
            ({"time": "evening"}, ["dusk"]),
            ({"time": "night"}, ["dark"]),
            ({"time": ["night", "morning"]}, ["dark", "dawn"]),
            ({"type": "W"}, ["dark", "dusk", "whenever"]),
            ({"type": ["O", "W"]}, ["dark", "dusk"]),
            ({"type": ["O", "W", "X"]}, ["dark"]),
            ({"type": "nobody knows"}, []),
            ({"program": "na"}, ["noon"]),
            ({"region": "harbour"}, ["dawn", "noon"]),
            ({"region": "Docks"}, ["noon"]),
            ({"attendance": "online"}, ["dusk", "whenever"]),
            ({"attendance": "hybrid"}, ["dark"]),
            ({"attendance": "in_person"}, ["dawn", "far"]),
            ({"near": "34.0,-118.0"}, ["dark", "dawn"]),
            ({"near": "34.0,-118.0", "km": 300}, ["dark", "dawn", "far"]),
            ({"near": "34.0,-118.0", "km": 1}, ["dark", "dawn"]),
            ({"near": "-34.0,118.0", "km": 500}, []),
            ({"q": "candle"}, ["dark"]),
            ({"q": "CANDLE bring"}, ["dark"]),
            ({"q": "cand"}, ["dark"]),
            ({"q": "tuesday evening"}, ["dusk"]),
            ({"q": "women, tuesday evening, online"}, ["dusk"]),
            ({"q": "women online"}, ["dark", "dusk", "whenever"]),
            ({"q": "narcotics"}, ["noon"]),
            ({"q": "zoom"}, ["dark", "dusk", "whenever"]),
            ({"q": "harbour"}, ["dark", "dawn", "noon"]),
            ({"q": "nothing like it"}, []),
            ({"q": "!!"}, []),
            ({"q": "' OR 1=1 --"}, []),
            ({"q": '"candle* AND'}, []),
            ({"day": 2, "type": "O", "attendance": "in_person"}, ["dawn"]),
            ({"day": 2, "time": "midday", "near": "36,-118"}, ["far"]),
            ({"type": "W", "time": "evening"}, ["dusk"]),
        ],
        ids=lambda value: urlencode(value, doseq=True) if isinstance(value, dict) else "",
    )
    def test_truth(self, arguments: dict[str, Any], slugs: list[str]) -> None:
        assert ask(**arguments) == slugs

    def test_days_and_times_are_the_readers(self) -> None:
        assert ask(day=2, tz="UTC") == ["dawn", "dusk", "far"]
        assert ask(day=1, tz="America/Los_Angeles") == ["dawn"]  # 06:00 in UTC is ten in the evening before
        assert ask(time="night", tz="America/Los_Angeles") == ["dawn"]
        assert ask(day=6, time="morning", tz="Asia/Tokyo") == [
            "dark"
        ]  # 23:00 in UTC is eight in the morning after


@pytest.mark.parametrize(
    ("arguments", "complaints"),
    [
        ({"day": "9"}, 1), ({"day": "x"}, 1), ({"time": "teatime"}, 1), ({"when": "later"}, 1), ({"tz": "Mars"}, 1),
        ({"near": "here"}, 1), ({"near": "91,0"}, 1), ({"near": "1"}, 1), ({"km": "0"}, 1), ({"km": "1e9"}, 1),
        ({"page": "-1"}, 1), ({"page": "x"}, 1), ({"page": "9" * 50}, 1), ({"program": "zz"}, 1),
        ({"attendance": "x"}, 1),
        ({"q": "\0"}, 0), ({"day": ""}, 0), ({"near": "nan,nan", "km": "inf", "day": "²"}, 3), ({"unknown": "x"}, 0),
        ({"day": ["1"] * 500}, 0), ({"type": "\ud800"}, 0), ({"q": "x" * 10_000}, 0),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_left_out_and_said(arguments: dict[str, Any], complaints: int) -> None:
    assert len(filters.read(query(**arguments), "UTC").complaints) == complaints


@pytest.mark.parametrize(
    "said",
    ["day=9&time=x&when=y&tz=Mars&near=a&km=-1&page=0&program=zz&attendance=q", "q=%00", "q=%ff%fe",
     "type=%ed%a0%80",
     "page=99999999999999999999", "near=89.99,179.99&km=500", "near=-90,-180&km=500", "tz=../../etc/passwd",
     "day=1&day=",
     "q=" + "a+" * 300, "region=%25&q=%25", "page=100000"],
)  # fmt: skip
def test_no_query_breaks_a_page_or_a_feed(client: FlaskClient, said: str) -> None:
    import_rows(row("a"))
    for path in ("/meetings", "/meetings.json", "/meetings.csv", "/meetings.ics"):
        assert client.get(f"{path}?{said}").status_code == 200


def test_complaints_are_on_the_page(client: FlaskClient) -> None:
    assert "“9” is no day" in client.get("/meetings?day=9").text


class TestPages:
    """Fifty to a page."""

    @pytest.fixture(autouse=True)
    def many(self, frozen: Any) -> None:
        import_rows(
            *(row(f"m-{number:03}", day=number % 7, time=f"{number % 24:02}:00") for number in range(120)),
            *(row(f"z-{number:03}", day=None) for number in range(7)),
        )

    def page(self, number: int, **more: str) -> listing.Page:
        return listing.page(filters.read(query(page=number, **more), "UTC"))

    def test_all_are_on_some_page_once(self) -> None:
        pages = [self.page(number) for number in (1, 2, 3)]
        assert [len(page.entries) for page in pages] == [50, 50, 27]
        assert [page.has_next for page in pages] == [True, True, False]
        assert len({entry.meeting.slug for page in pages for entry in page.entries}) == 127
        starts = [entry.starts_at for page in pages for entry in page.entries if entry.starts_at]
        assert starts == sorted(starts)

    def test_past_the_end_is_the_last(self) -> None:
        assert self.page(4000).number == 3
        assert [entry.meeting.slug for entry in self.page(4000).entries][-1] == "z-006"

    def test_a_page_of_meetings_by_appointment_only(self) -> None:
        assert [entry.meeting.slug for entry in self.page(1, q="appointment").entries] == [
            f"z-00{n}" for n in range(7)
        ]

    def test_links_keep_the_filters(self, client: FlaskClient) -> None:
        soup = BeautifulSoup(client.get("/meetings?tz=UTC&q=m").data, "html.parser")
        assert soup.select_one('a[rel="next"]')["href"] == "/meetings?tz=UTC&q=m&page=2"  # type: ignore[index]


def test_distance_in_sql_is_distance_on_the_ground(app: Flask, frozen: Any) -> None:
    places = {f"p-{a}-{o}": (40 + a * 0.7, 179 + o * 0.7) for a in range(-6, 7, 2) for o in range(-6, 7, 2)}
    places = {slug: (lat, lon if lon <= 180 else lon - 360) for slug, (lat, lon) in places.items()}
    import_rows(*(row(slug, latitude=lat, longitude=lon) for slug, (lat, lon) in places.items()))
    for km in (60, 150, 320, 500):
        near = (40.0, 179.0)
        inside = {slug for slug, place in places.items() if nearness.distance(near, place) <= km}
        asked = filters.read(query(near="40,179", km=km), "UTC")
        got = {entry.meeting.slug for entry in listing.page(asked).entries}
        border = {
            slug for slug, place in places.items() if abs(nearness.distance(near, place) / km - 1) < 0.002
        }
        assert got - border == inside - border


class TestShown:
    """What a row says."""

    def rows(self, client: FlaskClient, said: str) -> list[str]:
        soup = BeautifulSoup(client.get(f"/meetings?{said}").data, "html.parser")
        return [" ".join(part.get_text(" ").split()) for part in soup.select("li.meeting")]

    def test_times_are_the_readers_with_the_meetings_own_beside(
        self, client: FlaskClient, frozen: Any
    ) -> None:
        import_rows(row("abroad", day=1, time="19:00", timezone="America/New_York"))
        (text,) = self.rows(client, "tz=Europe/Berlin")
        assert "1:00 am" in text.replace("\u202f", " ")
        assert "7:00 pm in New York" in text.replace("\u202f", " ")
        (text,) = self.rows(client, "tz=America/New_York")
        assert "in New York" not in text

    def test_sections(self, client: FlaskClient, three: None) -> None:
        soup = BeautifulSoup(client.get("/meetings?tz=UTC").data, "html.parser")
        titles = [part.get_text() for part in soup.select("main h2")]
        assert titles == [
            "Open right now", "Starting soon", "Today, Monday, 23 November", "Tomorrow, Tuesday, 24 November",
            "By appointment", "Not meeting for now",
        ]  # fmt: skip

    def test_how_long_it_is_going_or_will_take(self, client: FlaskClient, three: None) -> None:
        texts = self.rows(client, "tz=UTC&when=now&when=soon")
        assert "30 min in" in texts[0]
        assert "in 1 h 30" in texts[1]

    def test_the_zone_of_the_account_is_used(self, sign_in: Any, frozen: Any) -> None:
        from tests.factories import make_account

        import_rows(row("abroad", day=1, time="19:00", timezone="America/New_York"))
        page = sign_in(make_account(time_zone="Europe/Berlin")).get("/meetings").text
        assert "times in Berlin" in page

    def test_an_empty_list_invites(self, client: FlaskClient) -> None:
        assert "No meetings here yet" in client.get("/meetings").text
        assert "No meeting fits" in client.get("/meetings?q=nothing").text


def test_a_cancelled_date_is_shown_as_such(client: FlaskClient, frozen: Any) -> None:
    import_rows(row("holiday", day=2, recovery_net_except="2026-11-24"))
    assert "not this time" in client.get("/meetings").text
    assert ask(when="now") == []


def test_a_moved_date_stands_where_it_moved_to(frozen: Any) -> None:
    import_rows(row("moved", day=2, recovery_net_except="2026-11-24=2026-11-25T20:00"))
    (entry,) = listing.page(filters.read(query(), "UTC")).entries
    assert entry.starts_at == datetime(2026, 11, 26, 1, tzinfo=UTC)


def test_a_rule_that_skips_is_listed_by_its_next_date(frozen: Any) -> None:
    import_rows(
        row("rare", day=2, recovery_net_series="rare", recovery_net_rule="FREQ=MONTHLY;INTERVAL=3;BYDAY=1TU",
            recovery_net_first="2026-11-03")
    )  # fmt: skip
    (entry,) = listing.page(filters.read(query(), "UTC")).entries
    assert entry.starts_at == datetime(2027, 2, 3, 0, tzinfo=UTC)
    assert entry.starts_at - clock.now() > timedelta(days=60)
