"""The feeds, as readers in the wild need them, and read back by ourselves."""

import json
import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from recovery_net.core import db
from recovery_net.meetings import importing
from recovery_net.meetings.feeds.normalise import Options
from recovery_net.meetings.importing import Request
from recovery_net.meetings.models import Meeting
from tests.conftest import empty_tables
from tests.factories import make_account
from tests.meetings.making import import_rows, row
from tests.meetings.reading import LISTS
from tests.meetings.wild import read_feed

OWN = ("oddities.json", "wrapped.json", "database.json", "sheet.csv", "banner.csv", "bmlt.json")


@pytest.fixture
def lists(frozen: Any) -> None:
    """All our short lists, and some meetings that the format cannot say."""
    for name in OWN:
        importing.import_list(
            (LISTS / name).read_bytes(), Request(name, options=Options("America/New_York")), apply=True
        )
    import_rows(
        row("every-second", recovery_net_series="every-second", recovery_net_rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
            recovery_net_first="2026-11-03", recovery_net_except="2026-12-15", notes="Tea."),
        row("many-days", day=[0, 2, 4, 6], types=["Tea, toast"]),
        row("many-days-tu", name="Has the slug that a day would get"),
        row("x" * 63, day=[1, 2]),
        row("by-phone", conference_phone="+16465550188"),
    )  # fmt: skip


def records(client: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/meetings.json{query}")
    assert answer.status_code == 200
    return list(answer.get_json())


def stored() -> dict[str, bytes]:
    with db.reading() as session:
        return {row.slug: row.digest for row in session.execute(select(Meeting.slug, Meeting.digest))}


@pytest.mark.usefixtures("lists")
class TestAsReadersNeedIt:
    """The table of what readers in the wild do."""

    def test_a_reader_in_the_wild_keeps_every_record(self, client: FlaskClient) -> None:
        feed = records(client)
        kept = read_feed(feed)
        assert len(kept) == len(feed)
        assert {record["recovery_net_series"] for record in feed} == set(stored())

    def test_every_record_has_what_readers_ask_for(self, client: FlaskClient) -> None:
        for record in records(client):
            assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", record["slug"])
            assert record["name"]
            assert record["formatted_address"]
            assert record["approximate"] in {"yes", "no"}
            assert record["timezone"] == "UTC" or "/" in record["timezone"]
            if "day" in record:
                assert type(record["day"]) is int
                assert 0 <= record["day"] <= 6
                assert re.fullmatch(r"[0-2]\d:[0-5]\d", record["time"])
                assert re.fullmatch(r"[0-2]\d:[0-5]\d", record["end_time"])
            assert isinstance(record.get("types", []), list)
            assert "ONL" not in record.get("types", [])
            assert re.fullmatch(
                r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", record.get("updated", "2026-01-01 00:00:00")
            )
            assert not [name for name in record if name.startswith("contact_")]

    def test_a_meeting_of_several_days_is_a_record_a_day(self, client: FlaskClient) -> None:
        days = {
            record["slug"]: record["day"]
            for record in records(client)
            if record["recovery_net_series"] == "many-days"
        }
        assert days == {"many-days": 0, "many-days-tu-2": 2, "many-days-th": 4, "many-days-sa": 6}

    def test_a_rule_that_the_format_cannot_say_is_said_in_words(self, client: FlaskClient) -> None:
        (record,) = [record for record in records(client) if record["slug"] == "every-second"]
        assert record["notes"] == "Every second Tuesday.\nTea."
        assert record["day"] == 2

    def test_members_get_a_complete_feed(self, sign_in: Any) -> None:
        text = sign_in(make_account()).get("/meetings.json").text
        assert "https://zoom.us/j/5550001111?pwd=marigold" in text
        assert "contacts.example" not in text

    def test_a_page_announces_it(self, client: FlaskClient) -> None:
        soup = BeautifulSoup(client.get("/meetings").data, "html.parser")
        link = soup.select_one('link[rel="alternate"][type="application/json"][title="Meetings Feed"]')
        assert link is not None
        assert str(link["href"]).endswith("/meetings.json")

    @pytest.mark.parametrize("kind", ["json", "csv", "ics"])
    def test_the_same_is_not_sent_again(self, client: FlaskClient, kind: str) -> None:
        first = client.get(f"/meetings.{kind}")
        assert first.headers["Access-Control-Allow-Origin"] == "*"
        tag = first.headers["ETag"]
        second = client.get(f"/meetings.{kind}", headers={"If-None-Match": tag})
        assert (second.status_code, second.data) == (304, b"")
        assert second.headers["Access-Control-Allow-Origin"] == "*"
        import_rows(row("one-more"), name="other")
        assert client.get(f"/meetings.{kind}", headers={"If-None-Match": tag}).status_code == 200

    def test_members_and_strangers_do_not_share_a_tag(self, client: FlaskClient, sign_in: Any) -> None:
        tag = sign_in(make_account()).get("/meetings.json").headers["ETag"]
        assert client.get("/meetings.json", headers={"If-None-Match": tag}).status_code == 200

    def test_filters_hold_for_feeds(self, client: FlaskClient) -> None:
        assert {record["day"] for record in records(client, "?day=4&tz=America/New_York")} == {4}
        assert {record["program"] for record in records(client, "?program=na")} == {"na"}
        assert [record["slug"] for record in records(client, "?q=orchard+row+monday")] == ["orchard-row"]
        assert records(client, "?when=now") != records(client)

    def test_kinds(self, client: FlaskClient) -> None:
        assert client.get("/meetings.json").mimetype == "application/json"
        assert client.get("/meetings.csv").mimetype == "text/csv"
        assert client.get("/meetings.ics").mimetype == "text/calendar"


def test_an_empty_feed_is_an_empty_list(client: FlaskClient) -> None:
    assert records(client) == []


@pytest.mark.usefixtures("lists")
@pytest.mark.parametrize("kind", ["meeting-guide", "csv"])
def test_what_is_exported_is_read_back_as_the_same_meetings(app: Flask, kind: str) -> None:
    run = app.test_cli_runner().invoke
    exported = run(args=["meetings", "export", "--format", kind]).stdout_bytes
    before = stored()
    empty_tables()
    report = importing.import_list(exported, Request("exported"), apply=True)
    assert (report.refused, len(stored())) == ([], len(before))
    assert without_contacts(before) == without_contacts(stored())
    again = run(args=["meetings", "export", "--format", kind]).stdout_bytes
    assert again == exported
    assert importing.import_list(again, Request("exported"), apply=True).unchanged == report.read


def without_contacts(digests: dict[str, bytes]) -> dict[str, bytes]:
    """Contacts of a list's keepers stay behind."""
    return {
        slug: digest
        for slug, digest in digests.items()
        if slug not in {"contacts", "orchard-row", "early-tide"}
    }


@pytest.mark.usefixtures("lists")
def test_another_instance_reads_our_public_feed(client: FlaskClient) -> None:
    feed, meetings = client.get("/meetings.json").data, len(stored())
    empty_tables()
    report = importing.import_list(feed, Request("https://recovery.example/meetings.json"), apply=True)
    assert report.refused == []
    assert len(stored()) == meetings


def test_spreadsheets_run_nothing(client: FlaskClient) -> None:
    import_rows(row("a", name="=HYPERLINK(1)", notes="@SUM(1)", group="-1+1"))
    assert '"=' not in client.get("/meetings.csv").text
    assert ",=" not in client.get("/meetings.csv").text
    cells = client.get("/meetings.csv").text.splitlines()[1].split(",")
    assert not [cell for cell in cells if cell[:1] in "=@" and cell]


def test_a_slug_may_end_like_a_file(client: FlaskClient) -> None:
    import_rows(row("calendar-ics"))
    assert client.get("/meetings/calendar-ics").mimetype == "text/html"
    assert client.get("/meetings/calendar-ics.ics").mimetype == "text/calendar"
    assert client.get("/meetings/nobody.ics").status_code == 404
    assert client.get("/meetings/nobody").status_code == 404
    for odd in ("%00", "%ff", "a%2fb", "..", "x" * 5000, "%ed%a0%80"):
        assert client.get(f"/meetings/{odd}").status_code == 404
        assert client.get(f"/meetings/{odd}.ics").status_code == 404


def test_a_list_of_one_unpacked_record(client: FlaskClient) -> None:
    report = importing.import_list(json.dumps(row("solo")).encode(), Request("solo"), apply=True)
    assert report.added == 1
