"""Whose lines come first."""

import pytest

from recovery_net.help.countries import ELSEWHERE, country_for


@pytest.mark.parametrize(
    ("chosen", "zone", "accepted", "default", "country"),
    [
        ("JP", "Europe/Berlin", ["en-US"], "US", "JP"),  # the reader's own word outdoes everything
        ("jp", None, [], "US", "JP"),
        ("EG", None, ["en-US"], "US", ELSEWHERE),  # never somebody else's short numbers
        ("<script>", None, [], "US", ELSEWHERE),
        ("other", "Europe/Berlin", [], "US", ELSEWHERE),
        ("", "Europe/Berlin", ["en-US"], "US", "DE"),  # browsers say en-US everywhere
        ("", "Asia/Calcutta", [], "US", "IN"),
        ("", "Europe/Kiev", [], "US", "UA"),
        ("", "Africa/Cairo", ["en-US"], "US", ELSEWHERE),
        ("", "UTC", ["nl-BE"], "US", "BE"),
        ("", "Nowhere/Atall", ["nl-BE"], "US", "BE"),
        ("", None, ["de", "en-US", "en"], "US", "DE"),
        ("", None, ["de", "en-US"], "AT", "AT"),
        ("", None, ["en-GB", "de-DE"], "US", "GB"),
        ("", None, ["zh-Hant-HK"], "US", "HK"),
        ("", None, ["es-419", "es"], "US", "US"),
        ("", None, ["en"], "NZ", "NZ"),
        ("", None, ["*"], "NZ", "NZ"),
        ("", None, [], "CA", "CA"),
        ("", None, [], "EG", ELSEWHERE),
    ],
)
def test_a_country_is_chosen_or_guessed(chosen, zone, accepted, default, country):
    assert country_for(chosen, zone, accepted, default) == country
