"""The colour tokens as a reader meets them: what lies on what, and how well it can be read."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "static" / "css"
TOKENS = (CSS / "tokens.css").read_text()
TEXT, EDGE = 4.5, 3.0
GROUNDS = ("paper", "surface", "sunken")
READ_ON = [
    *(
        (text, ground, TEXT)
        for text in ("ink", "ink-2", "accent")
        for ground in ("paper", "surface", "sunken")
    ),
    *((text, ground, TEXT) for text in ("warm", "gold", "stop") for ground in GROUNDS[:2]),
    *((text, f"{text}-soft", TEXT) for text in ("accent", "warm", "gold", "stop")),
    *(("ink", f"{ground}-soft", TEXT) for ground in ("accent", "warm", "gold", "stop")),
    ("ink-2", "accent-soft", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-hover", TEXT),
    ("on-warm", "warm", TEXT),
    ("on-warm", "warm-hover", TEXT),
    ("edge", "surface", EDGE),
    ("edge", "paper", EDGE),
]


def colours(theme):
    """Token values of one theme, contrast set laid over the plain one when asked for (`light more`)."""
    side, *more = theme.split()
    themed = TOKENS[TOKENS.index("@supports") :]
    plain, _, strong = themed.partition("@media (prefers-contrast: more)")
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", plain + (strong if more else ""))
    return {name: {"light": light, "dark": dark}[side] for name, light, dark in pairs}


def luminance(colour):
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark", "light more", "dark more"])
@pytest.mark.parametrize(("text", "ground", "least"), READ_ON)
def test_text_can_be_read_on_every_ground_it_lies_on(theme, text, ground, least):
    tokens = colours(theme)
    assert contrast(tokens[text], tokens[ground]) >= least


def test_browsers_without_light_dark_get_the_light_theme():
    plain = dict(re.findall(r"--([\w-]+): (#\w+);", TOKENS[: TOKENS.index("@supports")]))
    light = colours("light")
    assert {name: plain.get(name) for name in light} == light


@pytest.mark.parametrize("sheet", ["ui", "forms", "shell", "room", "meetings"])
def test_no_colour_outside_the_tokens(sheet):
    assert not re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(|hsl", (CSS / f"{sheet}.css").read_text())
