"""The made-up meetings."""

import json
from collections import Counter
from datetime import date

from recovery_net.demo import listing
from recovery_net.meetings.feeds import normalise, sources

DAY = date(2026, 11, 23)


def read() -> normalise.Read:
    return normalise.read_rows(sources.read(json.dumps(listing.rows(DAY)).encode()), normalise.Options())


def test_three_hundred_meetings_need_no_repair():
    found = read()
    assert (found.rows, len(found.listings)) == (300, 300)
    assert found.refused == []
    assert found.repaired == []


def test_the_list_is_the_same_every_time():
    assert listing.rows(DAY) == listing.rows(DAY)
    moved = [
        before
        for before, after in zip(listing.rows(DAY), listing.rows(date(2030, 1, 1)), strict=True)
        if before != after
    ]
    assert all("recovery_net_except" in row for row in moved)


def test_there_are_several_programs_zones_and_ways_to_attend():
    found = read().listings
    assert len({entry.program for entry in found}) >= 8
    assert len({entry.time_zone for entry in found}) >= 12
    assert set(Counter(entry.attendance for entry in found)) == {"in_person", "online", "hybrid"}


def test_every_kind_of_recurrence_is_there():
    rules = [entry.rule.in_words() if entry.rule else "by appointment" for entry in read().listings]
    kinds = (
        "by appointment",
        "every day",
        "every second",
        "1st and 3rd",
        "2nd and 4th",
        "last Sunday of the month",
    )
    for kind in kinds:
        assert [rule for rule in rules if rule.startswith(kind)], kind
    assert [entry for entry in read().listings if entry.moved]


def test_places_lie_where_their_city_is():
    for entry in read().listings:
        if entry.attendance != "online":
            assert entry.point is not None
            assert entry.address
            assert not entry.is_approximate


def test_nobody_real_is_called_or_visited():
    for entry in read().listings:
        assert entry.contacts == {}
        url, phone = entry.joining.get("conference_url", ""), entry.joining.get("conference_phone", "")
        assert not url or url.startswith("https://meet.jit.si/recovery-net-demo-")
        assert not phone or phone.startswith("+1617555")  # 555-01xx is kept for stories
