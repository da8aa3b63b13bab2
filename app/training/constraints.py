"""Constraints: what a view should be like whatever its words. Torch; wherever the training runs.

One small function for each name, from pixels (n, 3, height, width) in 0..1 to a distance; its meaning for a network
is its meaning for pixels, since gradients flow through them. `above` and `below` are one-sided, as CLIPig documents
them (its code pulls towards the threshold from both sides).
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch

from app.training.entries import CONSTRAINTS, FACTORS
from app.training.experiment import Constraint
from app.training.pixel_transforms import Look, gaussian_blur
from app.training.views import Scale

Tensor = Any


def constraint_loss(
    constraint: Constraint, pixels: Tensor, scope: Mapping[str, float], scale: Scale, generator: torch.Generator
) -> Tensor:
    """Return weight × CLIPig's factor × distance, a scalar ≥ 0 for weights ≥ 0; the mean over the views.

    `scale`: view pixels per picture pixel (`Views.scale`). Whether the constraint is due is the caller's matter.
    """
    look = Look(constraint.numbers(scope), scale, generator)
    factor = FACTORS[constraint.name] * constraint.weight.at(scope)
    if CONSTRAINTS[constraint.name].one_of:
        excess = _excess(MEASURES[constraint.name](pixels, look), look.numbers)
        return factor * sum(_distance(part, constraint.loss) for part in excess)
    return factor * _distance(DIFFERENCES[constraint.name](pixels, look), constraint.loss)


def _distance(difference: Tensor, loss: str) -> Tensor:
    return difference.abs().mean() if loss == "l1" else difference.square().mean()


def _excess(measured: Tensor, numbers: Mapping[str, tuple[float, ...]]) -> list[Tensor]:
    """Return by how much each channel of each view lies beyond its limits, 0 where it does not; (n, 3) each."""
    parts = []
    for name, sign in (("above", 1.0), ("below", -1.0)):
        if numbers.get(name):
            limit = torch.tensor(numbers[name], dtype=measured.dtype, device=measured.device)
            parts.append(((limit - measured) * sign).clamp(min=0.0))
    return parts


def mean(pixels: Tensor, look: Look) -> Tensor:  # noqa: ARG001 - one signature for all
    """Return the mean of each channel, (n, 3)."""
    return pixels.mean((2, 3))


def std(pixels: Tensor, look: Look) -> Tensor:  # noqa: ARG001
    """Return the standard deviation of each channel, (n, 3)."""
    return (pixels.flatten(2).var(2) + 1e-12).sqrt()  # the root of 0 has no slope


def saturation(pixels: Tensor, look: Look) -> Tensor:  # noqa: ARG001
    """Return the mean distance of each channel from the mean of the three, (n, 3)."""
    return (pixels - pixels.mean(1, keepdim=True)).abs().mean((2, 3))


def contrast(pixels: Tensor, look: Look) -> Tensor:  # noqa: ARG001
    """Return the mean of each channel's upper pixels minus that of its lower ones, (n, 3)."""
    flat = pixels.flatten(2)
    middle = flat.mean(2, keepdim=True)
    return _mean_where(flat, flat > middle, middle) - _mean_where(flat, flat < middle, middle)


def _mean_where(flat: Tensor, mask: Tensor, otherwise: Tensor) -> Tensor:
    count = mask.sum(2)
    total = torch.where(mask, flat, 0.0).sum(2)
    return torch.where(count > 0, total / count.clamp(min=1), otherwise[..., 0])


def edge_mean(pixels: Tensor, look: Look) -> Tensor:
    """Return the mean |picture − its blur| of each channel, (n, 3)."""
    return (pixels - gaussian_blur(pixels, look.numbers, look.scale)).abs().mean((2, 3))


def blur(pixels: Tensor, look: Look) -> Tensor:
    """Return the difference to the own blur."""
    return pixels - gaussian_blur(pixels, look.numbers, look.scale)


def border(pixels: Tensor, look: Look) -> Tensor:
    """Return the difference to the painted edge, at least one of the view's pixels wide."""
    _, _, height, width = pixels.shape
    across, down = (
        min(max(1, round(size * scale)), side) if size >= 1 else 0
        for size, scale, side in zip(look.numbers["size"], look.scale, (width, height), strict=True)
    )
    edge = torch.zeros((height, width), dtype=torch.bool, device=pixels.device)
    edge[:down], edge[height - down :], edge[:, :across], edge[:, width - across :] = True, True, True, True
    return torch.where(edge, pixels - look.color("color", pixels), 0.0)


def noise(pixels: Tensor, look: Look) -> Tensor:
    """Return the difference to a noisy copy that gives no gradient itself: else the two would cancel out."""
    noisy = pixels + look.normal(*pixels.shape) * look.color("std", pixels)
    return pixels - noisy.detach()


def normalize(pixels: Tensor, look: Look) -> Tensor:
    """Return the difference to the view with each channel stretched to min..max."""
    low, high = pixels.amin((2, 3), keepdim=True), pixels.amax((2, 3), keepdim=True)
    span = torch.where(high > low, high - low, 1.0)
    wanted_low, wanted_high = look.color("min", pixels), look.color("max", pixels)
    return pixels - (wanted_low + (pixels - low) / span * (wanted_high - wanted_low))


Measure = Callable[[Tensor, Look], Tensor]
MEASURES: dict[str, Measure] = {f.__name__: f for f in (mean, std, saturation, contrast, edge_mean)}
"""What `above` and `below` limit."""
DIFFERENCES: dict[str, Measure] = {f.__name__: f for f in (blur, border, noise, normalize)}
