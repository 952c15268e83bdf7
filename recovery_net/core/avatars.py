"""Small landscapes that stand for a person: drawn from a random seed, never from the name.

static/js/ui/avatar.js draws the very same picture; tests/ui/avatars.json holds both to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

Size = Literal["s", "m", "l"]

# sky, far hill, near hill (the sun has the near hill's colour, a little lighter)
PALETTES = (
    ("#dbd3ac", "#879d68", "#67712e"),
    ("#dbd3ac", "#879d68", "#866024"),
    ("#f1c4cc", "#bc826b", "#90516f"),
    ("#eec8b6", "#ad8d59", "#98534b"),
    ("#f0c4c0", "#b8865f", "#92505f"),
    ("#abdae0", "#6299be", "#1c7392"),
    ("#cfe0d4", "#7fa99b", "#2f6b63"),
    ("#d9d0e6", "#9a8fbf", "#5b4f86"),
    ("#f3ddb0", "#c99a6b", "#7a4e57"),
    ("#cbd8de", "#8aa0ad", "#47616f"),
)
WORD = 0xFFFFFFFF


@dataclass(frozen=True)
class Hill:
    """A sine-like wave 64 wide: `shift` to the left, `base` its middle line, `rise` its height."""

    shift: int
    base: int
    rise: int

    @property
    def path(self) -> str:
        return f"M-{self.shift} {self.base}q16-{self.rise} 32 0t32 0t32 0t32 0V64H-{self.shift}Z"


@dataclass(frozen=True)
class Landscape:
    palette: tuple[str, str, str]
    sun: tuple[int, int, int]
    far: Hill
    near: Hill


def numbers(seed: str) -> Iterator[int]:
    """FNV-1a of the seed, then xorshift32."""
    state = 0x811C9DC5
    for byte in seed.encode():
        state = ((state ^ byte) * 0x01000193) & WORD
    state = state or 1
    while True:
        state ^= (state << 13) & WORD
        state ^= state >> 17
        state ^= (state << 5) & WORD
        yield state >> 8


def compose(seed: str) -> Landscape:
    draw = numbers(seed)

    def between(low: int, high: int) -> int:
        return low + next(draw) % (high - low + 1)

    return Landscape(
        palette=PALETTES[between(0, len(PALETTES) - 1)],
        sun=(between(14, 50), between(14, 22), between(5, 8)),
        far=Hill(between(0, 63), between(36, 41), between(12, 20)),
        near=Hill(between(0, 63), between(48, 53), between(12, 20)),
    )


def landscape(seed: str, size: Size | None = None) -> Markup:
    """Decorative: a name always stands beside it. No style attribute: the content policy forbids them."""
    scene = compose(seed)
    sky, far, near = scene.palette
    x, y, radius = scene.sun
    return Markup(  # noqa: S704 - numbers and our own colours only
        f'<svg class="avatar{f" avatar-{size}" if size else ""}" viewBox="0 0 64 64" width="40" height="40"'
        ' aria-hidden="true" focusable="false">'
        f'<path fill="{sky}" d="M0 0H64V64H0Z"/>'
        f'<circle fill="{near}" fill-opacity=".85" cx="{x}" cy="{y}" r="{radius}"/>'
        f'<path fill="{far}" d="{scene.far.path}"/>'
        f'<path fill="{near}" d="{scene.near.path}"/></svg>'
    )
