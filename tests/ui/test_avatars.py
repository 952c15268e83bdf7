import json
import re
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from recovery_net.core.avatars import PALETTES, compose, landscape

VECTORS = json.loads((Path(__file__).parent / "avatars.json").read_text())
COLOURS = {colour for palette in PALETTES for colour in palette}
seeds = st.text(st.characters(codec="utf-8"))


def test_known_seeds_draw_known_landscapes_as_the_browser_does():
    assert {seed: landscape(seed) for seed in VECTORS} == VECTORS


@given(seeds)
def test_a_seed_always_draws_the_same_picture(seed):
    assert landscape(seed) == landscape(seed)


@given(seeds)
def test_a_landscape_is_sound_and_carries_no_style_and_nothing_of_its_seed(seed):
    picture = ElementTree.fromstring(landscape(seed))
    shapes = list(picture)
    assert [shape.tag for shape in shapes] == ["path", "circle", "path", "path"]
    assert {shape.get("fill") for shape in shapes} <= COLOURS
    assert not re.search(r"style|\bid=|href|<text|<script", landscape(seed))
    assert picture.get("aria-hidden") == "true"


@given(seeds)
def test_sun_stands_in_the_sky_and_hills_one_before_the_other(seed):
    scene = compose(seed)
    x, y, radius = scene.sun
    assert radius < x < 64 - radius
    assert radius < y < scene.near.base - radius
    assert scene.far.base < scene.near.base


def test_people_are_told_apart():
    assert len({landscape(f"seed {n}") for n in range(500)}) > 495


def test_size_is_a_class():
    assert 'class="avatar avatar-s"' in landscape("a", "s")
