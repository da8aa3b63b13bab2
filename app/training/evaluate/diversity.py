"""Diversity: how different the styles are that came from the same words. Pure arithmetic on what was drawn.

By the judge's own vectors and by pixels; no network for perceptual distance ships, so none is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from app.training.evaluate.eye import Vectors
from app.training.evaluate.frames import Film, luma
from app.training.evaluate.ssim import ssim


@dataclass(frozen=True, slots=True)
class Diversity:
    """Styles of one prompt, all pairs: mean distance 1 - cosine of their mean vectors, mean SSIM of equal moments."""

    prompt: str
    styles: tuple[str, ...]
    distance: float
    ssim: float


def diversity(prompt: str, names: Sequence[str], vectors: Sequence[Vectors], films: Sequence[Film]) -> Diversity:
    """Compare two or more styles, drawn at the same moments; `vectors` (n, d) for each."""
    means = [_unit(each.mean(axis=0)) for each in vectors]
    apart = [1.0 - float(one @ other) for one, other in combinations(means, 2)]
    alike = [float(ssim(luma(one), luma(other)).mean()) for one, other in combinations(films, 2)]
    return Diversity(prompt, tuple(names), float(np.mean(apart)), float(np.mean(alike)))


def _unit(vector: Vectors) -> Vectors:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12))
