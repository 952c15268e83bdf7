"""Lists that real intergroups published, where they lie beside the project. None of them is part of it."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from recovery_net.core import db
from recovery_net.meetings import importing
from recovery_net.meetings.feeds.normalise import Options
from recovery_net.meetings.feeds.report import FeedUnusable
from recovery_net.meetings.importing import Request
from recovery_net.meetings.models import Meeting
from tests.conftest import empty_tables
from tests.meetings.test_feeds import stored
from tests.meetings.wild import read_feed

ROOT = Path(__file__).resolve().parents[2]
FEEDS = Path(os.environ.get("RECOVERY_NET_FEEDS") or ROOT.parent / "shared" / "feeds")
# file, rows, refused, zone and program as its keeper would say them
LISTS = {
    "san-jose-693.json": (693, 0, Options("America/Los_Angeles", "aa")),
    "edmonton-315.json": (315, 0, Options("America/Edmonton", "aa")),
    "kansas-city-206.json": (206, 0, Options("America/Chicago", "aa")),
    "sussex-123.json": (123, 0, Options("America/New_York", "aa")),
    "online-groups-160.json": (160, 1, Options()),
    "sheet-36.csv": (36, 0, Options()),
    "sheet-banner-183.csv": (183, 0, Options()),
    "bmlt-day2.json": (53, 0, Options("America/New_York")),
}
pytestmark = [
    pytest.mark.usefixtures("app"),
    pytest.mark.skipif(not FEEDS.is_dir(), reason=f"no lists in {FEEDS}"),
]


def import_all() -> dict[str, importing.Report]:
    return {
        name: importing.import_list((FEEDS / name).read_bytes(), Request(name, options=options), apply=True)
        for name, (_rows, _refused, options) in LISTS.items()
    }


def test_all_import_and_a_second_time_changes_nothing() -> None:
    for name, report in import_all().items():
        rows, refused, _options = LISTS[name]
        assert (report.read, len(report.refused)) == (rows, refused), name
        assert report.added == rows - refused
    for report in import_all().values():
        assert (report.added, report.changed, report.removed) == (0, 0, 0)
        assert report.read == report.unchanged + len(report.refused)
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Meeting)) == sum(
            rows - refused for rows, refused, _options in LISTS.values()
        )


def test_what_is_not_json_is_no_list() -> None:
    with pytest.raises(FeedUnusable):
        importing.import_list((FEEDS / "not-json.json").read_bytes(), Request("not-json.json"), apply=True)


@pytest.mark.parametrize("kind", ["meeting-guide", "csv"])
def test_the_export_read_back_is_the_same_meetings(app: Flask, kind: str) -> None:
    import_all()
    before = without_keepers()
    exported = app.test_cli_runner().invoke(args=["meetings", "export", "--format", kind]).stdout_bytes
    empty_tables()
    report = importing.import_list(exported, Request("exported"), apply=True)
    assert report.refused == []
    after = stored()
    assert {slug: after[slug] for slug in before} == before
    assert (
        app.test_cli_runner().invoke(args=["meetings", "export", "--format", kind]).stdout_bytes == exported
    )


def without_keepers() -> dict[str, bytes]:
    """Digests of meetings without contacts: these stay behind on purpose."""
    with db.reading() as session:
        rows = session.execute(select(Meeting.slug, Meeting.digest).where(Meeting.contacts_sealed.is_(None)))
        return {row.slug: row.digest for row in rows}


def test_a_reader_in_the_wild_keeps_every_meeting(client: FlaskClient, frozen: Any) -> None:
    import_all()
    feed = client.get("/meetings.json").get_json()
    assert (
        len(read_feed(feed)) == len(feed) == sum(rows - refused for rows, refused, _options in LISTS.values())
    )


def test_every_page_opens(client: FlaskClient, frozen: Any) -> None:
    import_all()
    kinds: Counter[str] = Counter()
    for slug in sorted(stored())[::7]:
        answer = client.get(f"/meetings/{slug}")
        assert answer.status_code == 200
        kinds["[for members]" in answer.text] += 1
    assert kinds[True]
    for page in range(1, 8):
        assert client.get(f"/meetings?page={page}").status_code == 200
