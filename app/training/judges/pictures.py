"""Pictures made ready for a judge's network, differentiably. Any process; torch alone, no torchvision."""

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F  # noqa: N812

Tensor = Any
SMALLEST_PX = 16


def prepare(batch: Tensor, size_px: int, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Return (n, 3, size, size) normalised pictures: the middle square, antialiased bicubic, differentiable.

    The square is cut out before the resize: it shows what CLIP's resize-then-crop shows, and long pictures stay cheap.
    """
    if batch.ndim != 4 or batch.shape[1] != 3 or min(batch.shape[2:]) < SMALLEST_PX:
        raise ValueError(f"pictures must be (n, 3, ≥{SMALLEST_PX}, ≥{SMALLEST_PX}), not {tuple(batch.shape)}")
    height, width = batch.shape[2:]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = batch[:, :, top : top + side, left : left + side].float()
    if side != size_px:
        resized = F.interpolate(square, (size_px, size_px), mode="bicubic", align_corners=False, antialias=True)
        square = resized.clamp(0.0, 1.0)
    middle, spread = (square.new_tensor(list(three)).view(1, 3, 1, 1) for three in (mean, std))
    return (square - middle) / spread
