"""Every text can be translated."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from recovery_net.help.lines import all_lines
from tools import messages


@pytest.fixture(scope="module")
def texts(tmp_path_factory) -> Catalog:
    """All texts, collected as a translator would get them."""
    into: Path = tmp_path_factory.mktemp("texts") / "messages.pot"
    messages.collect(into)
    return read_po(io.BytesIO(into.read_bytes()))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("You reached out. Good.", "templates/help/help.html"),  # _() in a template
        ("Only moderators and operators open rooms.", "recovery_net/rooms/service.py"),  # N_() in a rule
        ("Who would you like to ask in?", "recovery_net/rooms/forms.py"),  # _l() in a form
        ("Hello, %(name)s", "recovery_net/boards/today.py"),  # _() in a view
        ("Good evening, %(name)s", "recovery_net/boards/today.py"),  # N_() in a table
        ("Sunday", "recovery_net/meetings/rules.py"),
        ("Not treatment, and nothing here replaces it.", "templates/landing/landing.html"),
    ],
)
def test_texts_of_every_kind_are_found(texts, text, place):
    assert texts[text] is not None, text
    assert place in {file for file, _line in texts[text].locations}


def test_plurals_are_found_with_both_forms(texts):
    message = texts["%(num)d new message in your rooms."]
    assert message.id == ("%(num)d new message in your rooms.", "%(num)d new messages in your rooms.")


def test_what_is_said_beside_crisis_lines_is_found(texts):
    said = {text for line in all_lines() for text in (line.for_people, line.warning, line.hours) if text}
    missing = [text for text in said - {"24/7"} if texts[text] is None]
    assert missing == []


def test_places_in_texts_have_names_so_that_they_may_change_order(texts):
    for message in texts:
        parts = message.id if isinstance(message.id, tuple) else (message.id,)
        if message.python_format:
            assert not [part for part in parts if re.search(r"(?<!%)%[sd]", part)], message.id


def test_a_language_can_be_begun_and_brought_up_to_date(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "FOLDER", tmp_path)
    monkeypatch.setattr(messages, "TEXTS", tmp_path / "messages.pot")
    for _time in range(2):
        monkeypatch.setattr("sys.argv", ["messages", "add", "de"])
        messages.main()
    catalog = tmp_path / "de" / "LC_MESSAGES" / "messages.po"
    assert str(Path.cwd()) not in catalog.read_text()
    monkeypatch.setattr("sys.argv", ["messages", "compile"])
    messages.main()
    assert catalog.with_suffix(".mo").exists()
