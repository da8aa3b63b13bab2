"""The witness's drawings of the forms of screens and circuits: grid and glitch. Pure.

Every function takes an `Easel` and returns a picture of its size.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from app.training.judges.builtin.witness_easel import Easel, disc, glowing, stroke, turned
from app.training.judges.builtin.witness_paint import luma, mix_paint


def grid(easel: Easel) -> Image.Image:
    """Thin lines: a net, a floor in perspective, or the traces of a circuit."""
    picture, pen = easel.canvas()
    kind = easel.rng.random()
    if kind < 0.35:
        _floor(easel, pen)
    elif kind < 0.75:
        _net(easel, pen)
    else:
        _circuit(easel, pen)
    return glowing(picture, 3 * easel.unit, 0.9) if luma(easel.paints.field) < 0.2 else picture


def _net(easel: Easel, pen: ImageDraw.ImageDraw) -> None:
    angle, centre, step = easel.slant(), easel.centre(), max(7 * easel.unit, easel.period * 0.8)
    width, reach = easel.unit * easel.between(1.1, 3.2), easel.width_px
    for index, place in enumerate(np.arange(-reach, reach, step)):
        for line in ([(-reach, place), (reach, place)], [(place, -reach), (place, reach)]):
            stroke(pen, turned(np.array(line), angle, centre), easel.paints.ink(index), width)


def _floor(easel: Easel, pen: ImageDraw.ImageDraw) -> None:
    horizon, width = easel.width_px * easel.between(0.25, 0.5), easel.unit * easel.between(1.1, 1.7)
    middle, edge = easel.width_px * easel.between(0.35, 0.65), easel.width_px
    spread = easel.period * easel.between(1.6, 2.4)
    lines = [[(middle + k * spread * 0.22, horizon), (middle + k * spread, edge)] for k in range(-16, 17)]
    depth = horizon + (edge - horizon) / np.arange(1, 7) ** 1.15
    lines += [[(0.0, y), (float(edge), y)] for y in [horizon, *depth]]
    for index, line in enumerate(lines):
        stroke(pen, np.array(line), easel.paints.ink(index), width)
    if easel.chance(0.4):
        disc(pen, np.array((middle, horizon * 0.5)), horizon * 0.35, easel.paints.ink(2))


def _circuit(easel: Easel, pen: ImageDraw.ImageDraw) -> None:
    step = max(6 * easel.unit, easel.period * 0.55)
    side = int(easel.width_px / step) + 1
    for index in range(round(side * 2.6)):
        point = easel.rng.integers(0, side + 1, 2).astype(float)
        path = [point]
        for turn in range(easel.count(2, 4)):
            move = np.zeros(2)
            move[(index + turn) % 2] = easel.rng.choice([-3, -2, -1, 1, 2, 3])
            path.append(path[-1] + move)
        trace = np.array(path) * step
        stroke(pen, trace, easel.paints.ink(index), easel.unit * 1.4)
        for end in (trace[0], trace[-1]):
            disc(pen, end, easel.unit * 2.1, easel.paints.ink(index))


def glitch(easel: Easel) -> Image.Image:
    """A torn screen: slices thrown sideways, blocks astray, colour channels apart, scan lines."""
    picture, pen = easel.canvas()
    width, unit = easel.width_px, easel.unit
    for index in range(easel.count(10, 16)):
        x, y = easel.rng.uniform(-0.1, 0.95, 2) * width
        wide, high = easel.between(0.2, 0.6) * width, easel.between(0.04, 0.22) * width
        paint = mix_paint(easel.paints.ink(index), easel.paints.field, easel.between(0, 0.12))
        pen.rectangle((x, y, x + wide, y + high), fill=paint)
    pixels_ = np.array(picture)
    edges = np.sort(easel.rng.uniform(0, width, round(easel.between(9, 16) / easel.scale**0.5))).astype(int)
    for top, bottom in zip([0, *edges], [*edges, width], strict=True):
        pixels_[top:bottom] = np.roll(pixels_[top:bottom], round(easel.rng.normal(0, 14) * unit), axis=1)
        if easel.chance(0.3):
            cell = max(1, round(easel.between(3, 6) * unit))
            pixels_[top:bottom] = np.repeat(pixels_[top : top + 1, ::cell], cell, axis=1)[:, :width]
    _stray_blocks(easel, pixels_)
    shift = round(easel.between(1.5, 3.5) * unit)
    pixels_[..., 0] = np.roll(pixels_[..., 0], shift, axis=1)
    pixels_[..., 2] = np.roll(pixels_[..., 2], -shift, axis=1)
    lines = np.arange(width) / (unit * easel.between(3, 4)) % 1 < 0.4
    return Image.fromarray((pixels_ * (1 - easel.between(0.08, 0.32) * lines[:, None, None])).astype(np.uint8))


def _stray_blocks(easel: Easel, pixels_: NDArray[np.uint8]) -> None:
    """Copy blocks to where they don't belong, some with their channels turned or negative."""
    side = easel.width_px
    for _ in range(easel.count(4, 8)):
        wide, high = round(easel.between(0.08, 0.3) * side), round(easel.between(0.06, 0.14) * side)
        (x, to_x), (y, to_y) = easel.rng.integers(0, side - wide, 2), easel.rng.integers(0, side - high, 2)
        block = pixels_[y : y + high, x : x + wide].copy()
        turned_block = 255 - block if easel.chance(0.3) else block
        pixels_[to_y : to_y + high, to_x : to_x + wide] = turned_block
