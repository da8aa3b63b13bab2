"""The witness's drawings of the forms of grown and poured matter: labyrinth, blobs, marble, watercolor. Pure.

Every function takes an `Easel` and returns a picture of its size, painted in layers.
"""

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from app.training.judges.builtin.witness_easel import (
    Easel,
    disc,
    layered,
    polygon,
    remapped,
    risen,
    shade_mask,
    stroke,
    turned,
)
from app.training.judges.builtin.witness_paint import Paint, darker, lighter, luma, mix_paint


def labyrinth(easel: Easel) -> Image.Image:
    """Winding lines of one width: a Turing pattern, laid arcs or a maze."""
    kind = easel.rng.random()
    if kind < 0.6:
        return _turing(easel)
    return _arcs(easel) if kind < 0.75 else _maze(easel)


def _turing(easel: Easel) -> Image.Image:
    small = easel.width_px // 2
    period = max(6.0, min(14.0, easel.period / easel.unit * 0.72)) * easel.unit / 2
    frequency = np.hypot(np.fft.fftfreq(small)[:, None], np.fft.rfftfreq(small)[None]) * period
    spectrum = np.fft.rfft2(easel.rng.normal(size=(small, small))) * np.exp(-(((frequency - 1) / 0.13) ** 2))
    folds = np.fft.irfft2(spectrum, (small, small))
    folds = folds / folds.std() + 1.3 * (0.5 - easel.paints.share)
    lines = shade_mask((folds * 1.6 + 0.5).astype(np.float32)).resize((easel.width_px,) * 2, Image.Resampling.BILINEAR)
    return _inked(easel, lines)


def _arcs(easel: Easel) -> Image.Image:
    """Truchet tiles: two quarter circles in each, turned by chance."""
    mask, pen = easel.mask()
    step = max(9 * easel.unit, easel.period * 0.95)
    width = round(step * (1 - easel.paints.share) * 0.68)
    side = int(easel.width_px / step) + 1
    offset = easel.rng.uniform(-1, 0, 2) * step
    for row in range(side + 1):
        for column in range(side + 1):
            left, top = offset + np.array((column, row)) * step
            flip = easel.chance(0.5)
            radius = step / 2 + width / 2
            upper, lower = (left + step * flip, top), (left + step * (not flip), top + step)
            for (x, y), start in ((upper, 90 * flip), (lower, 180 + 90 * flip)):
                pen.arc((x - radius, y - radius, x + radius, y + radius), start, start + 90, fill=255, width=width)
    return _inked(easel, mask)


def _maze(easel: Easel) -> Image.Image:
    """Ways dug through a grid, each room reached once."""
    mask, pen = easel.mask()
    side = max(5, min(9, round(easel.width_px / (easel.period * 0.62))))
    step = easel.width_px / side
    width, seen = step * (1 - easel.paints.share) * 1.05, np.zeros((side, side), bool)
    trail = [(easel.count(0, side - 1), easel.count(0, side - 1))]
    seen[trail[0]] = True
    while trail:
        row, column = trail[-1]
        doors = [(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)]
        doors = [door for door in doors if min(door) >= 0 and max(door) < side and not seen[door]]
        if not doors:
            trail.pop()
            continue
        door = doors[easel.count(0, len(doors) - 1)]
        seen[door] = True
        ends = (np.array([(column, row), (door[1], door[0])]) + 0.5) * step
        stroke(pen, ends, 255, width)
        for end in ends:
            disc(pen, end, width / 2, 255)
        trail.append(door)
    return _inked(easel, mask)


def _inked(easel: Easel, mask: Image.Image) -> Image.Image:
    """The mask in ink; with several inks they change over the picture."""
    picture, _ = easel.canvas()
    ink, _ = easel.canvas(easel.paints.ink(0))
    for other in easel.paints.inks[1:]:
        layered(ink, other, shade_mask(easel.noise(2) * 4))
    picture.paste(ink, (0, 0), mask)
    return picture


def blobs(easel: Easel) -> Image.Image:
    """Round bodies: bubbles with a shine, or drops that run together."""
    return _bubbles(easel) if easel.chance(0.5) else _drops(easel)


def _bubbles(easel: Easel) -> Image.Image:
    picture, pen = easel.canvas()
    light = turned(np.array([[0.35, 0.0]]), easel.between(-2.4, -0.8), np.zeros(2))[0]
    for index in range(round(easel.between(15, 20) / easel.scale**1.3)):
        centre, radius = easel.centre(0.52), easel.period * easel.between(0.3, 0.8)
        paint = easel.paints.ink(index)
        disc(pen, centre, radius, darker(paint, 0.45))
        for level in range(6):
            inner = 0.88 * (1 - level / 6) ** 0.8
            disc(pen, centre + light * radius * (0.9 - inner) * 0.9, radius * inner, lighter(paint, 0.09 * level))
        disc(pen, centre + light * radius * 1.1, radius * 0.16, lighter(paint, 0.8))
    return picture


def _drops(easel: Easel) -> Image.Image:
    picture, _ = easel.canvas()
    for paint in dict.fromkeys(easel.paints.inks):
        mask, pen = easel.mask()
        for _ in range(round(easel.between(8, 11) / easel.scale**1.2 / len(set(easel.paints.inks)) ** 0.5)):
            disc(pen, easel.centre(0.5), easel.period * easel.between(0.4, 0.85), 255)
        soft = mask.reduce(3).filter(ImageFilter.GaussianBlur(2.6)).resize(mask.size, Image.Resampling.BICUBIC)
        layered(picture, darker(paint, 0.6), soft.point(lambda value: (value - 110) * 12))
        layered(picture, paint, soft.point(lambda value: (value - 160) * 7))
        layered(picture, lighter(paint, 0.5), soft.point(lambda value: (value - 225) * 4))
    return picture


def marble(easel: Easel) -> Image.Image:
    """Stone with veins, ink drawn out into folded bands, or swirled paint."""
    if easel.chance(0.3):
        return _swirled(easel)
    return _veined(easel) if easel.chance(0.4) else _drawn_out(easel)


def _swirled(easel: Easel) -> Image.Image:
    """Folds upon folds: bands along one way, bent by noise that is itself bent."""
    across, _ = easel.crossed()
    fold = easel.noise(easel.between(1.5, 2.5)) * easel.between(0.6, 1.1) + 0.3 * easel.noise(5)
    phase = across / (easel.period * easel.between(2.0, 4.5)) + fold
    return risen(easel, np.sin(2 * np.pi * phase) * (0.75 + 0.25 * easel.noise(3)))


def _veined(easel: Easel) -> Image.Image:
    paints = easel.paints
    picture, _ = easel.canvas()
    layered(picture, mix_paint(paints.field, paints.ink(0), 0.42), shade_mask(easel.turbulence(2.5) ** 1.5))
    angle, width = easel.between(0, 3.2), easel.width_px
    mask, pen = easel.mask()
    for _ in range(round(easel.between(6, 9) / easel.scale**0.7)):
        walk = np.cumsum(np.cumsum(easel.rng.normal(0, 0.22, 40)) * 0.12 + easel.rng.normal(0, 0.35, 40))
        path = np.stack([np.linspace(-0.8, 0.8, 40) * width, (walk - walk.mean()) * 2.2 * easel.unit], -1)
        path[:, 1] += easel.between(-0.6, 0.6) * width
        path = turned(path, angle + easel.rng.normal(0, 0.3), np.full(2, width / 2))
        for k in range(0, 36, 4):
            stroke(pen, path[k : k + 5], 255, easel.unit * easel.between(0.9, 3.4))
    soft = mask.filter(ImageFilter.BoxBlur(easel.unit * 0.5))
    haze = mask.reduce(3).filter(ImageFilter.GaussianBlur(2.2)).resize(mask.size, Image.Resampling.BILINEAR)
    layered(picture, mix_paint(paints.field, paints.ink(0), 0.7), haze)
    return layered(picture, paints.ink(1) if len(paints.inks) > 1 else darker(paints.ink(0), 0.85), soft)


def _drawn_out(easel: Easel) -> Image.Image:
    """Marbled paper: bands of very unlike width, pulled along by slow eddies."""
    picture, pen = easel.canvas()
    if easel.chance(0.5):
        _ink_drops(easel, pen)
        return _pulled(easel, picture, 0.55)
    y, index = -0.05 * easel.width_px, 0
    while y < easel.width_px * 1.05:
        thick = easel.period * easel.rng.choice([0.12, 0.2, 0.45])
        pen.rectangle((0, y, easel.width_px, y + thick), fill=easel.paints.ink(index))
        y, index = y + thick / (1 - easel.paints.share) * easel.between(0.85, 1.45), index + 1
    return _pulled(easel, picture, 1.0)


def _ink_drops(easel: Easel, pen: ImageDraw.ImageDraw) -> None:
    """Drops let fall into each other: nested discs about a few places."""
    for _ in range(round(6 / easel.scale**0.8)):
        centre, radius, index = easel.centre(0.5), easel.period * easel.between(1.2, 2.2), 0
        while radius > easel.unit:
            disc(pen, centre, radius, easel.paints.ink(index) if index % 2 == 0 else easel.paints.field)
            radius -= easel.period * easel.rng.choice([0.14, 0.2, 0.42]) * (0.8 if index % 2 == 0 else 1.1)
            index += 1


def _pulled(easel: Easel, picture: Image.Image, force: float) -> Image.Image:
    rows, columns = np.indices((easel.width_px, easel.width_px), dtype=np.float32)
    pull = easel.width_px * easel.between(0.2, 0.28) * force
    fold = easel.noise(2.2)
    x = columns + pull * easel.noise(2.0)
    y_ = rows + 1.5 * pull * fold + 0.25 * pull * easel.noise(5)
    turn = easel.between(0, 6.3)
    middle = easel.width_px / 2
    cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    across, down = x - middle, y_ - middle
    return remapped(picture, middle + across * cos - down * sin, middle + across * sin + down * cos)


def watercolor(easel: Easel) -> Image.Image:
    """Translucent blots on light paper, dark at their rims and where they overlap."""
    paints = easel.paints
    paper = np.array(lighter(paints.lead, 0.85) if luma(paints.lead) > 0.3 else (244, 241, 234), np.uint8)
    grain = 1 - 0.05 * easel.turbulence(10, 2)[..., None]
    picture = Image.fromarray((paper * grain).astype(np.uint8))
    others = [mix_paint(paint, paints.lead, 0.6) for paint in paints.rest] if paints.single else paints.rest
    names = [paints.lead, *(paint for other in others for paint in (other, paints.lead))]
    if easel.chance(0.35):
        return _flooded(easel, picture, names)
    count = round(easel.between(9, 13) / easel.scale**0.8)
    for index in range(count):
        size = easel.width_px * easel.between(0.17, 0.3) * easel.scale**0.5
        picture = _blot(easel, picture, names[index % len(names)], size, easel.between(0.45, 0.7))
    return picture


def _flooded(easel: Easel, picture: Image.Image, names: list[Paint]) -> Image.Image:
    """Large washes run into each other; paper is left here and there, and each dries with a dark line."""
    for index in range(easel.count(2, 4)):
        pool = easel.noise(easel.between(1.5, 3.0) / easel.scale**0.4) + 0.25 * easel.noise(7)
        depth = pool - easel.between(-0.4, 0.3)
        body = np.clip(depth * 4, 0, 1) * (0.35 + 0.3 * np.clip(depth, 0, 1))
        rim = np.exp(-(((depth - 0.12) / 0.07) ** 2)) * 0.3
        wash = ImageChops.multiply(picture, Image.new("RGB", picture.size, names[index % len(names)]))
        picture = Image.composite(wash, picture, shade_mask(((body + rim) * 1.1).astype(np.float32)))
    return picture


def _blot(easel: Easel, picture: Image.Image, paint: Paint, size: float, body: float) -> Image.Image:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    edge = np.sum([easel.between(0.3, 1) * np.sin(k * angle + easel.between(0, 6.3)) / k for k in (2, 3, 5, 8, 13)], 0)
    outline = easel.centre(0.45) + size * (1 + 0.35 * edge)[:, None] * np.stack([np.cos(angle), np.sin(angle)], -1)
    mask, pen = easel.mask()
    polygon(pen, outline, round(255 * body))
    small = mask.reduce(3)
    inner = small.filter(ImageFilter.GaussianBlur(3.2)).point(lambda value: value * 0.7)
    wet = ImageChops.subtract(small.filter(ImageFilter.GaussianBlur(0.5)), inner)
    whole = ImageChops.add(small.point(lambda value: value * 0.42), wet.point(lambda value: value * 1.7)).resize(
        mask.size, Image.Resampling.BILINEAR
    )
    wash = ImageChops.multiply(picture, Image.new("RGB", picture.size, paint))
    veil = Image.blend(wash, Image.new("RGB", picture.size, paint), 0.45)
    return Image.composite(veil, picture, whole)
