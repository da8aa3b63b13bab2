"""Views: what a target shows its judge, as places on the picture. Torch; wherever the training runs.

Geometry (crops, turns, shifts, scales, repeats, borders, padding) is exact in coordinate space: the network draws each
view at the judge's own size, and nothing is resampled. It therefore takes effect before colour, noise and blur,
whatever its place in the list; among themselves, geometry and pixel transforms each keep the order of the list.
Usage: `views = make_views(...)`, draw the network at `views.places`, show the judge `views.finish(pixels)`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from app.training.entries import TRANSFORMS
from app.training.experiment import Transform
from app.training.geometry import BLACK, GEOMETRY, Given, Step
from app.training.pixel_transforms import PIXEL_TRANSFORMS, Look

Tensor = Any
Scale = tuple[float, float]
SLACK_PX = 1e-3
"""So far outside still counts as inside: float32 turns and scales don't come back to the very edge."""


@dataclass(frozen=True, slots=True)
class Views:
    """Some views of one picture.

    `places` (n, height, width, 2): x, y of each pixel in 0..1 across the picture's width and height, y down. `inside`
    (n, 1, height, width): False where the view shows `ground` instead of the picture; None if it does nowhere.
    `ground` is that colour, (n, 3, height, width) or black if None. `scale`: view pixels per picture pixel, x and y.
    """

    places: Tensor
    inside: Tensor | None
    ground: Tensor | None
    scale: Scale
    looks: tuple[tuple[str, Look], ...]

    def finish(self, pixels: Tensor) -> Tensor:
        """Return the views from their drawn pixels (n, 3, height, width): ground, colour, noise, blur; in 0..1."""
        if self.inside is not None:
            ground = self.ground if self.ground is not None else torch.zeros_like(pixels)
            pixels = torch.where(self.inside, pixels, ground)
        for name, look in self.looks:
            pixels = PIXEL_TRANSFORMS[name](pixels, look)
        return pixels.clamp(0.0, 1.0)


def make_views(
    transforms: Sequence[Transform],
    scope: Mapping[str, float],
    count: int,
    resolution: tuple[int, int],
    size_px: int | tuple[int, int],
    generator: torch.Generator,
    jitter: bool = True,
) -> Views:
    """Return `count` views of a picture of `resolution` (width, height) as a judge of `size_px` sees them.

    All is drawn from `generator`, on its device. With `jitter` every pixel looks somewhere within itself, not at its
    middle: a network can learn to be good at fixed places only. `UserError` names the place of a transform
    whose numbers mean nothing at this step.
    """
    width, height = (size_px, size_px) if isinstance(size_px, int) else size_px
    steps, stages = _forward(transforms, scope, count, resolution, generator)
    final = steps[-1].size if steps else (float(resolution[0]), float(resolution[1]))
    scale = (width / final[0], height / final[1])
    x, y = _pixels(count, (width, height), generator, jitter)
    trail = _backward(steps, x * scale[0] ** -1, y * scale[1] ** -1, resolution)
    places = torch.stack((trail.x / resolution[0], trail.y / resolution[1]), dim=-1)
    looks = _looks(transforms, stages, steps, scale, scope, generator)
    inside = None if trail.inside is None else trail.inside[:, None].expand(count, 1, height, width)
    ground = None if trail.ground is None else trail.ground.expand(count, 3, height, width)
    return Views(places.expand(count, height, width, 2), inside, ground, scale, looks)


def _forward(
    transforms: Sequence[Transform],
    scope: Mapping[str, float],
    count: int,
    resolution: tuple[int, int],
    generator: torch.Generator,
) -> tuple[list[Step], list[int]]:
    """Return the geometric steps, and for each transform how many of them stand before it."""
    size = (float(resolution[0]), float(resolution[1]))
    steps: list[Step] = []
    stages: list[int] = []
    for transform in transforms:
        stages.append(len(steps))
        if TRANSFORMS[transform.name].kind != "geometry":
            continue
        numbers = transform.numbers(scope)
        given = Given(size, transform.after(numbers, size), numbers, transform.words, count, generator)
        steps.append(GEOMETRY[transform.name](given))
        size = steps[-1].size
    return steps, stages


def _pixels(count: int, size: tuple[int, int], generator: torch.Generator, jitter: bool) -> tuple[Tensor, Tensor]:
    """Return where each view pixel looks, in view pixels: (count or 1, height, width) for x and for y."""
    width, height = size
    device = generator.device
    x = torch.arange(width, dtype=torch.float32, device=device).expand(1, height, width)
    y = torch.arange(height, dtype=torch.float32, device=device)[:, None].expand(1, height, width)
    if not jitter:
        return x + 0.5, y + 0.5
    within = torch.rand((2, count, height, width), generator=generator, device=device)
    return x + within[0], y + within[1]


@dataclass(slots=True)
class _Trail:
    """Places on their way back to the picture, and what they met outside of it."""

    x: Tensor
    y: Tensor
    inside: Tensor | None = None
    ground: Tensor | None = None


def _backward(steps: Sequence[Step], x: Tensor, y: Tensor, resolution: tuple[int, int]) -> _Trail:
    trail = _Trail(x, y)
    sizes = [(float(resolution[0]), float(resolution[1])), *(step.size for step in steps)]
    for step, size in zip(reversed(steps), reversed(sizes[:-1]), strict=True):
        trail.x, trail.y = step.back(trail.x, trail.y)
        if step.ground is not None:
            _meet_outside(trail, step, size)
    return trail


def _meet_outside(trail: _Trail, step: Step, size: tuple[float, float]) -> None:
    """Give the step's ground to all that lies outside of `size` and has none from a later step yet."""
    left, top = (inset - SLACK_PX for inset in step.inset)
    right, bottom = size[0] - left, size[1] - top
    here = (trail.x >= left) & (trail.x <= right) & (trail.y >= top) & (trail.y <= bottom)
    before = torch.ones_like(here) if trail.inside is None else trail.inside
    if step.ground != BLACK and step.ground is not None:
        color = torch.tensor(step.ground, dtype=torch.float32, device=here.device).reshape(1, 3, 1, 1)
        old = torch.zeros_like(color) if trail.ground is None else trail.ground
        trail.ground = torch.where((before & ~here)[:, None], color, old)
    trail.inside = before & here


def _looks(
    transforms: Sequence[Transform],
    stages: Sequence[int],
    steps: Sequence[Step],
    scale: Scale,
    scope: Mapping[str, float],
    generator: torch.Generator,
) -> tuple[tuple[str, Look], ...]:
    """Return the pixel transforms, each with the size that a pixel of its own stage has in the view."""
    looks = []
    for transform, stage in zip(transforms, stages, strict=True):
        if TRANSFORMS[transform.name].kind == "pixels":
            sx, sy = scale
            for step in steps[stage:]:
                sx, sy = sx * step.stretch[0], sy * step.stretch[1]
            looks.append((transform.name, Look(transform.numbers(scope), (sx, sy), generator)))
    return tuple(looks)
