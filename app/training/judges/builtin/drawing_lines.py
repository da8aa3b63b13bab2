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
    swell = (0.5 - 0.5 * torch.cos(2 * math.pi * phase)) ** torch.where(duty < 0.5, 1.4, 0.75)
    return torch.where(space.smooth, swell, space.inside(distance, 0.5 / steepness))


def _polar(space: Space) -> tuple[Tensor, Tensor]:
    return (space.x**2 + space.y**2).sqrt().clamp(min=1e-3), torch.atan2(space.y, space.x)


def stripes(space: Space) -> Layers:
    """Straight parallel bands."""
    often = space.between(1.2, 2.6) * space.scale
    phase = space.x * often + space.between(0, 1)
    return Layers(_band(space, phase, often, space.between(0.34, 0.43)), space.hashed(phase.floor()))


def checks(space: Space) -> Layers:
    """A checkerboard, now and then drawn out one way."""
    often = space.between(1.0, 1.6) * space.scale
    space.x = space.x * torch.where(space.chance(0.25), space.between(0.6, 1.5), torch.ones(()))
    across, down = space.x * often + space.between(0, 1), space.y * often + space.between(0, 1)
    duty = space.between(0.4, 0.44)
    one, other = _band(space, across, often, duty), _band(space, down, often, duty)
    column, row = (
        torch.where((phase.remainder(1.0) - 0.5).abs() < duty / 2, 2 * phase.floor(), 2 * (phase + 0.5).floor() - 1)
        for phase in (across, down)
    )
    region = space.hashed(column, row)
    return Layers(one * (1 - other) + other * (1 - one), region)


def dots(space: Space) -> Layers:
    """Discs in rows, staggered or not, of one size or not, flat or fading to their rim."""
    often = space.between(1.5, 2.6) * space.scale
    down = space.y * often + space.between(0, 1)
    staggered = torch.where(space.chance(0.6), 0.5, 0.0)
    across = space.x * often + space.between(0, 1) + staggered * down.floor().remainder(2.0)
    column, row = across.floor(), down.floor()
    uneven = torch.where(space.chance(0.35), 0.5, 0.3 * space.wild)
    radius = space.between(0.27, 0.39) * (1 - uneven * space.hashed(column, row))
    astray = uneven * 0.3 * (space.hashed(row, column) - 0.5)
    away = ((across - column - 0.5 + astray) ** 2 + (down - row - 0.5 - astray) ** 2).sqrt()
    glow = torch.exp(-((away / radius) ** 2) * 1.4)
    figure = torch.where(space.smooth, glow, space.inside((radius - away) / often, 0.6 / often))
    return Layers(figure, space.hashed(column, row))


def rings(space: Space) -> Layers:
    """Bands around one centre: round or drawn out, of one width or wider outwards."""
    space.x = space.x * torch.where(space.chance(0.4), space.between(0.65, 1.4), torch.ones(()))
    radius, _ = _polar(space)
    often = space.between(1.5, 3.3) * space.scale
    phase = radius ** torch.where(space.chance(0.3), space.between(0.65, 1.2), torch.ones(())) * often
    phase = phase + space.between(0, 1)
    return Layers(_band(space, phase, often, space.between(0.34, 0.43)), space.hashed(phase.floor()))


def spiral(space: Space) -> Layers:
    """One to nine arms; logarithmic ones open outwards, archimedean ones keep their distance."""
    radius, angle = _polar(space)
    arms = torch.where(space.chance(0.65), space.whole(1, 4), space.whole(4, 9))
    growth = space.between(1.2, 2.4) * space.scale.clamp(max=1.6)
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
    count = (space.whole(6, 15) * space.scale).round()
    uneven = space.between(0, 0.9) * (1 - space.wild)
    phase = count * angle / (2 * math.pi) + 0.3 * uneven * torch.sin(angle * space.whole(1, 3)) + space.between(0, 1)
    figure = _band(space, phase, count / (2 * math.pi * radius), space.between(0.34, 0.43))
    core = torch.exp(-((radius / space.between(0.12, 0.26)) ** 2)) * torch.where(space.chance(0.35), 0.0, 1.0)
    light = 0.7 * core - 0.2 * space.between(0, 1) * radius
    return Layers(torch.maximum(figure, core), space.hashed(phase.floor().remainder(count)), light)


def grid(space: Space) -> Layers:
    """Thin glowing lines, flat or fleeing to a horizon."""
    horizon = space.between(-0.5, 0.1)
    depth = (space.y - horizon).abs().clamp(min=0.03)
    fleeing = space.chance(0.35)
    turn = torch.where(space.chance(0.5), torch.zeros(()), space.between(-0.8, 0.8))
    flat_x, flat_y = space.x * turn.cos() - space.y * turn.sin(), space.x * turn.sin() + space.y * turn.cos()
    often = space.between(1.2, 2.6) * space.scale.clamp(max=1.6)
    across = torch.where(fleeing, space.x / depth * 0.55 * often, flat_x * often) + space.between(0, 1)
    down = torch.where(fleeing, 0.8 * often / (depth + 0.12), flat_y * often) + space.between(0, 1)
    steep = (
        torch.where(fleeing, 0.55 * often / depth, often),
        torch.where(fleeing, 0.8 * often / (depth + 0.12) ** 2, often),
    )
    width = torch.where(space.chance(0.6), space.between(1.0, 1.6), space.between(1.6, 2.8)) * space.px
    figure = torch.zeros_like(space.x)
    for phase, steepness in zip((across, down), steep, strict=True):
        distance = (phase - phase.round()).abs() / steepness
        line = space.inside(width - distance, 3 * space.px) + 0.3 * torch.exp(-distance / (3.0 * space.px))
        figure = torch.maximum(figure, line * ((1 / (steepness * space.px) - 3.0) / 4.0).clamp(0, 1))
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
    """Coarse flat squares, each of its own shade, or of few shades and clearly apart."""
    often = space.between(3.0, 6.0) * space.scale.clamp(max=1.5)
    column, row = (space.x * often + space.between(0, 1)).floor(), (space.y * often + space.between(0, 1)).floor()
    value = space.hashed(column, row)
    value = torch.where(space.chance(0.4), (value > space.between(0.45, 0.65)).float(), value)
    return Layers(value**1.3, space.hashed(column, row), 0.5 * (space.hashed(column, row) - 0.5))


def _lattice(space: Space, often: Tensor, shake: Tensor) -> tuple[Tensor, Tensor]:
    """Return the 4 x 4 shaken lattice points around every place, (4, 4, 2, n, h, w), and the number of its cell."""
    side = 24
    row = space.y * often / 0.866 + side / 2
    column = space.x * often - 0.5 * (row - side / 2) + side / 2
    low_row, low_column = row.floor(), column.floor()
    points = space.x.new_empty((4, 4, 2, *space.x.shape))
    for down in range(4):
        for across in range(4):
            r, c = low_row + (down - 1), low_column + (across - 1)
            at = (r.clamp(0, side - 1) * side + c.clamp(0, side - 1)).long().flatten(1)
            moved = shake.gather(2, at[:, None].expand(-1, 2, -1)).view(-1, 2, *space.x.shape[1:])
            points[down, across, 0] = (c - side / 2 + 0.5 * (r - side / 2) + moved[:, 0]) / often
            points[down, across, 1] = ((r - side / 2) * 0.866 + moved[:, 1]) / often
    return points, low_row * side + low_column


def triangles(space: Space) -> Layers:
    """Flat facets between the points of a lattice, shaken or even: low poly, or shards on a plain ground."""
    often = space.between(1.4, 2.6) * space.scale.clamp(max=1.45)
    shaken = torch.where(space.chance(0.3), torch.zeros(()), space.between(0.15, 0.6))
    shake = (torch.rand((space.count, 2, 24 * 24), generator=space.gen) - 0.5) * shaken
    points, cell = _lattice(space, often, shake)
    best, facet = torch.full_like(space.x, -9.0), torch.zeros_like(space.x)
    for down in range(3):
        for across in range(3):
            a, b = points[down, across], points[down, across + 1]
            c, d = points[down + 1, across], points[down + 1, across + 1]
            number = (cell + (down - 1) * 24 + across - 1) * 2
            for half, corners in enumerate(((a, b, c), (b, d, c))):
                depth = _depth(space, corners)
                facet = torch.where(depth > best, number + half, facet)
                best = torch.maximum(best, depth)
    value = space.hashed(facet)
    flat = space.inside(value - 0.38, 0.3) * 0.75 + 0.25 * value
    every_other = torch.where(shaken == 0, facet.remainder(2.0), (value > 0.6).float())
    alone = space.chance(0.35)
    figure = torch.where(alone, every_other * space.inside(best * often, 0.3), flat)
    shade = (space.hashed(facet) - 0.5) * torch.where(alone, 0.4, 1.0)
    return Layers(figure, space.hashed(facet), shade)


def _depth(space: Space, corners: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Return how far inside a triangle every place is, negative outside; in areas, which is enough to compare."""
    sides = []
    for start, stop in zip(corners, (*corners[1:], corners[0]), strict=True):
        side = stop - start
        sides.append(side[0] * (space.y - start[1]) - side[1] * (space.x - start[0]))
    return torch.minimum(torch.minimum(sides[0], sides[1]), sides[2])
