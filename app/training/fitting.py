"""Fitting a network to a picture by its pixels, before any judge is asked. Torch; wherever the training runs.

What is wanted is a function of places and moments, so that a start picture that stands still and sketches that move
with time and sound are learned in the same way.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the usual name

from app.cppn.net import Net, plane_of
from app.training.sounds import Moments

Tensor = Any
Wanted = Callable[[Tensor, Moments], Tensor]
"""(places (n, p, 1, 2), 0..1 within the picture, n moments) → colours (n, 3, p, 1) in 0..1."""
STEPS = 360
PIXELS = 4096
"""Looked at in each step, at places of their own: a network can learn to be good at fixed places only."""
MOMENTS = 8
MARGIN = 0.4
"""How far beyond each edge, in widths and heights, every other place may lie: a show zooms out and pans."""
RATE = 1e-2
WARM_UP = 20


def fit(
    net: Net, wanted: Wanted, moments: Callable[[int], Moments], aspect: float, held: Sequence[int] = ()
) -> Iterator[float]:
    """Move the weights towards `wanted` at so many moments as are asked for; yield the loss of each step.

    Inputs whose numbers are `held` keep their weights: what they do was said by the start.
    """
    optimiser = torch.optim.Adam(net.parameters(), RATE)
    for step in range(STEPS):
        rate = RATE * min(1.0, (step + 1) / WARM_UP) * (0.05 + 0.475 * (1.0 + math.cos(math.pi * step / STEPS)))
        optimiser.param_groups[0]["lr"] = rate
        places = _places()
        now = moments(MOMENTS)
        shown = net(plane_of(places, aspect), now.seconds.tolist(), now.heard)
        # Squares would leave a colour that the start drew all dark or all bright where it is: the gradient is gone.
        loss = F.binary_cross_entropy(shown, wanted(places, now).clamp(0.0, 1.0))
        optimiser.zero_grad()
        loss.backward()
        net.weights[0].grad[:, list(held)] = 0.0
        optimiser.step()
        yield float(loss.detach())


def _places() -> Tensor:
    """Return places (n, p, 1, 2): half of them in the picture, half up to a margin beyond its edges."""
    places = torch.rand(MOMENTS, PIXELS // MOMENTS, 1, 2)
    places[:, ::2] += (places[:, ::2] - 0.5) * 2.0 * MARGIN
    return places
