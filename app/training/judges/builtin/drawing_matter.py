"""The guide's forms that grow, flow and burn: waves, clouds, cells, lightning, washes, nebulas, flames, marble.

Pure torch, batched; every function takes a space of n pictures and returns their layers.
"""

import math
from typing import Any

import torch
from torch.nn import functional

from app.training.judges.builtin.drawing_noise import evened, look_up, winding
from app.training.judges.builtin.drawing_space import Layers, Space

Tensor = Any


def waves(space: Space) -> Layers:
    """Parallel bands that undulate together, closer here and wider there: crests like folded silk, or flat bands.

    From a ripple of fine lines to a few high waves.
    """
    often = space.between(1.1, 2.5) * space.scale
    swing = torch.where(space.chance(0.5), space.between(0.1, 0.22), space.between(0.22, 0.4) / often.clamp(min=1.0))
    swing = swing / space.scale.clamp(min=0.7)
    along = space.x * space.between(2.4, 6.0) * space.scale.clamp(0.7, 1.5)
    drift = space.noise(1, 2.5, 1.0, 3.0)[:, 0]
    height = space.y + swing * torch.sin(along + 0.8 * drift + 1.5 * space.y) + 0.06 * drift
    phase = height * often + 0.1 * torch.sin(height * 3.0 + space.between(0, 6.3)) + space.between(0, 1)
    part = phase.remainder(1.0)
    crest = torch.where(part < 0.68, part / 0.68, (1 - part) / 0.32)
    crest = crest * crest * (3 - 2 * crest)
    figure = crest ** torch.where(space.chance(0.5), 0.6, 1.5)
    flat = space.inside((0.25 - (part - 0.5).abs()) / often, 0.5 / often)
    figure = torch.where(space.chance(0.4), flat, figure)
    return Layers(figure, space.regions(), torch.where(space.chance(0.3), 0.0, 0.3) * crest**6)


def clouds(space: Space) -> Layers:
    """Soft heaps without a border, lit from one side; or banks of mist that lie level, and even haze."""
    level = space.chance(0.3)
    space.y = space.y * torch.where(level, space.between(1.4, 2.4), torch.ones(()))
    space.x = space.x * torch.where(level, 0.7, 1.0)
    puff = space.noise(2, 1.9, 2.5, 12.0, 0.85 * space.scale.clamp(max=1.5))
    lit = functional.pad(puff[:, 0], (2, 0, 2, 0), mode="replicate")[:, :-2, :-2]
    figure = evened(space.between(0.8, 1.7) * puff[:, 0] + space.between(-0.5, 0.5))
    return Layers(figure, evened(puff[:, 1]), (0.5 * (puff[:, 0] - lit)).clamp(-0.35, 0.35))


def _nearest_points(space: Space, often: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return distance to the nearest of jittered points, distance to the border of its cell, and a hash of it."""
    x, y = space.x * often + 8, space.y * often + 8
    shake = space.between(0.75, 0.95) * torch.rand((space.count, 2, 16 * 16), generator=space.gen)
    near = torch.full((space.count, 2, *space.x.shape[1:]), 1e3)
    places = torch.zeros((space.count, 2, 2, *space.x.shape[1:]))
    for step in range(9):
        column, row = x.floor() + step % 3 - 1, y.floor() + step // 3 - 1
        cell = (row.remainder(16) * 16 + column.remainder(16)).long().flatten(1)
        jitter = shake.gather(2, cell[:, None].expand(-1, 2, -1)).view(-1, 2, *x.shape[1:])
        point = torch.stack([column + jitter[:, 0], row + jitter[:, 1]], 1)
        far = (point[:, 0] - x) ** 2 + (point[:, 1] - y) ** 2
        first, second = far < near[:, 0], far < near[:, 1]
        places[:, 1] = torch.where(first[:, None], places[:, 0], torch.where(second[:, None], point, places[:, 1]))
        places[:, 0] = torch.where(first[:, None], point, places[:, 0])
        near[:, 1] = torch.where(first, near[:, 0], torch.where(second, far, near[:, 1]))
        near[:, 0] = torch.where(first, far, near[:, 0])
    apart = ((places[:, 0] - places[:, 1]) ** 2).sum(1).sqrt().clamp(min=1e-3)
    border = (near[:, 1] - near[:, 0]) / (2 * apart) / often
    return near[:, 0].sqrt(), border, (places[:, 0, 0] * 7.31 + places[:, 0, 1] * 3.77).sin()


def cells(space: Space) -> Layers:
    """Polygons around scattered points with a seam between them, dark as lead or light as ice; each its own shade."""
    often = space.between(1.3, 2.4) * space.scale.clamp(max=1.6)
    near, border, which = _nearest_points(space, often)
    value = space.hashed(which)
    seam = space.inside(space.between(0.9, 3.0) * space.px - border, 4 * space.px)
    seam = torch.where(space.smooth, torch.exp(-((border * often / 0.16) ** 2)), seam)
    seam_light = torch.where(space.chance(0.65), -1.0, 0.9)
    shade = 0.5 * (space.hashed(which) - 0.5) + 0.25 * (0.5 - near)
    return Layers(space.inside(value - 0.38, 0.3), space.hashed(which), shade * (1 - seam) + seam_light * seam)


def gradient(space: Space) -> Layers:
    """One smooth passage across the whole picture: along a line, from a glow, or softly bent. Nothing else."""
    bend = 0.1 * space.noise(1, 3.0, 1.0, 2.0)[:, 0]
    straight = 0.5 + 0.46 * space.x * space.between(0.85, 1.15) + bend
    radius = (space.x**2 + space.y**2).sqrt()
    glow = torch.exp(-((radius / space.between(0.65, 1.0)) ** 2))
    figure = torch.where(space.chance(0.65), straight, glow).clamp(0, 1)
    return Layers(figure, figure)


def _bolt(space: Space, start: Tensor, lean: Tensor, top: Tensor, bottom: Tensor) -> tuple[Tensor, Tensor]:
    """Return the distance to a jagged path from `top` down to `bottom`, and where on x it runs, by picture row."""
    kinks = 24
    jag = torch.randn((space.count, 1, kinks), generator=space.gen) * 0.09
    jag = jag + functional.avg_pool1d(functional.pad(jag, (3, 3), mode="replicate"), 7, 1) * 2.0
    place = ((space.y + 2.0) / 4.0 * (kinks - 1) * 1.0).clamp(0, kinks - 1.001)
    low = place.floor().long()
    flat = jag.expand(-1, 1, -1)[:, 0]
    before, after = (flat.gather(1, (low + k).flatten(1)).view_as(space.x) for k in (0, 1))
    begin = ((top + 2.0) / 4.0 * (kinks - 1)).clamp(0, kinks - 1.001).floor().long()
    kink = before + (after - before) * (place - low) - flat.gather(1, begin[:, :, 0]).unsqueeze(2)
    path = start + lean * (space.y - top) + kink
    outside = (top - space.y).clamp(min=0) + (space.y - bottom).clamp(min=0)
    return ((space.x - path) ** 2 * 0.6 + outside**2).sqrt(), path


def _threads(space: Space) -> Tensor:
    """Return the distance to a web of winding threads: where smooth fields cross zero."""
    field = space.noise(2, 1.7, 2.0, 10.0, 0.9 * space.scale.clamp(max=1.5))
    down, across = torch.gradient(field, spacing=space.px, dim=(2, 3))
    away = field.abs() / (down**2 + across**2).sqrt().clamp(min=2.0)
    return torch.minimum(away[:, 0], away[:, 1] + 0.4 * space.px)


def lightning(space: Space) -> Layers:
    """Thin jagged bolts with branches and a glow; a third are a web of threads."""
    nearest = torch.full_like(space.x, 9.0)
    thin = space.px * space.between(0.8, 1.3)
    for trunk in range(2):
        spare = torch.zeros(()) if trunk == 0 else torch.where(space.chance(0.5) | (space.scale > 1.4), 0.0, 9.0)
        start = space.between(-0.5, 0.5)
        lean = space.between(-0.25, 0.25)
        top = space.between(-1.9, -1.5)
        away, path = _bolt(space, start, lean, top, top + 9)
        nearest = torch.minimum(nearest, away + spare)
        for _ in range(3):
            fork = space.between(-0.8, 0.6)
            row = ((fork + 1) / space.px).long().clamp(0, space.x.shape[1] - 1)
            at = path.mean(2, keepdim=True).gather(1, row)
            side = torch.where(space.chance(0.5), 1.0, -1.0) * space.between(0.5, 1.1)
            twig, _ = _bolt(space, at, side, fork, fork + space.between(0.4, 0.9))
            nearest = torch.minimum(nearest, twig * 1.25 + 0.2 * space.px + spare)
    distance = torch.where(space.chance(0.3), _threads(space), nearest)
    core = space.inside(thin - distance + 0.5 * space.px, 3 * space.px)
    figure = (core + 0.32 * torch.exp(-distance / 0.12)).clamp(0, 1)
    return Layers(figure, space.regions(), 0.75 * core)


def watercolor(space: Space) -> Layers:
    """Translucent blots with ragged edges that darken at their rims and where they overlap, on paper."""
    ragged = space.noise(2, 1.6, 2.0, 14.0)
    dry = torch.ones_like(space.x)
    region, rims = torch.zeros_like(space.x), torch.zeros_like(space.x)
    for blot in range(9):
        radius = space.between(0.38, 0.72) / space.scale.clamp(0.7, 1.4) ** 0.7
        x, y = space.between(-1, 1), space.between(-1, 1)
        away = ((space.x - x) ** 2 + (space.y - y) ** 2).sqrt() - 0.1 * ragged[:, blot % 2]
        inside = space.inside(radius - away, 0.5)
        strength = space.between(0.3, 0.75) * (0.85 + 0.15 * ragged[:, 1 - blot % 2]).clamp(0.4, 1.2)
        region = region + (space.between(0, 1) - region) * inside * 0.85
        rims = rims * (1 - 0.4 * inside) + inside * torch.exp(-(((radius - away) / 0.055 - 0.7) ** 2))
        dry = dry * (1 - strength * inside)
    grain = 0.05 * space.noise(1, 0.3, 6.0, 20.0)[:, 0]
    blots = (1 - dry + 0.25 * rims).clamp(0, 1)
    wash, tide = _wash(space)
    washed = space.chance(0.35)
    rims = torch.where(washed, tide, rims.clamp(0, 1))
    return Layers(torch.where(washed, wash, blots), region.clamp(0, 1), grain - 0.24 * rims)


def _wash(space: Space) -> tuple[Tensor, Tensor]:
    """Return how thick one wet wash lies, paler here and there, and the dark lines where its edge dried."""
    wet = evened(1.1 * space.noise(1, 2.0, 1.2, 8.0, 0.7 * space.scale)[:, 0] + space.between(-0.3, 0.5))
    steps = space.between(2.0, 3.5)
    level = wet * steps
    part = level.remainder(1.0)
    sheet = (level.floor() + space.inside(0.3 * (part - 0.15), 0.3)) / steps
    tide = torch.exp(-(((part - 0.2) / 0.1) ** 2)) * (level > 0.9)
    return (0.12 + 0.95 * sheet).clamp(0, 1), 0.8 * tide


def _stars(space: Space) -> Tensor:
    side = space.x.shape[-1]
    lit = torch.rand(space.x.shape, generator=space.gen) > 1 - space.between(24, 60) / side**2
    stars = lit * (0.5 + 0.5 * torch.rand(space.x.shape, generator=space.gen))
    spread = torch.tensor([[0.12, 0.4, 0.12], [0.4, 1.0, 0.4], [0.12, 0.4, 0.12]])[None, None]
    return functional.conv2d(stars[:, None], spread, padding=1)[:, 0].clamp(0, 1)


def nebula(space: Space) -> Layers:
    """Glowing filaments of gas that fade into the dark, and stars."""
    warp = space.noise(2, 2.0, 1.5, 6.0, 0.8)
    space.x, space.y = space.x + 0.22 * warp[:, 0], space.y + 0.22 * warp[:, 1]
    gas = space.noise(2, 1.9, 1.5, 12.0, 0.7 * space.scale)
    ridge = torch.exp(-(gas[:, 1] ** 2) * 2.5)
    figure = evened(1.3 * gas[:, 0] + 0.1) ** 1.4 * (0.45 + 0.65 * ridge)
    return Layers(figure.clamp(0, 1), evened(warp[:, 0]), 0.5 * figure.clamp(0, 1) ** 3, _stars(space))


def fire(space: Space) -> Layers:
    """Tongues that rise from below, swaying and pointed, hotter inside; a few sparks."""
    height = 1.15 - space.y
    sway = space.noise(2, 2.2, 1.5, 6.0)
    heat = torch.full_like(space.x, -9.0)
    for tongue in range(9):
        tall = space.between(0.7, 1.95)
        wide = space.between(0.2, 0.34) / space.scale.clamp(0.7, 1.5)
        rise = (height / tall).clamp(0, 1.2)
        root = -1.0 + tongue * 0.25 + space.between(-0.12, 0.12)
        lean = 0.13 * torch.sin(rise * space.between(3, 6) + space.between(0, 6.3)) * rise + 0.09 * sway[:, 0] * rise
        half = wide * (1 - rise).clamp(min=0) ** 0.75 * (0.75 + 0.9 * rise)
        inner = half - (space.x - root - lean).abs() - 0.03 * sway[:, 1] * rise
        heat = torch.maximum(heat, torch.minimum(inner, (1 - rise) * tall))
    figure = space.inside(heat, 0.3)
    glow = (heat / 0.2).clamp(0, 1)
    hot = (0.75 * glow + 0.35 * (0.6 - 0.5 * height)).clamp(0, 1)
    halo = 0.25 * torch.exp(heat.clamp(max=0) / 0.12)
    return Layers(torch.maximum(figure, halo), hot, 0.6 * (hot - 0.3) * figure)


def labyrinth(space: Space) -> Layers:
    """Winding paths of equal width."""
    waves = 12.0
    lines = winding(space.gen, space.count, waves)
    zoom = space.between(0.85, 1.05) * space.scale.clamp(0.5, 1.4)
    place = space.between(0.0, 4.0)
    line = look_up(lines, space.x * zoom + place, space.y * zoom + place)[:, 0]
    width = 4.0 / (waves * zoom)
    level = torch.where(space.chance(0.5), 0.2, -0.2)
    return Layers(space.inside((line - level) * width * 0.25, 0.5 * width), space.regions())


def blobs(space: Space) -> Layers:
    """Round bodies of many sizes, some merging, shaded like bubbles with a highlight."""
    things = 7
    bulge = torch.zeros_like(space.x)
    shine = torch.zeros_like(space.x)
    region = torch.zeros_like(space.x)
    merge = space.between(0.035, 0.1)
    for _ in range(things):
        radius = space.between(0.2, 0.46) / space.scale**0.8
        x, y = space.x - space.between(-0.95, 0.95), space.y - space.between(-0.95, 0.95)
        inner = radius - (x * x + y * y).sqrt()
        region = torch.where(inner > 0, space.between(0, 1).expand_as(region), region)
        bulge = bulge + torch.exp(inner / merge)
        spot = ((x + 0.35 * radius) ** 2 + (y + 0.35 * radius) ** 2) / (0.28 * radius) ** 2
        shine = torch.maximum(shine, torch.exp(-spot))
    depth = bulge.clamp(min=1e-6).log() * merge
    figure = space.inside(depth, 0.3)
    body = (depth / 0.25).clamp(0, 1)
    return Layers(figure, region, (0.9 * shine + 0.55 * (body - 0.6)) * figure)


def marble(space: Space) -> Layers:
    """Bands drawn out by strong folding, with thin veins between them."""
    folds = space.noise(2, 2.3, 1.5, 8.0, 0.6 * space.scale)
    space.x, space.y = space.x + 0.4 * folds[:, 0], space.y + 0.4 * folds[:, 1]
    grain = space.noise(1, 2.0, 1.5, 12.0, 0.7 * space.scale)[:, 0]
    phase = space.x * space.between(0.6, 2.0) + space.between(0.4, 0.8) * grain + space.between(0, 1)
    wave = torch.sin(math.pi * phase)
    veins = torch.exp(-((wave / space.between(0.1, 0.24)) ** 2)) * torch.sigmoid(2.0 * grain + 2.0)
    band = 0.5 + 0.5 * torch.sin(2 * math.pi * phase + space.between(0.6, 2.5))
    figure = torch.where(space.chance(0.5), band**1.5, 1 - (1 - band) ** 1.5)
    plain = space.chance(0.3)
    figure = torch.where(plain, 0.25 * evened(grain) + 0.9 * veins, figure).clamp(0, 1)
    side = torch.where(space.chance(0.5), 0.8, -0.8)
    return Layers(figure, space.regions(), side * veins)
