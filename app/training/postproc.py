"""Postproc for a network: a pull of the picture towards its own post-processed self. Torch; wherever training runs.

CLIPig changes the pixels after each epoch. A network has no pixels to change, so the loss gets the distance between
the picture and what the effects would make of it; no gradient flows through the effects themselves. The longer it is
pulled, the more of the effect the network draws itself: a border, a darker mean, fewer steps of colour. Effects that
move at random (`random_shift`) pull towards a picture that looks alike wherever it is moved.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.nn import functional

from app.training.experiment import Postproc, Transform, active
from app.training.views import make_views

Tensor = Any
FACTOR = 100.0
"""As for the constraints that measure a distance to a changed self."""


def due(postprocs: Sequence[Postproc], step: int, steps: int) -> list[Transform]:
    """Return the effects that are on at `step`, in order."""
    return [one.transform for one in postprocs if one.active and active(one.start, one.end, step, steps)]


def processed(
    pixels: Tensor,
    transforms: Sequence[Transform],
    scope: Mapping[str, float],
    resolution: tuple[int, int],
    generator: torch.Generator,
) -> Tensor:
    """Return whole pictures (n, 3, height, width) after all effects, one after the other, in 0..1.

    Sizes in pixels are those of `resolution`, however large the pictures are drawn.
    """
    count, _, height, width = pixels.shape
    for transform in transforms:
        views = make_views([transform], scope, count, resolution, (width, height), generator, jitter=False)
        moved = functional.grid_sample(
            pixels, views.places * 2.0 - 1.0, mode="bilinear", padding_mode="border", align_corners=False
        )
        pixels = views.finish(moved)
    return pixels


def pull(
    pixels: Tensor,
    transforms: Sequence[Transform],
    scope: Mapping[str, float],
    resolution: tuple[int, int],
    generator: torch.Generator,
) -> Tensor:
    """Return the loss, a scalar ≥ 0: 100 × the mean squared distance to the processed self; 0 without effects."""
    if not transforms:
        return pixels.new_zeros(())
    with torch.no_grad():
        wanted = processed(pixels.detach(), transforms, scope, resolution, generator)
    return FACTOR * (pixels - wanted).square().mean()
