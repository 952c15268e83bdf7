"""Lists made up for measuring: as many meetings as asked for, spread over zones, places, days and kinds."""

import json
import random

_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Tokyo",
)
_TYPES = ("O", "C", "D", "SP", "W", "M", "BE", "X", "ST", "B", "LGBTQ", "MED", "S", "Y", "LIT", "TR")
_TOWNS = ("Harbour", "Mill", "Grove", "Hill", "River", "Abbey", "Station", "Meadow", "Bridge", "Chapel")
_WORDS = (
    "Morning",
    "Evening",
    "Courage",
    "Serenity",
    "Steps",
    "Hope",
    "Women",
    "Sunrise",
    "Candle",
    "Open Door",
)


def made_up(meetings: int) -> bytes:
    """A Meeting Guide feed."""
    chance = random.Random(20_000)
    return json.dumps([_row(number, chance) for number in range(meetings)]).encode()


def _row(number: int, chance: random.Random) -> dict[str, object]:
    town = f"{chance.choice(_TOWNS)} {chance.randrange(40)}"
    row: dict[str, object] = {
        "slug": f"meeting-{number}",
        "name": f"{chance.choice(_WORDS)} {chance.choice(_WORDS)} {number}",
        "day": chance.sample(range(7), chance.choice((1, 1, 1, 1, 2, 3, 7))),
        "time": f"{chance.randrange(6, 23):02}:{chance.choice((0, 15, 30)):02}",
        "timezone": chance.choice(_ZONES),
        "types": chance.sample(_TYPES, chance.randrange(1, 6)),
        "region": town,
        "notes": "Side door, ring twice. " * chance.randrange(4),
        "group": f"{town} group",
    }
    if chance.random() < 0.4:
        row |= {
            "conference_url": f"https://zoom.us/j/{number:09}",
            "conference_url_notes": f"Passcode: {number}",
        }
    if chance.random() < 0.8:
        row |= {
            "formatted_address": f"{number} Main Street, {town}, CA 90000, USA",
            "latitude": round(34 + chance.random() * 10, 5),
            "longitude": round(-122 + chance.random() * 30, 5),
        }
    return row
