"""`flask meetings …`"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import click
from flask import current_app
from flask.cli import AppGroup

from recovery_net.core import db
from recovery_net.core.errors import DomainError
from recovery_net.meetings import (
    calendars,
    fetching,
    guide,
    importing,
    programs,
    publishing,
    service,
    sheets,
    zones,
)
from recovery_net.meetings.feeds import sources
from recovery_net.meetings.feeds.normalise import Options
from recovery_net.meetings.filters import Filters
from recovery_net.meetings.guide import Writing
from recovery_net.meetings.importing import NothingUsable, Report, Request

meetings = AppGroup("meetings", help="Read meeting lists in, and give them on.")
_SHOWN = 20


def _zone(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    try:
        return zones.canonical(value) if value else None
    except zones.AmbiguousZone as error:
        raise click.BadParameter(f"can mean {', '.join(error.candidates)}; give one of these") from error
    except zones.UnknownZone as error:
        raise click.BadParameter("is no time zone; give an IANA name such as Europe/Berlin") from error


@meetings.command("import")
@click.argument("source")
@click.option(
    "--format", "kind", type=click.Choice(sources.KINDS), default="auto", help="Found out by itself."
)
@click.option("--timezone", callback=_zone, help="For rows that name no zone.")
@click.option(
    "--program", type=click.Choice(programs.codes()), help="Whose list it is: gives type codes their meaning."
)
@click.option("--source", "name", help="What to call the list; else the file's name or the address.")
@click.option("--allow-private", is_flag=True, help="Also read addresses inside a private network.")
@click.option("--apply", is_flag=True, help="Change the database. Without it this is a preview.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--verbose", is_flag=True, help="Name every refusal and repair.")
def import_(source: str, kind: sources.Kind, *, as_json: bool, verbose: bool, **more: object) -> None:
    """Read the list SOURCE (a file, an address, or - for standard input) in."""
    try:
        found, data = fetching.fetch(
            source, allow_private=bool(more["allow_private"]), trusted=fetching.typed_host(source)
        )
        options = Options(
            time_zone=_text(more["timezone"]), program=_text(more["program"]) or programs.UNKNOWN
        )
        request = Request(_text(more["name"]) or found, kind, options)
        report = importing.import_list(data, request, apply=bool(more["apply"]))
    except DomainError as error:
        _tell_unusable(error, as_json=as_json)
        raise SystemExit(2) from error
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        _tell(report, is_applied=bool(more["apply"]), verbose=verbose)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _tell_unusable(error: DomainError, *, as_json: bool) -> None:
    sentence = error.message % error.params if error.params else error.message
    report = error.report if isinstance(error, NothingUsable) else Report()
    if as_json:
        click.echo(json.dumps({**report.as_json(), "error": sentence}, ensure_ascii=False))
    else:
        _tell_refused(report, most=_SHOWN)
    click.echo(sentence, err=True)


def _tell(report: Report, *, is_applied: bool, verbose: bool) -> None:
    most = sys.maxsize if verbose else _SHOWN
    counts = report.as_json()
    names = ("read", "added", "changed", "unchanged", "removed")
    click.echo(", ".join(f"{counts[name]} {name}" for name in names) + f", {len(report.refused)} refused")
    _tell_refused(report, most=most)
    if report.repaired:
        fields = Counter(repaired.field for repaired in report.repaired)
        click.echo("Repaired: " + ", ".join(f"{field} in {count}" for field, count in fields.most_common()))
    for repaired in report.repaired[:most]:
        click.echo(f"  row {repaired.row}, {repaired.field}: {repaired.was!r} is read as {repaired.now!r}")
    if max(len(report.refused), len(report.repaired)) > most:
        click.echo("  … more with --verbose")
    if not is_applied:
        click.echo("This was a preview: nothing is changed yet. Add --apply to do it.")


def _tell_refused(report: Report, *, most: int) -> None:
    if report.refused:
        click.echo("Refused:")
    for refused in report.refused[:most]:
        click.echo(f"  row {refused.row}, {refused.name or 'without a name'}: {refused.reason}")


@meetings.command("export")
@click.option("--format", "kind", type=click.Choice(["meeting-guide", "ics", "csv"]), default="meeting-guide")
def export(kind: str) -> None:
    """Print every meeting, with how to join it: for backups and for moving to another place."""
    settings = current_app.config["SETTINGS"]
    asked = Filters(zone=settings.time_zone)
    writing = Writing(
        f"{settings.public_url}/meetings/{{}}".format, is_complete=True, default_zone=settings.time_zone
    )
    chosen = publishing.chosen(asked)
    pieces = (
        calendars.calendar(chosen, writing)
        if kind == "ics"
        else _written(kind, guide.records(chosen, writing))
    )
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _written(kind: str, records: Iterator[guide.Record]) -> Iterator[bytes]:
    return sheets.sheet(records) if kind == "csv" else guide.array(records)


@meetings.command("change")
@click.argument("slug")
@click.argument("on", type=click.DateTime(["%Y-%m-%d"]))
@click.option(
    "--moved-to", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="The new time on the meeting's own clock."
)
@click.option("--undo", is_flag=True, help="It takes place after all, at its usual time.")
def change(slug: str, on: datetime, moved_to: datetime | None, undo: bool) -> None:
    """Cancel the sitting of SLUG on a date, or move it. Imports keep what is said here."""
    try:
        with db.transaction():
            meeting = service.meeting_for(slug)
            if undo:
                service.keep_date(meeting, on.date())
            else:
                service.change_date(meeting, on.date(), moved_to)
    except DomainError as error:
        click.echo(error.message % error.params if error.params else error.message, err=True)
        raise SystemExit(2) from error
    click.echo(f"{meeting.name}, {on:%Y-%m-%d}: " + ("as usual" if undo else str(moved_to or "cancelled")))
