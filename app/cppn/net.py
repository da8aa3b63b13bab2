"""The network in torch: one tile of pixels at a time, in buffers made once. Used by the CPU backend's threads.

A `Tile` belongs to one thread. Float32 layers take their sine and cosine from NumPy, whose vector code is about
twice as fast as torch's; both work on the same memory.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.cppn.inputs import pixel_columns
from app.style import Style

Floats = NDArray[np.float32]
BUFFER_BYTES = 512 * 1024
"""One layer's values of a tile: two such buffers stay in a core's own cache."""


def _atan_pair(z: torch.Tensor) -> torch.Tensor:
    a = torch.atan(z)
    return torch.cat([a / 0.67, (a * a - 0.45) / 0.396], dim=1)


ACTIVATE: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "sin": torch.sin,
    "cos": torch.cos,
    "gaussian": lambda z: torch.exp(-z * z),
    "tanh": torch.tanh,
    "atan": _atan_pair,
    "finer": lambda z: torch.sin((torch.abs(z) + 1.0) * z),
}
"""Differentiable, for training; the same formulas as in `reference`."""
