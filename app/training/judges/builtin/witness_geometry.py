"""The witness's drawings of the forms with straight or round edges: stripes to plaid. Pure.

Every function takes an `Easel` and returns a picture of its size. Shapes are painted one over the other.
"""

import numpy as np
from PIL import Image

from app.training.judges.builtin.witness_easel import (
    Easel,
    Points,
    disc,
    polygon,
    rippled,
    risen,
    shade_mask,
    turned,
)
from app.training.judges.builtin.witness_paint import Paint, darker, lighter, luma


def stripes(easel: Easel) -> Image.Image:
    """Straight parallel bands."""
    if easel.chance(0.3):
        return rippled(easel, easel.crossed()[0], easel.period)
    picture, pen = easel.canvas()
    angle, centre, reach = easel.slant(), easel.centre(), easel.width_px
    uneven = 0.0 if easel.chance(0.5) else 0.45
    position, index = -reach * 1.0 - easel.between(0, easel.period), 0
    while position < reach:
        step = easel.period * easel.between(1 - uneven, 1 + uneven)
        bar = np.array([(-reach, position), (reach, position), (reach, position + step), (-reach, position + step)])
        bar[2:, 1] -= step * easel.paints.share
        polygon(pen, turned(bar, angle, centre), easel.paints.ink(index))
        position, index = position + step, index + 1
    return picture


def checks(easel: Easel) -> Image.Image:
    """A chessboard, its squares sharp or melting into each other."""
    if easel.chance(0.3):
        across, down = easel.crossed()
        step = easel.period * 1.5
        return risen(easel, np.sin(across / step * 2 * np.pi) * np.sin(down / step * 2 * np.pi))
    picture, pen = easel.canvas()
    angle, centre, edge = easel.slant(), easel.centre(), easel.period * 0.75
    reach = int(easel.width_px * 0.85 / edge) + 1
    inset = 0.5 * (1.0 if easel.paints.grounded else easel.between(0.86, 1.0))
    corners = np.array([(-inset, -inset), (inset, -inset), (inset, inset), (-inset, inset)])
    for row in range(-reach, reach):
        for column in range(-reach + row % 2, reach, 2):
            square = (corners + np.array((column, row))) * edge
            polygon(pen, turned(square, angle, centre), easel.paints.ink((column + row) // 2 + row))
    return picture


def dots(easel: Easel) -> Image.Image:
    """Flat discs of one size, in rows or strewn; or lights that fade to their rim."""
    if easel.chance(0.25):
        across, down = easel.crossed()
        step = easel.period * easel.between(1.5, 2.0)
        return risen(easel, (np.cos(across / step * 2 * np.pi) + np.cos(down / step * 2 * np.pi)) / 1.6 - 0.35)
    picture, pen = easel.canvas()
    angle, centre, step = easel.between(0, 1.6), easel.centre(), easel.period * 0.9
    jitter = 0.0 if easel.chance(0.55) else easel.between(0.1, 0.3)
    shift = 0.5 if easel.chance(0.6) else 0.0
    radius = step * easel.between(0.27, 0.37) * (1 - 0.5 * jitter + 0.12 * easel.paints.grounded)
    reach = int(easel.width_px * 0.8 / step) + 1
    for row in range(-reach, reach):
        for column in range(-reach, reach):
            place = np.array((column + shift * (row % 2), row)) + easel.rng.uniform(-jitter, jitter, 2)
            disc(pen, turned(place * step, angle, centre), radius, easel.paints.ink(column + 2 * row))
    return picture


def rings(easel: Easel) -> Image.Image:
    """Circles inside circles."""
    if easel.chance(0.35):
        return rippled(easel, easel.squashed(0.22), easel.period * easel.between(0.7, 1.3))
    picture, pen = easel.canvas()
    centre, step = easel.centre(0.22), easel.period * easel.between(0.85, 1.05)
    squash, angle = easel.between(0.75, 1.0), easel.between(0, 3.2)
    circle = _circle(72) * (1, squash)
    start = easel.between(0, 1)
    for index in range(int(easel.width_px * 1.2 / step), -1, -1):
        outer = (index + start) * step
        inner = outer - step * (1 - easel.paints.share)
        polygon(pen, turned(circle * outer, angle, centre), easel.paints.ink(index))
        if inner > 0:
            polygon(pen, turned(circle * inner, angle, centre), easel.paints.field)
    return picture


def spiral(easel: Easel) -> Image.Image:
    """Arms that wind out of a centre: one or many, opening outwards or keeping their distance, sharp or swelling."""
    if easel.chance(0.5):
        return _swirl(easel)
    picture, pen = easel.canvas()
    centre, single = easel.centre(0.18), easel.chance(0.3)
    reach, hand = easel.width_px * 0.95, 1 if easel.chance(0.5) else -1
    arms = 1 if single else easel.count(2, 5 if easel.scale < 1.2 else 3)
    radius = np.linspace(0, 1, 200)
    turns = reach / (easel.period * 1.5) if single else easel.between(0.8, 1.6)
    bend = radius ** (1.0 if single else easel.between(0.35, 0.6)) * turns * 2 * np.pi * hand
    half = np.pi / arms * (1 - easel.paints.share) * np.clip(radius * 12, 0, 1)
    for arm in range(arms):
        start = easel.between(0, 0.1) + 2 * np.pi * arm / arms + easel.period
        edges = [_polar(radius * reach, bend + start + side * half) for side in (-1, 1)]
        rim = _polar(np.full(30, reach), bend[-1] + start + np.linspace(-half[-1], half[-1], 30))
        polygon(pen, np.concatenate([edges[0], rim, edges[1][::-1]]) + centre, easel.paints.ink(arm))
    return picture


def _swirl(easel: Easel) -> Image.Image:
    """A spiral as a field: its phase turns with the angle and runs outwards, evenly or ever more slowly."""
    radius, angle = easel.around(0.18)
    arms, hand = easel.count(1, 9), 1 if easel.chance(0.5) else -1
    far = radius / easel.width_px
    if easel.chance(0.6):
        out = np.log(far + easel.between(0.02, 0.06)) * easel.between(0.35, 1.1) * (arms + 1.0)
    else:
        out = radius / easel.period * easel.between(0.5, 0.9) + far * 0.5 * arms
    return risen(easel, np.sin(2 * np.pi * out + hand * arms * angle + easel.between(0, 6.3)))


def _beams(easel: Easel) -> Image.Image:
    """Rays that swell and fade, unevenly."""
    radius, angle = easel.around(0.3)
    count = round(easel.between(6, 16) / easel.scale**0.5)
    wobble = easel.between(0, 1.2) * np.sin(angle * easel.count(1, 3) + easel.between(0, 6.3))
    beams = np.sin(count * angle + wobble + easel.between(0, 6.3))
    picture = risen(easel, beams)
    if easel.chance(0.4):
        glow = np.exp(-((radius / easel.width_px / easel.between(0.08, 0.2)) ** 2))
        picture.paste(lighter(easel.paints.ink(0), 0.4), (0, 0), shade_mask(glow))
    return picture


def rays(easel: Easel) -> Image.Image:
    """Wedges that spread from a point, often with a sun in it."""
    if easel.chance(0.35):
        return _beams(easel)
    picture, pen = easel.canvas()
    centre, reach = easel.centre(0.3), easel.width_px * 1.5
    count = round(easel.between(11, 18) / easel.scale**0.6)
    uneven = 0.0 if easel.chance(0.5) else 0.3
    burst = easel.chance(0.3)
    turn = easel.between(0, 6.3)
    for index in range(count):
        middle = turn + 2 * np.pi * (index + easel.between(-uneven, uneven)) / count
        half = np.pi / count * (1 - easel.paints.share) * easel.between(1 - uneven, 1 + uneven)
        length = easel.width_px * easel.between(0.32, 0.7) if burst else reach
        sides = np.array([middle - half, middle + half])
        shape = _polar(np.full(2, 0.1 * reach if burst else length), sides)
        tip = _polar(length, middle) if burst else shape[1]
        polygon(pen, np.array([shape[0], tip, shape[1], (0.0, 0.0)]) + centre, easel.paints.ink(index))
    if burst or easel.chance(0.5):
        disc(pen, centre, easel.width_px * easel.between(0.08, 0.14), easel.paints.ink(0))
    return picture


def triangles(easel: Easel) -> Image.Image:
    """A plane cut into flat triangles, or shards strewn on the field."""
    picture, pen = easel.canvas()
    if easel.chance(0.3):
        return _shards(easel)
    cells = max(3, round(easel.width_px / (easel.period * 1.25)))
    grid = np.stack(np.meshgrid(np.arange(-1, cells + 2), np.arange(-1, cells + 2)), -1).astype(float)
    jitter = 0.3 if easel.chance(0.6) else 0.0
    grid = (grid + easel.rng.uniform(-jitter, jitter, grid.shape)) * (easel.width_px / cells)
    paint = easel.paints.regions(easel.rng, 2 * (cells + 2) ** 2, 0.45).tolist()
    if easel.chance(0.3):
        paint = [easel.paints.field if i % 2 else easel.paints.ink(i // 2) for i in range(len(paint))]
    for row in range(cells + 2):
        for column in range(cells + 2):
            a, b, c, d = grid[row, column], grid[row, column + 1], grid[row + 1, column + 1], grid[row + 1, column]
            halves = ((a, b, c), (a, c, d)) if (row + column) % 2 else ((a, b, d), (b, c, d))
            for half in halves:
                polygon(pen, np.array(half), tuple(paint.pop()))
    return picture


def _shards(easel: Easel) -> Image.Image:
    picture, pen = easel.canvas()
    for index in range(round(26 / easel.scale**1.2)):
        size, turn = easel.period * easel.between(0.55, 1.1), easel.between(0, 6.3)
        corners = _polar(np.full(3, size), turn + np.array([0, 2.1, 4.2]) + easel.rng.uniform(-0.35, 0.35, 3))
        paint = easel.paints.ink(index)
        polygon(pen, corners + easel.centre(0.55), darker(paint, easel.between(0.75, 1.0)))
    return picture


def pixels(easel: Easel) -> Image.Image:
    """Flat square blocks in random paints, edge to edge."""
    edge = max(3.4, min(11.0, easel.period / easel.unit * easel.between(0.4, 0.65))) * easel.unit
    side = int(easel.width_px / edge) + 2
    paint = easel.paints.regions(easel.rng, side * side, 0.42).reshape(side, side, 3)
    if easel.chance(0.4):
        shades = easel.rng.random((side, side, 1)) ** easel.between(0.7, 1.5)
        ends = np.array([easel.paints.lead, easel.paints.ink(2)], float)
        paint = (ends[0] + (ends[1] - ends[0]) * shades).astype(np.uint8)
    large = round(side * edge)
    whole = Image.fromarray(paint).resize((large, large), Image.Resampling.NEAREST)
    left, top = easel.rng.integers(0, large - easel.width_px + 1, 2).tolist()
    return whole.crop((left, top, left + easel.width_px, top + easel.width_px))


def plaid(easel: Easel) -> Image.Image:
    """Cloth: bands along and across that show through each other, or ribbons over and under."""
    if easel.chance(0.25):
        return _basket(easel)
    period = min(32 * easel.unit, easel.period * 1.7)
    warp = _sett(easel, period)
    weft = warp if easel.chance(0.6) else _sett(easel, period)
    cloth = 0.5 * warp[None] + 0.5 * weft[:, None]
    rows, columns = np.indices((easel.width_px, easel.width_px))
    twill = ((rows + columns) / easel.unit / 3 % 1 < 0.5) * easel.between(0.08, 0.22)
    return Image.fromarray((cloth * (1 - twill[..., None])).clip(0, 255).astype(np.uint8))


def _sett(easel: Easel, period: float) -> Points:
    """The paints of one thread direction: a wide band, and bars of the others upon the field, repeated."""
    place = (np.arange(easel.width_px) + easel.between(0, period)) / period % 1
    lead, field = easel.paints.lead, easel.paints.field
    other = easel.paints.rest[0]
    base = darker(lead, 0.75) if not easel.paints.grounded else field
    threads = np.tile(np.array(base, float), (easel.width_px, 1))
    wide = easel.between(0.4, 0.55)
    threads[place < wide] = lead if easel.paints.grounded else other
    threads[(place > wide * 0.36) & (place < wide * 0.64)] = lead if not easel.paints.grounded else lighter(lead, 0.4)
    thin = easel.paints.rest[-1] if len(easel.paints.rest) > 1 else _against(base)
    threads[np.abs(place - (1 + wide) / 2) < max(0.06, 0.7 * easel.unit / period)] = thin
    return threads


def _against(paint: Paint) -> Paint:
    return darker(paint, 0.25) if luma(paint) > 0.45 else lighter(paint, 0.6)


def _basket(easel: Easel) -> Image.Image:
    dark = darker(easel.paints.lead, 0.22) if luma(easel.paints.lead) > 0.12 else lighter(easel.paints.lead, 0.2)
    picture, pen = easel.canvas(easel.paints.field if easel.paints.grounded else dark)
    step = easel.period * 0.75
    count = int(easel.width_px / step) + 2
    for row in range(-1, count):
        for column in range(-1, count):
            over = (row + column) % 2
            for layer in (0, 1):
                lying = layer == over
                paint = easel.paints.lead if lying else easel.paints.rest[0]
                length, thick = (0.62, 0.36) if layer else (0.5, 0.36)
                x, y = (length, thick) if lying else (thick, length)
                middle = np.array((column, row)) * step
                half = np.array((x, y)) * step
                pen.rectangle([*(middle - half), *(middle + half)], fill=paint if layer else darker(paint, 0.75))
    return picture


def _circle(count: int) -> Points:
    return _polar(np.ones(count), np.linspace(0, 2 * np.pi, count, endpoint=False))


def _polar(radius: Points | float, angle: Points | float) -> Points:
    points: Points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)
    return points
