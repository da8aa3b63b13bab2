"""Parity: what a style loses when its weights are kept in 16 bits. Pure NumPy, against the float64 oracle."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.cppn.reference import render
from app.style import Style
from app.training.evaluate.frames import Moment

SIZE_PX = (96, 54)
BEST_DB = 120.0
"""What equal pictures are said to have."""


@dataclass(frozen=True, slots=True)
class Parity:
    """`worst_levels`: largest difference of any channel, in levels of 255; `psnr_db`: over all pictures."""

    worst_levels: float
    psnr_db: float


def fp16_parity(style: Style, moments: Sequence[Moment]) -> Parity:
    """Compare the style as it is with one whose weights and biases were rounded to float16 (±65,504 at most)."""
    rounded = replace(style, layers=tuple((_half(weights), _half(biases)) for weights, biases in style.layers))
    apart = [
        render(style, *SIZE_PX, m.seconds, m.heard) - render(rounded, *SIZE_PX, m.seconds, m.heard) for m in moments
    ]
    mean_square = float(np.mean(np.square(apart)))
    psnr = -10 * math.log10(mean_square) if mean_square > 0 else BEST_DB
    return Parity(float(np.abs(apart).max()) * 255, min(psnr, BEST_DB))


def _half(array: NDArray[np.float32]) -> NDArray[np.float32]:
    largest = float(np.finfo(np.float16).max)
    return np.clip(array, -largest, largest).astype(np.float16).astype(np.float32)
