"""The talk as it is written: well-formed, long enough, and in the voice of the place."""

import re
from datetime import time

import pytest

from recovery_net.demo import script
from recovery_net.demo.script import Said

SLUGS = [room["slug"] for room in script.rooms()]
# Words that shame, and what must not be in anybody's talk: amounts, addresses.
UNKIND = r"\b(addicts?|alcoholics?|junkies?|clean|dirty|relapsed?|failed|abuser?)\b|streak"
DETAILS = r"\b\d+\s?(mg|ml|g|grams?|pills?|shots?|units?|euros?)\b|[$€£]\d|@|https?:|\d{3}[- ]\d{4}"


def test_a_play_is_read_line_by_line():
    text = (
        "# 1\n18:12 marigold: Evening, all.\n18:20 ember > marigold: Six.\n"
        "\n# 2\n02:26 night-bus [a long night]: One\n  two\n  - three\n"
    )
    assert script.read(text) == [
        Said(1, time(18, 12), "marigold", "Evening, all."),
        Said(1, time(18, 20), "ember", "Six.", answers="marigold"),
        Said(2, time(2, 26), "night-bus", "One\ntwo\n- three", note="a long night"),
    ]


@pytest.mark.parametrize("line", ["18:12 nobody in particular", "Evening, all.", "25 marigold: Six."])
def test_a_line_that_nobody_says_is_told(line):
    with pytest.raises(ValueError, match="nobody says this"):
        script.read(f"# 1\n{line}")


def test_a_dozen_members_and_staff_have_names_that_anybody_could_take():
    from recovery_net.accounts import names, passphrases
    from recovery_net.demo.filling import PASSPHRASE

    people = script.people()
    assert len([person for person in people if person["role"] == "member"]) >= 12
    assert {person["role"] for person in people} == {"member", "counselor", "moderator", "operator"}
    assert [names.objection(person["pseudonym"]) for person in people] == [None] * len(people)
    assert passphrases.objection(PASSPHRASE) is None


@pytest.mark.parametrize("slug", SLUGS)
def test_a_room_has_a_week_of_talk_in_order(slug):
    said = script.week_of(slug)
    assert len(said) >= 25
    assert {entry.day for entry in said} == set(range(1, script.DAYS + 1))
    moments = [(entry.day, entry.at) for entry in said]
    assert moments == sorted(set(moments))


@pytest.mark.parametrize("slug", SLUGS)
def test_only_those_who_belong_speak_and_answers_follow_what_they_answer(slug):
    (room,) = [room for room in script.rooms() if room["slug"] == slug]
    spoke: set[str] = set()
    for said in script.week_of(slug):
        assert said.author in {*room["members"], room["opened_by"]}
        assert said.answers is None or said.answers in spoke, said.body
        spoke.add(said.author)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_talk_is_kind_and_free_of_details(slug):
    for said in script.week_of(slug):
        assert not re.search(UNKIND, said.body, re.IGNORECASE), said.body
        assert not re.search(DETAILS, said.body, re.IGNORECASE), said.body
        assert said.note or not re.search(r"\bI (used|drank)\b", said.body), said.body


def test_five_rooms_show_every_way_in():
    rooms = script.rooms()
    assert len(rooms) == 5
    assert {room["access"] for room in rooms} == {"open", "request", "private"}
