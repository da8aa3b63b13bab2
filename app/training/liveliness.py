"""A style, not a frame: holds how much sound and time move the picture. Torch, no files.

dAudio/std: how far the picture moves, relative to its own spread, when one sound input moves by one. Too little and
the style ignores the music, too much and it flickers. The mean brightness may move less: that is what flashes.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the usual name

from app.cppn.net import Net, plane_of
from app.training.experiment import SoundPlan
from app.training.sounds import Moments, Practice

Tensor = Any
SIZE_PX = (40, 24)
MOMENTS = 3
NUDGE = 0.5
LATER_SECONDS = 1.0 / 30.0
MOST_CHANGE = 0.15
"""Largest change in one thirtieth of a second, relative to the picture's spread: SSIM of about 0.99."""
MOST_FLASH = 0.08
"""Largest move of the mean brightness for a nudge."""
LEAST_SPREAD = 0.05


@dataclass(frozen=True, slots=True)
class Liveliness:
    """A loss that is 0 while all is within bounds, and the reaction measured (dAudio/std per unit of sound)."""

    loss: Tensor
    reaction: float


def measure(net: Net, practice: Practice, plan: SoundPlan, aspect: float, generator: torch.Generator) -> Liveliness:
    """Return how the network answers a nudge of one sound input, and time, at three random moments."""
    moments = practice.sample(MOMENTS)
    nudged = practice.nudged(moments, NUDGE)
    later = Moments(moments.seconds + LATER_SECONDS, moments.heard)
    seconds = np.concatenate([moments.seconds, nudged.seconds, later.seconds])
    heard = np.concatenate([moments.heard, nudged.heard, later.heard])
    places = plane_of(_places(generator), aspect).repeat(3, 1, 1, 1)
    now, moved, next_ = net(places, seconds.tolist(), heard).split(MOMENTS)
    spread = now.std((1, 2, 3)).clamp(min=LEAST_SPREAD)
    reaction = _change(now, moved) / spread.detach() / NUDGE
    low, high = plan.reaction
    loss = F.relu(low - reaction) ** 2 + F.relu(reaction - high) ** 2
    loss = loss + F.relu(_change(now, next_) / spread.detach() - MOST_CHANGE) ** 2
    loss = loss + 4.0 * F.relu((now.mean((1, 2, 3)) - moved.mean((1, 2, 3))).abs() - MOST_FLASH) ** 2
    return Liveliness(plan.weight * loss.mean(), float(reaction.detach().mean()))


def _change(a: Tensor, b: Tensor) -> Tensor:
    return ((a - b).square().mean((1, 2, 3)) + 1e-8).sqrt()


def _places(generator: torch.Generator) -> Tensor:
    width, height = SIZE_PX
    within = torch.rand((MOMENTS, height, width, 2), generator=generator)
    x = (torch.arange(width)[None, None, :].expand(MOMENTS, height, -1) + within[..., 0]) / width
    y = (torch.arange(height)[None, :, None].expand(MOMENTS, -1, width) + within[..., 1]) / height
    return torch.stack([x, y], dim=-1)
