"""Lists into the database: preview, differences, and what stays when something is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from recovery_net.core import clock, db
from recovery_net.meetings import importing, service
from recovery_net.meetings.feeds.report import FeedUnusable
from recovery_net.meetings.importing import NothingUsable
from recovery_net.meetings.models import Meeting, MeetingSource, Occurrence
from tests.meetings.making import counts, import_rows, row
from tests.meetings.reading import LISTS

pytestmark = pytest.mark.usefixtures("app")


def slugs() -> dict[str, str]:
    """Slug → name of all that is there."""
    with db.reading() as session:
        return {found.slug: found.name for found in session.scalars(select(Meeting))}


def stored(slug: str) -> Meeting:
    with db.reading():
        return service.meeting_for(slug)


def revision() -> int:
    with db.reading() as session:
        return session.scalar(select(func.sum(MeetingSource.revision))) or 0


def test_a_preview_says_what_would_happen_and_changes_nothing() -> None:
    report = import_rows(row("a"), row("b"), {"slug": "c"}, apply=False)
    assert counts(report) == (2, 0, 0, 0, 1)
    assert slugs() == {}


def test_a_second_import_changes_nothing() -> None:
    rows = (row("a"), row("b", day=[1, 3]), row("c", day=None))
    assert counts(import_rows(*rows)) == (3, 0, 0, 0, 0)
    before, was = stored("b"), revision()
    assert counts(import_rows(*rows)) == (0, 0, 3, 0, 0)
    assert (stored("b").id, revision()) == (before.id, was)


def test_only_what_changed_is_changed() -> None:
    import_rows(row("a"), row("b"), row("c"))
    before = stored("b")
    report = import_rows(row("a"), row("b", name="New Name", types=["O"]), row("d"))
    assert counts(report) == (1, 1, 1, 1, 0)
    assert slugs() == {"a": "A", "b": "New Name", "d": "D"}
    assert stored("b").id == before.id
    with db.reading():
        assert service.types_for(stored("b")) == ["O"]


def test_a_change_of_time_moves_the_occurrences() -> None:
    import_rows(row("a"))
    import_rows(row("a", time="08:00", day=4))
    with db.reading() as session:
        found = list(session.scalars(select(Occurrence)))
    assert {occurrence.on.isoweekday() for occurrence in found} == {4}
    assert {occurrence.starts_at.hour for occurrence in found} <= {12, 13}  # 8 o'clock in New York


def test_numbers_add_up_for_every_short_list() -> None:
    for path in sorted(LISTS.iterdir()):
        if path.name != "broken.json":
            request = importing.Request(path.name, options=importing.normalise.Options("Europe/Berlin"))
            for _again in range(2):
                report = importing.import_list(path.read_bytes(), request, apply=True)
                assert report.read == report.added + report.changed + report.unchanged + len(report.refused)
            assert (report.added, report.changed, report.removed) == (0, 0, 0), path.name


def test_a_row_that_is_refused_today_keeps_what_was_imported() -> None:
    import_rows(row("a"), row("b"))
    report = import_rows(row("a", time="whenever"), row("b"))
    assert counts(report) == (0, 0, 1, 0, 1)
    assert slugs() == {"a": "A", "b": "B"}


def test_a_row_that_its_list_withdraws_goes() -> None:
    import_rows(row("a"), row("b"))
    assert counts(import_rows(row("a", archived=True), row("b"))) == (0, 0, 1, 1, 1)
    assert slugs() == {"b": "B"}


def test_lists_do_not_touch_each_other() -> None:
    import_rows(row("a"), row("b"), name="one")
    report = import_rows(row("a", name="Another A"), name="two")
    assert counts(report) == (1, 0, 0, 0, 0)
    assert [(repair.field, repair.was) for repair in report.repaired] == [("slug", "a")]
    assert slugs() == {"a": "A", "b": "B", "a-2": "Another A"}
    assert counts(import_rows(row("a", name="Another A"), name="two")) == (0, 0, 1, 0, 0)


@pytest.mark.parametrize("data", [b"", b"[]", b"<html></html>", b"[{", b'{"error": 1}'])
def test_what_is_no_list_changes_nothing(data: bytes) -> None:
    import_rows(row("a"))
    with pytest.raises(FeedUnusable):
        importing.import_list(data, importing.Request("test list"), apply=True)
    assert slugs() == {"a": "A"}


def test_a_list_of_which_nothing_can_be_used_changes_nothing_and_says_why() -> None:
    import_rows(row("a"))
    with pytest.raises(NothingUsable) as caught:
        import_rows(row("a", timezone=None), row("b", timezone=None))
    assert [refused.name for refused in caught.value.report.refused] == ["A", "B"]
    assert slugs() == {"a": "A"}


def test_what_was_said_of_a_list_holds_the_next_time() -> None:
    rows = (row("a", timezone=None, types=["Book Study"]), row("b", timezone=None))
    import_rows(*rows, time_zone="Europe/Berlin", program="rd")
    assert counts(import_rows(*rows)) == (0, 0, 2, 0, 0)
    assert counts(import_rows(*rows, time_zone="Europe/Paris")) == (0, 2, 0, 0, 0)
    assert stored("a").time_zone == "Europe/Paris"


def test_joining_and_contacts_are_sealed() -> None:
    secret = {
        "conference_url": "https://zoom.us/j/5551112222",
        "conference_url_notes": "Passcode: canary-rose",
    }
    import_rows(row("a", **secret, contact_1_name="Canary Jones", notes="Tea"))
    with db.engine().connect() as connection:
        everything = repr(connection.exec_driver_sql("select * from meetings").fetchall())
    assert "canary" not in everything.casefold()
    assert "5551112222" not in everything
    assert json.loads(stored("a").joining) == secret
    assert json.loads(stored("a").contacts) == {"contact_1_name": "Canary Jones"}


def test_what_is_said_here_about_a_date_outlives_an_import(frozen: Any) -> None:
    import_rows(row("a"))
    on = clock.today().replace(day=24)  # a Tuesday
    with db.transaction():
        service.change_date(service.meeting_for("a"), on)
    import_rows(row("a", name="New Name"))
    with db.reading() as session:
        assert session.scalars(select(Occurrence.is_cancelled).where(Occurrence.on == on)).all() == [True]


def test_removing_a_meeting_removes_all_of_it() -> None:
    import_rows(row("a", types=["O"], region="North", recovery_net_except="2026-12-24"), row("b"))
    import_rows(row("b"))
    with db.engine().connect() as connection:
        for table in ("types", "regions", "exceptions"):
            assert connection.exec_driver_sql(f"select count(*) from meeting_{table}").scalar() == 0
        assert (
            connection.exec_driver_sql("select count(distinct meeting_id) from meeting_occurrences").scalar()
            == 1
        )


class TestCommand:
    """`flask meetings import`."""

    def run(self, app: Flask, *arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        result = app.test_cli_runner().invoke(args=["meetings", "import", *arguments], input=stdin)
        return result.exit_code, result.stdout, result.stderr

    def test_json_is_the_contracts(self, app: Flask) -> None:
        code, out, _err = self.run(app, str(LISTS / "oddities.json"), "--json")
        report = json.loads(out)
        assert code == 0
        assert set(report) == {"read", "added", "changed", "unchanged", "removed", "refused", "repaired"}
        assert all(set(refused) == {"row", "name", "reason"} for refused in report["refused"])
        assert all(set(repaired) == {"row", "field", "from", "to"} for repaired in report["repaired"])
        assert slugs() == {}

    def test_apply_applies(self, app: Flask) -> None:
        code, out, _err = self.run(app, str(LISTS / "bmlt.json"), "--timezone", "America/New_York", "--apply")
        assert code == 0
        assert "4 read, 2 added, 0 changed, 0 unchanged, 0 removed, 2 refused" in out
        assert "row 3, Eighth Day: the day 'weekday_tinyint 8' cannot be read" in out
        assert set(slugs()) == {"step-by-step", "screen-door"}

    def test_a_preview_says_so(self, app: Flask) -> None:
        assert "preview" in self.run(app, str(LISTS / "sheet.csv"))[1]

    def test_standard_input(self, app: Flask) -> None:
        code, out, _err = self.run(app, "-", "--json", "--apply", stdin=json.dumps([row("a")]).encode())
        assert (code, json.loads(out)["added"]) == (0, 1)

    @pytest.mark.parametrize("name", ["broken.json", "no-such-file.json"])
    def test_no_list_is_exit_2(self, app: Flask, name: str) -> None:
        code, out, err = self.run(app, str(LISTS / name), "--json", "--apply")
        assert code == 2
        assert json.loads(out)["read"] == 0
        assert err.strip()

    def test_nothing_usable_is_exit_2_with_the_reasons(self, app: Flask, tmp_path: Path) -> None:
        path = tmp_path / "list.json"
        path.write_text(json.dumps([row("a", timezone=None)]))
        code, out, _err = self.run(app, str(path), "--json", "--apply")
        assert code == 2
        assert "--timezone" in json.loads(out)["refused"][0]["reason"]
        assert self.run(app, str(path), "--json", "--apply", "--timezone", "Europe/Berlin")[0] == 0

    @pytest.mark.parametrize("zone", ["CST", "Mars/Olympus"])
    def test_a_zone_that_is_none_is_exit_2(self, app: Flask, zone: str) -> None:
        assert self.run(app, str(LISTS / "sheet.csv"), "--timezone", zone)[0] == 2

    def test_a_program_gives_codes_their_meaning(self, app: Flask, tmp_path: Path) -> None:
        path = tmp_path / "list.json"
        path.write_text(json.dumps([row("a", types=["Book Study"])]))
        self.run(app, str(path), "--apply", "--program", "rd")
        with db.reading():
            assert service.types_for(service.meeting_for("a")) == ["BB"]
