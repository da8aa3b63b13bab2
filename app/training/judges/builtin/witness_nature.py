"""The witness's drawings of the flowing and burning forms: waves to fire. Pure.

Every function takes an `Easel` and returns a picture of its size, painted in layers.
"""

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from app.training.judges.builtin.witness_easel import (
    Easel,
    Field,
    Points,
    blend_table,
    disc,
    glowing,
    layered,
    polygon,
    risen,
    shade_mask,
    stroke,
    turned,
)
from app.training.judges.builtin.witness_paint import Paint, darker, lighter, luma


def waves(easel: Easel) -> Image.Image:
    """Undulating bands, each painted before the one behind it, with crests; or lines that ripple together."""
    if easel.chance(0.5):
        return _ripples(easel)
    picture, pen = easel.canvas()
    angle = easel.between(-0.4, 0.4) + (np.pi / 2 if easel.chance(0.2) else 0)
    reach, step = easel.width_px, easel.period * easel.between(0.6, 0.8)
    x = np.linspace(-reach, reach, 90)
    length = easel.period * easel.between(2.0, 3.2)
    phase, centre = easel.between(0, 6.3), easel.centre()
    tone = _wave_paints(easel)
    for index, y in enumerate(np.arange(-reach, reach, step)):
        phase += easel.between(-0.7, 0.7)
        swell = np.sin(2 * np.pi * x / length + phase) + 0.35 * np.sin(2 * np.pi * x / length * 0.53 + index)
        top = np.stack([x, y + step * easel.between(0.45, 0.6) * swell], -1)
        body = turned(np.vstack([top, [(reach, reach), (-reach, reach)]]), angle, centre)
        paint = tone[index % len(tone)]
        polygon(pen, body, paint)
        stroke(pen, turned(top, angle, centre), lighter(paint, 0.35), 1.1 * easel.unit)
    return picture


def _ripples(easel: Easel) -> Image.Image:
    """Parallel lines pushed to and fro by swells: fine or broad, silk or sand."""
    across, down = easel.crossed()
    if easel.chance(0.7):  # water lies level more often than not
        down, across = np.indices((easel.width_px, easel.width_px), dtype=np.float32)
    length = easel.period * easel.between(1.6, 4.0)
    push = easel.period * easel.between(0.2, 0.7)
    swell = np.sin(2 * np.pi * across / length + easel.between(0, 6.3) + easel.noise(2) + down / easel.period)
    swell = swell * push + easel.noise(2) * easel.period * easel.between(0, 0.5)
    return risen(easel, np.sin((down + swell) / (easel.period * easel.between(0.6, 1.2)) * 2 * np.pi))


def _wave_paints(easel: Easel) -> list[Paint]:
    lead, rest = easel.paints.lead, easel.paints.rest
    field = [easel.paints.field] if easel.paints.grounded else [darker(lead, 0.7)]
    return [paint for other in rest for paint in (lead, other, *field)] + ([lead] if not easel.paints.grounded else [])


def clouds(easel: Easel) -> Image.Image:
    """Soft heaps, drifting smoke, or banks of mist."""
    paints = easel.paints
    light = max((paints.lead, *paints.rest, paints.field), key=luma)
    if easel.chance(0.25):
        return _mist(easel)
    if easel.chance(0.5):
        values = easel.turbulence(easel.between(1.6, 2.6) / easel.scale**0.6, 5)
        table = (paints.field, paints.ink(0), paints.ink(2) if len(paints.inks) > 2 else light)
        return blend_table(values**0.9 if paints.grounded else values**2.0, table)
    picture, _ = easel.canvas(paints.field)
    for index in range(round(easel.between(4, 6) / easel.scale**0.8) + 1):
        _puff(easel, picture, paints.ink(index))
    return picture


def _mist(easel: Easel) -> Image.Image:
    """Nothing with an edge: light and dark drift into each other, often in level banks."""
    picture, _ = easel.canvas()
    cells = easel.between(1.5, 3.5) / easel.scale**0.4
    drift = easel.noise(cells) + 0.5 * easel.noise(2 * cells)
    if easel.chance(0.5):
        rows = np.linspace(0, len(drift) - 1, len(drift)).astype(int)
        drift = drift[:, np.clip((rows - len(rows) // 2) // 3 + len(rows) // 2, 0, len(rows) - 1)]
    for index, paint in enumerate(easel.paints.inks[:3]):
        bank = (drift * (1 - 2 * (index % 2)) - 0.25 * index) * 0.7 + 0.45
        layered(picture, paint, shade_mask(bank.astype(np.float32)))
    return picture


def _puff(easel: Easel, picture: Image.Image, paint: Paint) -> None:
    """One heap: many soft discs on a flat base, the upper ones lighter."""
    middle, size = easel.centre(0.5), easel.width_px * 0.17 * easel.scale**0.4
    for shade, lift in ((0.72, 0.25), (1.0, 0.0), (1.0, -0.12)):
        mask, pen = easel.mask()
        for _ in range(9):
            along = easel.rng.normal(0, 0.75)
            place = middle + size * np.array([along * 1.4, lift - 0.55 * np.exp(-(along**2)) * easel.rng.random()])
            disc(pen, place, size * easel.between(0.3, 0.62) * (1 if shade < 1 else 0.9), 150)
        soft = mask.reduce(3).filter(ImageFilter.GaussianBlur(1.6)).resize(mask.size, Image.Resampling.BILINEAR)
        layered(picture, darker(paint, shade), soft)


def cells(easel: Easel) -> Image.Image:
    """Many-sided pieces with seams between: stained glass, ice, cracked earth."""
    width, step = easel.width_px, easel.period * 1.15
    side = int(width / step) + 3
    rows, columns = np.indices((side, side))
    rows_of = np.stack([columns + 0.5 * (rows % 2), rows], -1).reshape(-1, 2)
    seeds = ((rows_of + easel.rng.uniform(-0.42, 0.42, rows_of.shape) - 0.8) * step).astype(np.float32)
    small = width // 2
    at = np.stack(np.meshgrid(np.arange(small), np.arange(small)), -1).reshape(-1, 2).astype(np.float32) * 2
    distance = (seeds**2).sum(1) - 2 * at @ seeds.T
    near = distance.argmin(1)
    flat = np.arange(len(at))
    first = distance[flat, near]
    distance[flat, near] = np.inf
    second = distance.argmin(1)
    gap = np.linalg.norm(seeds[near] - seeds[second], axis=1)
    seam = (distance[flat, second] - first) / (2 * gap)
    tilt = easel.rng.uniform(-1, 1, seeds.shape).astype(np.float32) * easel.between(0, 0.6)
    shade = 1 + ((at - seeds[near]) * tilt[near]).sum(1) / step
    paint = easel.paints.regions(easel.rng, len(seeds), 0.4).astype(np.float32)[near] * shade[:, None]
    firm = 1.0 if easel.chance(0.65) else easel.between(0.25, 0.5)
    line = np.clip(seam / easel.unit * firm - easel.between(0.35, 0.9), 0, 1)[:, None]
    whole = paint * line + np.array(_seam(easel), np.float32) * (1 - line)
    picture = Image.fromarray(whole.clip(0, 255).astype(np.uint8).reshape(small, small, 3))
    return picture.resize((width, width), Image.Resampling.BILINEAR)


def _seam(easel: Easel) -> Paint:
    if easel.paints.grounded:
        return easel.paints.field
    return darker(easel.paints.lead, 0.12) if luma(easel.paints.lead) > 0.25 else lighter(easel.paints.lead, 0.75)


def gradient(easel: Easel) -> Image.Image:
    """Paints that melt into each other and nothing else."""
    width = easel.width_px
    paints = easel.paints
    stops = [paints.lead, *paints.rest, *([paints.field] if paints.grounded else [])]
    round_glow = easel.chance(0.4)
    stops = stops[::-1] if round_glow or easel.chance(0.5) else stops
    place = (np.indices((width, width), dtype=np.float32) / width - 0.5)[::-1]
    if round_glow:
        middle = easel.rng.uniform(-0.3, 0.3, 2)
        along = np.hypot(place[0] - middle[0], place[1] - middle[1]) * easel.between(1.1, 1.6)
    else:
        angle = easel.between(0, 6.3) if easel.chance(0.6) else np.pi / 2
        bow = easel.between(-0.5, 0.5) * (place[0] * np.sin(angle) - place[1] * np.cos(angle)) ** 2
        along = 0.5 + (place[0] * np.cos(angle) + place[1] * np.sin(angle)) * 1.1 + bow
    ends = np.linspace(0.3, 1, len(stops)) if stops[0] == paints.lead else np.linspace(0, 0.7, len(stops))
    table = np.array(stops, np.float32)
    whole = np.stack([np.interp(along.ravel(), ends, table[:, channel]) for channel in range(3)], -1)
    return Image.fromarray(whole.reshape(width, width, 3).astype(np.uint8))


def lightning(easel: Easel) -> Image.Image:
    """Thin lines that fork and fork again; or veins and threads that cross."""
    if easel.chance(0.3):
        return _threads(easel)
    picture, pen = easel.canvas()
    width = easel.width_px
    star = easel.chance(0.3)
    middle = easel.centre(0.15)
    for index in range(easel.count(4, 6) if star else easel.count(2, 3)):
        turn = easel.between(0, 6.3)
        start = middle if star else np.array([easel.between(0.1, 0.9) * width, -0.03 * width])
        far = middle + 0.65 * width * np.array([np.cos(turn), np.sin(turn)])
        end = far if star else np.array([start[0] + easel.rng.normal(0, 0.25) * width, width * easel.between(0.8, 1.1)])
        _bolt(easel, pen, (start, end), easel.unit * easel.between(1.7, 2.6), easel.paints.ink(index), 3)
    return glowing(picture, 4.5 * easel.unit, 1.3) if luma(easel.paints.field) < 0.2 else picture


def _threads(easel: Easel) -> Image.Image:
    """Filaments: where folded noise is nearly nothing."""
    picture, _ = easel.canvas()
    for index in range(easel.count(1, 2)):
        cells = easel.between(2.0, 4.0) / easel.scale**0.5
        fold = easel.noise(cells) + 0.35 * easel.noise(2.7 * cells)
        down, across = np.gradient(fold)
        away: Field = np.abs(fold) / np.maximum(np.hypot(down, across), 0.6 * cells / easel.width_px) / easel.unit
        layered(picture, easel.paints.ink(index), shade_mask(1.6 - away / easel.between(0.7, 1.3)))
    return glowing(picture, 4 * easel.unit, 1.0) if luma(easel.paints.field) < 0.2 else picture


def _bolt(
    easel: Easel, pen: ImageDraw.ImageDraw, ends: tuple[Points, Points], width: float, paint: Paint, depth: int
) -> None:
    path = np.array(ends)
    rough = 0.16 * np.linalg.norm(path[1] - path[0])
    for _ in range(4):
        between = (path[1:] + path[:-1]) / 2 + easel.rng.uniform(-rough, rough, (len(path) - 1, 2))
        path = np.insert(path, np.arange(1, len(path)), between, axis=0)
        rough *= 0.52
    bright = lighter(paint, 0.35) if luma(easel.paints.field) < 0.2 and depth == 3 else paint
    stroke(pen, path, bright, width)
    if depth == 0:
        return
    along = ends[1] - ends[0]
    for _ in range(3 if depth == 3 else 1 + easel.chance(0.5)):
        at = path[easel.count(2, len(path) - 5)]
        reach = turned(along[None], easel.rng.choice([-1, 1]) * easel.between(0.4, 1.0), np.zeros(2))[0]
        thinner = max(0.9 * easel.unit, width * 0.7)
        _bolt(easel, pen, (at, at + reach * easel.between(0.35, 0.6)), thinner, paint, depth - 1)


def nebula(easel: Easel) -> Image.Image:
    """Glowing gas on the dark, and stars."""
    paints = easel.paints
    dark = paints.field if paints.grounded and luma(paints.field) < 0.3 else darker(paints.lead, 0.1)
    picture, _ = easel.canvas(dark)
    names = [paints.lead, *paints.rest, lighter(paints.lead, 0.3)]
    drift = _band(easel)
    for index, paint in enumerate(names[:4]):
        gas = easel.turbulence(easel.between(1.3, 2.4) / easel.scale**0.4, 4) ** (1.8 if index == 0 else 3.2)
        veil, _ = easel.canvas((0, 0, 0))
        picture = ImageChops.screen(picture, layered(veil, paint, shade_mask(gas * drift)))
    pen = ImageDraw.Draw(picture)
    bright = lighter(paints.lead, 0.8)
    for index in range(easel.count(28, 60)):
        radius = easel.unit * (0.5 if index > 5 else easel.between(0.8, 1.3))
        disc(pen, easel.rng.uniform(0, easel.width_px, 2), radius, bright if index < 30 else darker(bright, 0.7))
    return glowing(picture, 2 * easel.unit, 0.35)


def _band(easel: Easel) -> Field:
    place = np.indices((easel.width_px, easel.width_px), dtype=np.float32) / easel.width_px - 0.5
    angle = easel.between(0, 3.2)
    across = place[0] * np.cos(angle) + place[1] * np.sin(angle) - easel.between(-0.15, 0.15)
    spread: Field = np.exp(-((across / easel.between(0.22, 0.38)) ** 2))
    return spread


def fire(easel: Easel) -> Image.Image:
    """Tongues that rise from below, layer in layer, hotter inside."""
    paints = easel.paints
    dark = paints.field if paints.grounded else darker(paints.lead, 0.12 if luma(paints.lead) > 0.15 else 0.5)
    picture, pen = easel.canvas(dark)
    hot = [paints.lead, *(paints.rest if paints.grounded or len(paints.rest) > 1 else [])]
    hot = [darker(paints.lead, 0.6), *hot, lighter(hot[-1], 0.5)][:4]
    step = easel.period * easel.between(0.7, 1.0)
    bases = np.arange(-0.5, easel.width_px / step + 1) * step + easel.between(0, step)
    heights = easel.width_px * easel.rng.uniform(0.4, 0.92, len(bases))
    lean = easel.between(-0.3, 0.3)
    phases = easel.rng.uniform(0, 6.3, len(bases))
    for layer, paint in enumerate(hot):
        shrink = 1 - 0.24 * layer
        for base, height, phase in zip(bases, heights, phases, strict=True):
            polygon(pen, _tongue(easel, (base, height * shrink, phase), step * shrink, lean), paint)
    for _ in range(easel.count(0, 10)):
        disc(pen, easel.rng.uniform(0, 0.6, 2) * easel.width_px * (1.6, 1), easel.unit * 0.8, hot[-1])
    return glowing(picture, 4 * easel.unit, 0.5) if luma(dark) < 0.2 else picture


def _tongue(easel: Easel, place: tuple[float, float, float], step: float, lean: float) -> Points:
    base, height, phase = place
    rise = np.linspace(0, 1, 22)
    half = step * 0.85 * (1 - rise) ** 0.8 * (0.75 + 0.45 * np.sin(np.pi * rise * 1.1))
    sway = base + step * 0.55 * rise * np.sin(4.2 * rise + phase) + lean * height * rise**2
    y = easel.width_px * 1.03 - height * rise
    points: Points = np.concatenate([np.stack([sway - half, y], -1), np.stack([sway + half, y], -1)[::-1]])
    return points
