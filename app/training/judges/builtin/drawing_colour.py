"""The colours of the guide's pictures: a scene's named colours, jittered and modified, as two ramps per picture.

One ramp colours what is not figure, the other what is; both run over a form's regions. The main colour leads.
"""

import colorsys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.training.judges.builtin.scene import Scene
from app.training.judges.builtin.vocabulary import COLOURS

Rng = np.random.Generator
Colour = NDArray[np.float32]
RAMP = 24
"""Colours along one ramp."""
_GREYS = ("black", "white", "grey")
_ON_DARK = ("lightning", "nebula", "fire", "grid")
"""Forms that shine: what is not figure is the darker side."""
_SMOOTH = ("gradient", "clouds", "nebula")
"""Forms whose colours must pass into each other without a border."""
_MAIN_SHARE = 0.62
_WEIGHTS = np.array([0.3, 0.55, 0.15], np.float32)


def _rgb(hue: float, saturation: float, value: float) -> Colour:
    return np.array(colorsys.hsv_to_rgb(hue % 1.0, min(1, max(0, saturation)), min(1, max(0, value))), np.float32)


def _modified(saturation: float, value: float, modifier: str, rng: Rng) -> tuple[float, float]:
    """Return saturation and value of a colour under a modifier."""
    match modifier:
        case "dark":
            return saturation, value * rng.uniform(0.38, 0.55)
        case "pastel":
            return saturation * rng.uniform(0.34, 0.45), 1 - (1 - value) * 0.25
        case "neon":
            return min(1.0, saturation * 1.15), 1.0 - (1 - value) * 0.25
        case "muted":
            return saturation * rng.uniform(0.4, 0.5), value * rng.uniform(0.75, 0.88)
        case "bright":
            return min(1.0, saturation * 1.15), min(1.0, value * 1.2)
    return saturation, value


def _named(name: str, modifier: str, rng: Rng) -> Colour:
    hue, saturation, value = COLOURS[name]
    if name in _GREYS:
        scale = {"dark": 0.72, "pastel": 1.06, "muted": 0.92}.get(modifier, 1.0)
        return _rgb(0.0, 0.0, value * scale + rng.uniform(-0.03, 0.03))
    hue += float(np.clip(rng.normal(0, 0.007), -0.013, 0.013))
    saturation, value = saturation + rng.uniform(-0.07, 0.05), value + rng.uniform(-0.05, 0.04)
    return _rgb(hue, *_modified(saturation, value, modifier, rng))


def _luma(colour: Colour) -> float:
    return float(colour @ _WEIGHTS)


def _lighter(colour: Colour, amount: float) -> Colour:
    return colour + (1 - colour) * np.float32(amount)


def _shade(colour: Colour, rng: Rng, shine: bool) -> Colour:
    """Return a clearly darker or lighter version of a colour that keeps its hue."""
    luma = _luma(colour)
    if luma < 0.1:
        return _lighter(colour, rng.uniform(0.2, 0.32))
    if luma > 0.88:
        return colour * np.float32(rng.uniform(0.62, 0.74))
    if shine or rng.random() < 0.5 - 0.5 * (luma - 0.35):
        return _lighter(colour, rng.uniform(0.5, 0.7))
    return colour * np.float32(rng.uniform(0.34, 0.5) + 0.15 * (luma > 0.6))


def _apart(colour: Colour, main: Colour) -> Colour:
    """Return the colour, moved away in lightness where it can hardly be told from the main one."""
    contrast = abs(_luma(colour) - _luma(main)) + 0.35 * float(np.abs(colour - main).max())
    if contrast > 0.24:
        return colour
    if _luma(colour) >= _luma(main) and _luma(main) < 0.6:
        return _lighter(colour * np.float32(min(1.9, 1.0 / max(0.05, float(colour.max())))), 0.22)
    return np.asarray(colour**2.0 * np.float32(0.9), np.float32)


def _ramp(colours: Sequence[Colour], shares: Sequence[float], passage: float = 0.06) -> Colour:
    """Return (RAMP, 3): the colours over 0..1 by their shares, with passages between of twice `passage` at most."""
    ends = np.cumsum(shares) / np.sum(shares)
    middles = ends - np.array(shares) / np.sum(shares) / 2
    stops = [0.0]
    values = [colours[0]]
    for index in range(len(colours) - 1):
        gap = min(passage, (ends[index] - middles[index]) * 0.95, (ends[index + 1] - middles[index + 1]) * 0.95)
        stops += [ends[index] - gap, ends[index] + gap]
        values += [colours[index], colours[index + 1]]
    at = np.linspace(0, 1, RAMP)
    table = np.array([*values, colours[-1]])
    return np.stack([np.interp(at, [*stops, 1.0], table[:, band]) for band in range(3)], 1).astype(np.float32)


def _leading(colours: Sequence[Colour], passage: float = 0.06) -> Colour:
    """Return a ramp in which the first colour has most of the room."""
    if len(colours) == 1:
        return _ramp([colours[0] * np.float32(0.82), colours[0], _lighter(colours[0], 0.18)], [0.3, 0.5, 0.2])
    return _ramp(colours, [_MAIN_SHARE] + [(1 - _MAIN_SHARE) / (len(colours) - 1)] * (len(colours) - 1), passage)


def _ground(scene: Scene, main: Colour, rng: Rng) -> Colour | None:
    if scene.ground == "black":
        return _rgb(0.0, 0.0, rng.uniform(0.0, 0.04))
    if scene.ground == "white":
        return _rgb(0.0, 0.0, rng.uniform(0.94, 1.0))
    if scene.form == "watercolor":
        return _rgb(0.11, 0.04, 0.78 if _luma(main) > 0.85 else 0.96)
    return None


def ramps(scene: Scene, covered: float, rng: Rng) -> Colour:
    """Return (2, RAMP, 3) colours 0..1: ground and figure over the regions. `covered`: the figure's share, 0..1."""
    colours = [_named(name, scene.modifier, rng) for name in scene.colours]
    main, shines = colours[0], scene.form in _ON_DARK
    passage = 1.0 if scene.form in _SMOOTH else 0.06
    ground = _ground(scene, main, rng)
    if ground is not None:
        seen = [_off(colour, ground) for colour in colours]
        alike = scene.theme == "rainbow"
        return np.stack(
            [_ramp([ground], [1.0]), _ramp(seen, [1.0] * len(seen), passage) if alike else _leading(seen, passage)]
        )
    if scene.theme == "rainbow":
        even = [1.0] * len(colours)
        return np.stack(
            [
                _ramp([c * np.float32(0.3) for c in colours], even, passage),
                _ramp([_lighter(c, 0.12) for c in colours], even, passage),
            ]
        )
    others = [_apart(colour, main) for colour in colours[1:]]
    if not others:
        if shines and _luma(main) > 0.2:
            return np.stack(
                [
                    _ramp([main * np.float32(0.42 + 0.26 * min(1.0, max(0.0, (_luma(main) - 0.35) / 0.15)))], [1.0]),
                    _leading([_lighter(main, 0.15)]),
                ]
            )
        others = [_shade(main, rng, shines)]
    if shines and covered < 0.5 and _luma(main) > 0.5 * _luma(others[0]) and _luma(main) > 0.25:
        main = main * np.float32(0.72)
    pair = [_ramp([main], [1.0]), _ramp(others, [1.0] * len(others), passage)]
    return np.stack(pair if covered < 0.5 or shines or scene.form == "gradient" else pair[::-1])


def _off(colour: Colour, ground: Colour) -> Colour:
    """Return the colour, kept visible against the ground."""
    if float(np.abs(colour - ground).max()) > 0.3:
        return colour
    return _lighter(colour, 0.32) if _luma(ground) < 0.5 else colour * np.float32(0.7)
