"""The paints of one practice picture of the witness: words of colour to RGB, and which paint goes where. Pure.

A picture has a `field` (what lies behind) and `inks` (what is put on it). The main colour is the field unless the scene
has a ground of its own; then it is most of the inks.
"""

import colorsys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.training.judges.builtin.scene import Rng, Scene
from app.training.judges.builtin.vocabulary import COLOURS

Paint = tuple[int, int, int]
"""Red, green, blue, 0..255."""
_NEUTRAL = ("black", "white", "grey")
_SATURATION = {
    "dark": (0.0, 1.0), "pastel": (0.0, 0.48), "neon": (0.75, 0.3), "muted": (0.0, 0.5), "bright": (0.5, 0.5)
}  # fmt: skip
_VALUE = {
    "dark": (0.0, 0.45), "pastel": (0.8, 0.17), "neon": (0.85, 0.15), "muted": (0.06, 0.74), "bright": (0.55, 0.45)
}  # fmt: skip
"""Offset and factor by which a modifier moves the saturation and value of a colour with a hue."""
_GREY = {"dark": (0.0, 0.5), "pastel": (0.25, 0.72), "neon": (0.0, 1.03), "muted": (0.1, 0.75), "bright": (0.0, 1.03)}


@dataclass(frozen=True, slots=True)
class Paints:
    """What to paint with. `inks` are met in turn; `share` is how much of the picture the field keeps, 0..1."""

    field: Paint
    inks: tuple[Paint, ...]
    lead: Paint
    rest: tuple[Paint, ...]
    share: float
    grounded: bool
    single: bool

    def ink(self, index: int) -> Paint:
        """Return the ink of the `index`-th thing."""
        return self.inks[index % len(self.inks)]

    def regions(self, rng: Rng, count: int, spread: float = 0.2) -> NDArray[np.uint8]:
        """Return (count, 3) paints for parts that fill the picture, the main colour most often, each a bit its own."""
        table = np.array([self.lead, *self.rest, self.field], float)
        extra = 0.22 if self.grounded else 0.0
        chances = np.array([0.6, *[0.4 / len(self.rest)] * len(self.rest), extra])
        chosen = table[rng.choice(len(table), count, p=chances / chances.sum())]
        return (chosen * rng.uniform(1 - spread, 1 + spread / 2, (count, 1))).clip(0, 255).astype(np.uint8)


def mix_paint(one: Paint, other: Paint, share: float) -> Paint:
    """Return `one` with `share` of `other` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def luma(paint: Paint) -> float:
    """Return how light a paint looks, 0..1 (weights of ITU-R BT.601)."""
    return (0.299 * paint[0] + 0.587 * paint[1] + 0.114 * paint[2]) / 255


def darker(paint: Paint, factor: float) -> Paint:
    """Return a paint of the same hue with `factor` of its light."""
    return mix_paint((0, 0, 0), paint, factor)


def lighter(paint: Paint, share: float) -> Paint:
    """Return a paint with `share` of white in it."""
    return mix_paint(paint, (255, 255, 255), share)


def paints(scene: Scene, rng: Rng) -> Paints:
    """Return the paints of a scene."""
    colours = [_paint(name, scene.modifier, rng) for name in scene.colours]
    if scene.theme == "rainbow":
        turn = int(rng.integers(len(colours)))
        colours = colours[turn:] + colours[:turn]
    lead = colours[0]
    rest = tuple(_apart(colour, lead) for colour in colours[1:]) or _shades(lead, rng)
    if not scene.ground:
        return Paints(lead, rest, lead, rest, rng.uniform(0.52, 0.64), False, len(colours) == 1)
    field = (5, 5, 8) if scene.ground == "black" else (247, 246, 243)
    lead = _apart(lead, field)
    inks = tuple(paint for other in rest for paint in (lead, lead, other))
    if len(colours) == 1:
        inks = (lead, lead, _apart(darker(lead, 0.75), field))
    return Paints(field, inks, lead, rest, rng.uniform(0.35, 0.48), True, len(colours) == 1)


def _paint(name: str, modifier: str, rng: Rng) -> Paint:
    hue, saturation, value = COLOURS[name]
    value *= rng.uniform(0.93, 1.03)
    if name in _NEUTRAL:
        offset, factor = _GREY.get(modifier, (0.0, 1.0))
        saturation = rng.uniform(0, 0.03)
    else:
        hue += rng.uniform(-0.008, 0.008)
        offset, factor = _SATURATION.get(modifier, (0.0, 1.0))
        saturation = offset + factor * saturation * rng.uniform(0.94, 1.06)
        offset, factor = _VALUE.get(modifier, (0.0, 1.0))
    mixed = colorsys.hsv_to_rgb(hue % 1, min(1.0, saturation), min(1.0, offset + factor * value))
    red, green, blue = (round(255 * part) for part in mixed)
    return red, green, blue


def _shades(lead: Paint, rng: Rng) -> tuple[Paint, ...]:
    """The other paints of a picture in one colour: one or two shades of it, far enough to show a form."""
    light = luma(lead)
    down = darker(lead, rng.uniform(0.25, 0.4))
    up = lighter(lead, rng.uniform(0.5, 0.68) if light > 0.12 else rng.uniform(0.3, 0.42))
    if light > 0.72:
        return (down,) if light < 0.9 else (darker(lead, rng.uniform(0.4, 0.62)),)
    if light < 0.2:
        return (up,)
    return ((down,), (up,), (down, up))[rng.integers(3)]


def _apart(paint: Paint, other: Paint, gap: float = 0.17) -> Paint:
    """Move a paint away from another in lightness, so that their border shows in grey too."""
    difference = luma(paint) - luma(other)
    if abs(difference) >= gap:
        return paint
    up = luma(other) < 0.3 if abs(difference) < 0.06 else difference > 0
    if up and luma(other) < 0.75:
        wanted = luma(other) + gap
        return lighter(paint, (wanted - luma(paint)) / max(0.05, 1 - luma(paint)))
    return darker(paint, max(0.15, luma(other) - gap) / max(0.05, luma(paint)))
