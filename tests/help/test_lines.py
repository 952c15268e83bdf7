"""The whole data file against the rules for showing it."""

import re

import pytest

from recovery_net.help.lines import Confidence, Kind, all_lines, board_for, countries

WITHOUT_A_CONFIRMED_CRISIS_LINE = {"BG", "TR"}


def test_every_row_of_the_data_file_is_read():
    assert len(all_lines()) == 185
    assert len(countries()) == 50


@pytest.mark.parametrize("country", countries())
def test_rows_of_low_confidence_are_shown_to_nobody(country: str):
    board = board_for(country, is_staff=True)
    shown = [board.emergency, board.first, *board.others, *board.to_check]
    assert not [line for line in shown if line and line.confidence is Confidence.LOW]


@pytest.mark.parametrize("country", countries())
def test_members_see_confirmed_rows_only_and_all_of_them(country: str):
    board = board_for(country)
    shown = {(line.phone, line.text) for line in (board.emergency, board.first, *board.others) if line}
    sure = {
        (line.phone, line.text)
        for line in all_lines()
        if line.country == country and line.confidence is Confidence.HIGH
    }
    assert shown == sure
    assert board.to_check == ()


@pytest.mark.parametrize("country", countries())
def test_staff_see_what_is_to_be_checked(country: str):
    wanted = [
        line for line in all_lines() if line.country == country and line.confidence is Confidence.MEDIUM
    ]
    assert list(board_for(country, is_staff=True).to_check) == wanted


@pytest.mark.parametrize("country", sorted(WITHOUT_A_CONFIRMED_CRISIS_LINE))
def test_a_country_without_a_crisis_line_has_its_emergency_number(country: str):
    board = board_for(country)
    assert board.first is None
    assert board.emergency is not None


def test_numbers_are_dialled_as_they_are_written_inside_the_country():
    for line in all_lines():
        assert re.fullmatch(r"tel:[*#\d]*", line.dial), line.name
        assert line.dial.removeprefix("tel:") == "".join(re.findall(r"[\d*#]", line.phone))
    dials = {line.name: line.dial for line in all_lines()}
    assert dials["*4141 No estás solo, no estás sola"] == "tel:*4141"
    assert dials["Samaritans"] == "tel:116123"


def test_only_what_is_said_plainly_counts_as_always_open():
    doubtful = [line for line in all_lines() if "24/7" in line.hours and not line.is_always_open]
    assert {line.hours for line in doubtful} >= {"24/7 (disputed)", "24/7 (per app files)"}
    assert all(
        line.hours in {"24/7", "phone 24/7; chat 13:00-01:00"} for line in all_lines() if line.is_always_open
    )


@pytest.mark.parametrize("name", ["NDLEA call centre", "National Toll-Free Helpline for De-addiction"])
def test_police_and_enforcement_carry_a_warning(name: str):
    (line,) = [line for line in all_lines() if line.name == name]
    assert "police" in line.warning


def test_1933_is_never_offered_as_a_number_to_call():
    assert not [line for line in all_lines() if "1933" in line.phone + line.text]


def test_a_line_in_the_readers_language_comes_before_another():
    assert board_for("BE", ["fr"]).first.phone == "0800 32 123"
    assert board_for("BE", ["nl"]).first.phone == "1813"


def test_what_is_open_now_comes_before_what_speaks_the_language():
    board = board_for("CH", ["en"])
    assert board.first.phone == "143"
    assert board.others[0].phone == "0800 143 000"


def test_one_number_is_listed_once():
    for country in countries():
        board = board_for(country)
        reached = [(line.phone, line.text) for line in (board.first, *board.others) if line]
        assert len(reached) == len(set(reached))


def test_every_row_names_its_source_and_date():
    for line in all_lines():
        assert line.source, line.name
        assert line.source_date, line.name


def test_what_people_read_is_short_and_free_of_makers_notes():
    for line in all_lines():
        assert len(line.for_people) <= 120, line.name
        assert not re.search(r"DISAGREEMENT|per app|app list|aidlines|libphonenumber|http", line.for_people)


def test_somewhere_we_know_nothing_about_has_an_empty_board():
    board = board_for("other")
    assert (board.emergency, board.first, board.others) == (None, None, ())


def test_kinds_are_told_apart():
    board = board_for("US")
    assert board.emergency.kind is Kind.EMERGENCY
    assert [line.kind for line in (board.first, *board.others)] == [Kind.CRISIS, Kind.CRISIS, Kind.ADDICTION]
