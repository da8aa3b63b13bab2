"""The guide's forms with straight or round borders: bands, checks, dots, rings, rays, grids, blocks, facets.

Pure torch, batched; every function takes a space of n pictures and returns their layers.
"""

import math
from typing import Any

import torch

from app.training.judges.builtin.drawing_space import Layers, Space

Tensor = Any


def _band(space: Space, phase: Tensor, steepness: Tensor, duty: Tensor) -> Tensor:
    """Return 0..1 bands of a phase in periods; `steepness` is periods per unit of length."""
    distance = (duty / 2 - (phase.remainder(1.0) - 0.5).abs()) / steepness
    return space.inside(distance, 0.5 / steepness)


def _polar(space: Space) -> tuple[Tensor, Tensor]:
    return (space.x**2 + space.y**2).sqrt().clamp(min=1e-3), torch.atan2(space.y, space.x)


def stripes(space: Space) -> Layers:
    often = space.between(1.6, 2.3) * space.scale
    phase = space.x * often + space.between(0, 1)
    return Layers(_band(space, phase, often, space.duty()), space.hashed(phase.floor()))


def checks(space: Space) -> Layers:
    often = space.between(1.1, 1.5) * space.scale
    across, down = space.x * often + space.between(0, 1), space.y * often + space.between(0, 1)
    duty = space.between(0.4, 0.44)
    one, other = _band(space, across, often, duty), _band(space, down, often, duty)
    region = space.hashed((across * 2).floor(), (down * 2).floor())
    return Layers(one * (1 - other) + other * (1 - one), region)


def dots(space: Space) -> Layers:
    often = space.between(1.7, 2.4) * space.scale
    down = space.y * often + space.between(0, 1)
    staggered = torch.where(space.chance(0.6), 0.5, 0.0)
    across = space.x * often + space.between(0, 1) + staggered * down.floor().remainder(2.0)
    column, row = across.floor(), down.floor()
    radius = space.between(0.27, 0.39) * (1 - 0.3 * space.wild * space.hashed(column, row))
    away = ((across - column - 0.5) ** 2 + (down - row - 0.5) ** 2).sqrt()
    return Layers(space.inside((radius - away) / often, 0.6 / often), space.hashed(column, row))


def rings(space: Space) -> Layers:
    radius, _ = _polar(space)
    often = space.between(2.0, 3.0) * space.scale
    phase = radius * often + space.between(0, 1)
    return Layers(_band(space, phase, often, space.duty()), space.hashed(phase.floor()))


def spiral(space: Space) -> Layers:
    """One to four arms; logarithmic ones open outwards, archimedean ones keep their distance."""
    radius, angle = _polar(space)
    arms = space.whole(1, 4)
    growth = space.between(1.3, 2.1) * space.scale.clamp(max=1.6)
    logarithmic = space.chance(0.6)
    outward = torch.where(logarithmic, growth * (radius + 0.06).log() * (0.7 + 0.12 * arms), growth * 1.15 * radius)
    outward_slope = torch.where(logarithmic, growth * (0.7 + 0.12 * arms) / (radius + 0.06), growth * 1.15)
    hand = torch.where(space.chance(0.5), 1.0, -1.0)
    phase = outward + hand * arms * angle / (2 * math.pi) + space.between(0, 1)
    steepness = (outward_slope**2 + (arms / (2 * math.pi * radius)) ** 2).sqrt()
    return Layers(_band(space, phase, steepness, space.duty()), space.regions())


def plaid(space: Space) -> Layers:
    """Two crossed sets of translucent bands, each a broad band with thin ones beside it, and a hint of weave."""
    often = space.between(1.0, 1.35) * space.scale.clamp(max=1.7)
    sides = []
    for along in (space.x, space.y):
        phase = along * often + space.between(0, 1)
        thin = _band(space, phase + 0.5, often, space.between(0.12, 0.16))
        sides.append((_band(space, phase, often, space.between(0.38, 0.5)), thin))
    (broad, thin), (broad_down, thin_down) = sides
    figure = 0.5 * (broad + broad_down)
    lines = torch.maximum(thin, thin_down)
    weave = torch.sin((space.x + space.y) * (2 * math.pi / (5.0 * space.px * 1.41)))
    light = 0.1 * weave - 0.3 * broad * broad_down + 0.5 * lines * (1 - figure)
    return Layers((figure + 0.55 * lines).clamp(0, 1), (0.25 + 0.7 * lines).expand_as(figure), light)


def rays(space: Space) -> Layers:
    """Wedges that leave one point, with a bright middle."""
    radius, angle = _polar(space)
    count = (space.whole(6, 12) * space.scale).round()
    uneven = space.between(0, 0.5) * (1 - space.wild)
    phase = count * angle / (2 * math.pi) + 0.3 * uneven * torch.sin(angle * space.whole(1, 3)) + space.between(0, 1)
    figure = _band(space, phase, count / (2 * math.pi * radius), space.duty())
    core = torch.exp(-((radius / space.between(0.12, 0.26)) ** 2))
    light = 0.7 * core - 0.2 * space.between(0, 1) * radius
    return Layers(torch.maximum(figure, core), space.hashed(phase.floor().remainder(count)), light)


def grid(space: Space) -> Layers:
    """Thin glowing lines, flat or fleeing to a horizon."""
    horizon = space.between(-0.5, 0.1)
    depth = (space.y - horizon).abs().clamp(min=0.03)
    fleeing = space.chance(0.45)
    turn = torch.where(space.chance(0.5), torch.zeros(()), space.between(-0.8, 0.8))
    flat_x, flat_y = space.x * turn.cos() - space.y * turn.sin(), space.x * turn.sin() + space.y * turn.cos()
    often = space.between(1.7, 2.4) * space.scale.clamp(max=1.6)
    across = torch.where(fleeing, space.x / depth * 0.55 * often, flat_x * often) + space.between(0, 1)
    down = torch.where(fleeing, 0.8 * often / (depth + 0.12), flat_y * often) + space.between(0, 1)
    steep = torch.where(fleeing, 0.55 * often / depth, often), torch.where(fleeing, 0.8 * often / (depth + 0.12) ** 2, often)
    width = space.between(1.0, 1.5) * space.px
    figure = torch.zeros_like(space.x)
    for phase, steepness in zip((across, down), steep, strict=True):
        distance = (phase - phase.round()).abs() / steepness
        line = space.inside(width - distance, 3 * space.px) + 0.3 * torch.exp(-distance / (3.0 * space.px))
        figure = torch.maximum(figure, line * (0.42 / (steepness * space.px)).clamp(0, 1) ** 0.7)
    one_sided = fleeing & space.chance(0.7)
    figure = torch.where(one_sided & (space.y < horizon), torch.zeros(()), figure)
    figure = torch.where(fleeing, torch.maximum(figure, torch.exp(-(((space.y - horizon) / 0.05) ** 2))), figure)
    return Layers(figure.clamp(0, 1), space.regions(), 0.25 * figure.clamp(0, 1) ** 3)


def glitch(space: Space) -> Layers:
    """A picture torn into horizontal bands that slipped sideways, with broken runs of data; red and blue apart."""
    rows = (space.whole(7, 12) * space.scale.clamp(0.7, 1.6)).round()
    uneven = space.y + 0.12 * torch.sin(space.y * 7 + space.between(0, 6.3))
    row = (uneven * rows / 2 + space.between(0, 1)).floor()
    torn = space.hashed(row) < 0.6
    slip = torch.where(torn, (space.hashed(row) - 0.5) * 1.3, torch.zeros(()))
    x = space.x + slip
    blot = (x - space.between(-0.4, 0.4)) ** 2 + (space.y - space.between(-0.4, 0.4)) ** 2
    bars = torch.sin(x * space.between(4, 9) + space.between(0, 6.3))
    scene = torch.where(space.chance(0.5), space.between(0.5, 0.75) - blot.sqrt(), 0.2 * bars)
    figure = space.inside(scene, 1.0)
    runs = (x * space.between(1.2, 3.5) * (1 + 2 * space.hashed(row))).floor()
    broken = space.hashed(row) < 0.45
    figure = torch.where(broken, (space.hashed(runs, row) > 0.55).float(), figure)
    light = 0.18 * torch.sin(space.y * (math.pi / (2 * space.px))) + 0.3 * (space.hashed(row) - 0.5)
    return Layers(figure, space.hashed(row + (space.hashed(runs, row) * 3).floor()), light, shift_px=3)


def pixels(space: Space) -> Layers:
    often = space.between(3.4, 5.2) * space.scale.clamp(max=1.5)
    column, row = (space.x * often + space.between(0, 1)).floor(), (space.y * often + space.between(0, 1)).floor()
    value = space.hashed(column, row)
    return Layers(value**1.3, space.hashed(column, row), 0.5 * (space.hashed(column, row) - 0.5))


def triangles(space: Space) -> Layers:
    """Flat facets between the points of a shaken lattice: low poly."""
    cells = 10
    length = 1.0 / (space.between(1.8, 2.5) * space.scale.clamp(max=1.45))
    steps = torch.arange(cells + 1.0) - cells / 2
    row, column = torch.meshgrid(steps, steps, indexing="ij")
    shake = torch.rand((2, space.count, cells + 1, cells + 1), generator=space.gen) - 0.5
    shake = shake * space.between(0.15, 0.65)
    x = (column + 0.5 * row.remainder(2.0) * 0 + 0.5 * row + shake[0]) * length
    y = (row * 0.866 + shake[1]) * length
    corners = torch.stack([x, y], -1)
    a, b, c, d = corners[:, :-1, :-1], corners[:, :-1, 1:], corners[:, 1:, :-1], corners[:, 1:, 1:]
    corner = torch.cat([torch.stack([a, b, c], -2).flatten(1, 2), torch.stack([b, d, c], -2).flatten(1, 2)], 1)
    depth = torch.full((space.count, corner.shape[1], *space.x.shape[1:]), 9.0)
    for one in range(3):
        start, stop = corner[:, :, one, :, None, None], corner[:, :, (one + 1) % 3, :, None, None]
        side = stop - start
        outer = side[:, :, 0] * (space.y[:, None] - start[:, :, 1]) - side[:, :, 1] * (space.x[:, None] - start[:, :, 0])
        depth = torch.minimum(depth, outer / (side**2).sum(2).sqrt().clamp(min=1e-4))
    facet = depth.argmax(1).float()
    value = space.hashed(facet)
    return Layers(space.inside(value - 0.6, 0.3) * 0.75 + 0.25 * value, space.hashed(facet), space.hashed(facet) - 0.5)
