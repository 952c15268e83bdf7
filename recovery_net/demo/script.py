"""The talk as it is written down: one text file a room, read like a play.

# 1                               the first of seven days
18:12 marigold: Evening, all.
18:20 ember > marigold: Six.      answers the last thing that marigold said
18:31 heath [cravings]: Long.     with a content note
  a line that goes on
"""

import json
import re
from dataclasses import dataclass, replace
from datetime import time
from importlib.resources import files
from typing import Any

DAYS = 7
_LINE = re.compile(
    r"(?P<at>\d\d:\d\d) (?P<author>[\w-]+)(?: > (?P<answers>[\w-]+))?(?: \[(?P<note>[^]]+)\])?: (?P<body>.+)"
)


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that somebody says. `answers` names whose last words it answers."""

    day: int
    at: time
    author: str
    body: str
    answers: str | None = None
    note: str | None = None


def read(text: str) -> list[Said]:
    """A room's week, in order."""
    said: list[Said] = []
    day = 0
    for line in text.splitlines():
        if line.startswith("# "):
            day = int(line[2:])
        elif line.startswith("  "):
            said[-1] = replace(said[-1], body=f"{said[-1].body}\n{line[2:]}")
        elif line:
            said.append(_said(day, line))
    return said


def _said(day: int, line: str) -> Said:
    match = _LINE.fullmatch(line)
    if match is None or not day:
        raise ValueError(f"nobody says this: {line!r}")
    hour, minute = match["at"].split(":")
    return Said(
        day=day,
        at=time(int(hour), int(minute)),
        author=match["author"],
        body=match["body"],
        answers=match["answers"],
        note=match["note"],
    )


def week_of(slug: str) -> list[Said]:
    """What is said in one of the rooms."""
    return read(_text("talk", f"{slug}.txt"))


def people() -> list[dict[str, Any]]:
    """Who is there."""
    found: list[dict[str, Any]] = json.loads(_text("people.json"))
    return found


def rooms() -> list[dict[str, Any]]:
    """Where they talk."""
    found: list[dict[str, Any]] = json.loads(_text("rooms.json"))
    return found


def _text(*path: str) -> str:
    return files(__package__).joinpath(*path).read_text(encoding="utf-8")
