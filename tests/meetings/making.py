"""Meetings in the database, for tests."""

import json
from typing import Any

from recovery_net.meetings import importing
from recovery_net.meetings.feeds.normalise import Options
from recovery_net.meetings.importing import Report, Request
from tests.meetings.reading import TIMED


def row(slug: str, **fields: Any) -> dict[str, Any]:
    """A good row; its name is its slug."""
    return TIMED | {"slug": slug, "name": slug.replace("-", " ").title()} | fields


def import_rows(*rows: Any, name: str = "test list", apply: bool = True, **options: Any) -> Report:
    """Read rows in as a list."""
    request = Request(name, options=Options(**options))
    return importing.import_list(json.dumps(rows).encode(), request, apply=apply)


def counts(report: Report) -> tuple[int, int, int, int, int]:
    """Added, changed, unchanged, removed, refused."""
    return report.added, report.changed, report.unchanged, report.removed, len(report.refused)
