"""What may be a pseudonym, and which two are the same to the eye."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery_net.accounts import names, words
from recovery_net.accounts.names import objection, skeleton, suggestion

calm = st.builds(
    lambda first, second, number: f"{first}-{second}-{number}",
    st.sampled_from(words.FIRST),
    st.sampled_from(words.SECOND),
    st.integers(10, 99),
)
LOOK_ALIKES = {
    "a": "аɑａ𝐚",
    "e": "еｅ",
    "o": "о0ο",
    "l": "1Iｌ",
    "i": "іı1",
    "c": "сｃ",
    "p": "рρ",
    "s": "ѕ",
    "x": "х",
}


@pytest.mark.parametrize(
    "name",
    [
        "quiet-river-27",
        "Quiet.River",
        "NightOwl",
        "maria",
        "bill.w",
        "deep_sea",
        "日本の川",
        "наташа",
        "josé",
        "दीपक",
        "abc",
        "a" * 32,
    ],
)
def test_many_kinds_of_names_are_fine(name: str) -> None:
    assert objection(name) is None


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("", "Choose"),
        ("   ", "Choose"),
        ("ab", "3 to 32"),
        ("a" * 33, "3 to 32"),
        ("a--b", "single"),
        ("-river", "single"),
        ("river.", "single"),
        ("quiet river", "single"),
        ("12345", "letters"),
        ("quiet\u200driver", "letters"),
        ("✓quiet", "letters"),
        ("river☆", "letters"),
        ("river🌊", "letters"),
        ("me@example.org", "mail"),
        ("river@home", "mail"),
        ("555-123-4567", "phone"),
        ("call.5551234567", "phone"),
        ("Maria Gonzalez", "real name"),
        ("maria.gonzalez", "real name"),
        ("John_Smith82", "real name"),
        ("JohnSmith", "real name"),
        ("gonzalez-maria", "real name"),
        ("Zbigniew-Kowalski", "real name"),
        ("José María García", "real name"),
        ("moderator", "run this place"),
        ("M0derat0r", "run this place"),
        ("the-operator-2", "run this place"),
        ("admin7", "run this place"),
        ("mod-river", "run this place"),
        ("recovery-net", "run this place"),
        ("quіеt-river", "too close"),
        ("сосо", "too close"),
        ("НОТ", "too close"),
    ],
)
def test_other_names_are_refused_with_a_reason_and_a_suggestion(name: str, word: str) -> None:
    sentence = objection(name)
    assert sentence is not None
    assert word in sentence
    assert "%(suggestion)s" in sentence


@pytest.mark.parametrize(
    "name", ["badminton", "helpful-otter", "Green-Lantern", "maria-river-27", "cooking.admirer"]
)
def test_names_that_only_resemble_a_refused_one_are_fine(name: str) -> None:
    assert objection(name) is None


def test_every_suggestion_may_be_taken() -> None:
    for name in (suggestion() for _ in range(500)):
        assert objection(name) is None, name
        assert names.clean(name) == name


def test_there_are_many_suggestions_and_none_resemble_each_other() -> None:
    assert min(len(words.FIRST), len(words.SECOND)) >= 150
    looks = {skeleton(f"{first}-{second}") for first in words.FIRST for second in words.SECOND}
    assert len(looks) == len(words.FIRST) * len(words.SECOND)


@given(calm, st.data())
def test_look_alikes_share_a_skeleton(name: str, data: st.DataObject) -> None:
    disguised = "".join(
        data.draw(st.sampled_from(sign + LOOK_ALIKES[sign])) if sign in LOOK_ALIKES else sign for sign in name
    )
    assert skeleton(disguised) == skeleton(name)


@given(calm, st.lists(st.sampled_from("-_. "), min_size=2, max_size=2))
def test_case_and_separators_do_not_make_another_name(name: str, separators: list[str]) -> None:
    first, second, number = name.split("-")
    respelled = f"{first.title()}{separators[0]}{second.upper()}{separators[1]}{number}"
    assert skeleton(respelled) == skeleton(name)


@given(st.text(max_size=60))
def test_a_skeleton_is_its_own_skeleton_and_any_text_has_one(name: str) -> None:
    once = skeleton(name)
    assert skeleton(skeleton(once)) == skeleton(once)
    objection(name)


def test_letters_drawn_alike_are_one_name() -> None:
    pairs = [("modern", "rnodern"), ("wave", "vvave"), ("cloud", "doud"), ("oslo", "0sl0"), ("lily", "iily")]
    for one, other in pairs:
        assert skeleton(one) == skeleton(other)
    assert skeleton("river") != skeleton("raven")
