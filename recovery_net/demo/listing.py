"""Three hundred meetings that nobody holds, as a list in the Meeting Guide format, read in like any other."""

import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from sqlalchemy import select

from recovery_net.core import clock, db
from recovery_net.meetings import importing
from recovery_net.meetings.models import MeetingSource
from recovery_net.meetings.rules import CODES

NAME = "Made up for the demo"
HOW_MANY = 300
_ONLINE = 70  # of them
_SUNDAY = date(2026, 1, 4)  # where rules that skip weeks begin
_TIMES = (
    "06:30", "07:00", "07:30", "09:00", "10:00", "12:00", "12:15", "13:00", "16:00", "17:30",
    "18:00", "18:00", "18:30", "19:00", "19:00", "19:30", "20:00", "21:00", "22:30",
)  # fmt: skip
_LASTS = (60, 60, 60, 90, 75, 45)  # minutes

Row = dict[str, Any]


def is_there() -> bool:
    """Whether the list was read in."""
    with db.reading() as session:
        return session.scalar(select(MeetingSource.id).where(MeetingSource.name == NAME)) is not None


def read_in() -> importing.Report:
    """Read the list in, in one transaction."""
    data = json.dumps(rows(clock.today())).encode()
    return importing.import_list(data, importing.Request(NAME, "meeting-guide"), apply=True)


def rows(today: date) -> list[Row]:
    """The same list on every machine; only the holidays on which some meetings pause move with the year."""
    maker = _Maker(Random(20261123), today)  # noqa: S311 - variety, not secrecy
    return [
        maker.online(number) if number % 30 < _ONLINE // 10 else maker.in_person(number)
        for number in range(HOW_MANY)
    ]


@cache
def _lists() -> dict[str, Any]:
    text = files(__package__).joinpath("meetings.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@dataclass(slots=True)
class _Maker:
    dice: Random
    today: date
    slugs: set[str] = field(default_factory=set)
    turns: Counter[str] = field(default_factory=Counter)

    def in_person(self, number: int) -> Row:
        """A meeting in a hall; every sixth can be joined from home as well."""
        place = _lists()["places"][number % len(_lists()["places"])]
        language = place["language"]
        street = f"{self.dice.randrange(2, 240)} {self.dice.choice(_lists()['streets'][language])}"
        return (
            self._group(language, place["city"])
            | self._when(number)
            | {
                "timezone": place["zone"],
                "formatted_address": ", ".join(
                    filter(None, (street, place["city"], _post(place, number), place["country"]))
                ),
                "approximate": "no",
                "latitude": round(place["at"][0] + self.dice.uniform(-0.04, 0.04), 5),
                "longitude": round(place["at"][1] + self.dice.uniform(-0.04, 0.04), 5),
                "location": self.dice.choice(_lists()["venues"][language]),
                "location_notes": self.dice.choice(_lists()["ways_in"]) if language == "en" else "",
                "regions": [place["region"], place["city"]],
                "attendance_option": "in_person",
            }
            | (self._room(number) | {"attendance_option": "hybrid"} if number % 6 == 5 else {})
        )

    def online(self, number: int) -> Row:
        """A meeting that is nowhere; it still has a zone."""
        place = self.dice.choice(_lists()["places"])
        return (
            self._group(place["language"], "online")
            | self._when(number)
            | {"timezone": place["zone"], "regions": ["Online"], "attendance_option": "online"}
            | self._room(number)
        )

    def _group(self, language: str, where: str) -> Row:
        programs = [entry for entry in _lists()["programs"] if language in entry["groups"]]
        program = self.dice.choices(programs, [entry["share"] for entry in programs])[0]
        name, types = self._next_of(f"{program['code']} {language}", program["groups"][language])
        usual = [self.dice.choice(program["usual"])] if program["usual"] else []
        access = (
            [program["wheelchair"]]
            if program["wheelchair"] and where != "online" and self.dice.random() < 0.5
            else []
        )
        return {
            "name": name,
            "slug": self._slug(f"{name} {where}"),
            "program": program["code"],
            "types": [*usual, *types, *access],
            "notes": self.dice.choice(_lists()["notes"]) if language == "en" else "",
        } | ({"languages": [language]} if language != "en" else {})

    def _next_of(self, whose: str, groups: list[Any]) -> Any:
        """One after the other: no name is used twice before each was used once."""
        self.turns[whose] += 1
        return groups[self.turns[whose] % len(groups)]

    def _slug(self, text: str) -> str:
        plain = (
            unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().replace("'", "")
        )
        stem = slug = "-".join(re.findall(r"[a-z0-9]+", plain))
        number = 1
        while slug in self.slugs:
            number += 1
            slug = f"{stem}-{number}"
        self.slugs.add(slug)
        return slug

    def _when(self, number: int) -> Row:
        """Most meet every week; the others show what a rule can say."""
        if number % 50 == 17:
            return {"notes": "By appointment: write to the group, somebody answers within a day."}
        day = self.dice.randrange(7)
        starts, lasts = self.dice.choice(_TIMES), self.dice.choice(_LASTS)
        return {"day": day, "time": starts, "end_time": _later(starts, lasts)} | self._rule(number % 25, day)

    def _rule(self, kind: int, day: int) -> Row:
        code, first = CODES[day], (_SUNDAY + timedelta(days=day)).isoformat()
        christmas = f"{self.today.year}-12-25 {self.today.year}-12-26 {self.today.year + 1}-01-01"
        rules: dict[int, Row] = {
            1: {"recovery_net_rule": f"FREQ=WEEKLY;INTERVAL=2;BYDAY={code}", "recovery_net_first": first},
            4: {"recovery_net_rule": f"FREQ=MONTHLY;BYDAY=1{code},3{code}"},
            7: {"recovery_net_rule": f"FREQ=MONTHLY;BYDAY=2{code},4{code}"},
            10: {"day": 0, "recovery_net_rule": "FREQ=MONTHLY;BYDAY=-1SU"},
            13: {"day": [1, 2, 3, 4, 5]},
            16: {"day": [1, 3, 5]},
            19: {"day": [0, 6]},
            22: {"day": [0, 1, 2, 3, 4, 5, 6]},
            23: {"recovery_net_except": christmas},
        }
        return rules.get(kind, {})

    def _room(self, number: int) -> Row:
        """Rooms of a service that makes them when somebody comes; numbers from the range kept for stories."""
        return {
            "conference_url": f"https://meet.jit.si/recovery-net-demo-{number:03}",
            "conference_url_notes": "Passcode: lantern",
        } | ({"conference_phone": f"+161755501{number % 100:02},,{number:06}#"} if number % 4 == 0 else {})


def _later(starts: str, minutes: int) -> str:
    hour, minute = map(int, starts.split(":"))
    whole = hour * 60 + minute + minutes
    return f"{whole // 60 % 24:02}:{whole % 60:02}"


def _post(place: Row, number: int) -> str:
    """A post code of the right shape, if only roughly of the right street."""
    code = re.sub("#", lambda found: str((number + found.start()) % 9 + 1), place["post"])
    return f"{place['state']} {code}".strip()
