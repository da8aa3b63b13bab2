"""SSIM: how alike two pictures are to the eye (Wang, Bovik, Sheikh, Simoncelli 2004). Pure NumPy.

Gaussian window of 11 pixels, sigma 1.5, brightness only; borders that the window does not fit into are left out.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
RADIUS, SIGMA = 5, 1.5
STABLE = (0.01**2, 0.03**2)
"""The paper's C1 and C2 for brightness 0..1."""
_WINDOW = np.exp(-0.5 * (np.arange(-RADIUS, RADIUS + 1) / SIGMA) ** 2)
_WINDOW /= _WINDOW.sum()


def ssim(one: Floats, other: Floats) -> NDArray[np.float64]:
    """Return the mean SSIM of each pair of pictures, shape (n,); both are (n, height, width) in 0..1, sides ≥ 11."""
    one, other = one.astype(np.float64), other.astype(np.float64)  # the variance is a small difference of large sums
    mean_one, mean_other = _blur(one), _blur(other)
    squares = mean_one * mean_one, mean_other * mean_other, mean_one * mean_other
    var_one = np.maximum(_blur(one * one) - squares[0], 0)
    var_other = np.maximum(_blur(other * other) - squares[1], 0)
    covariance = _blur(one * other) - squares[2]
    above = (2 * squares[2] + STABLE[0]) * (2 * covariance + STABLE[1])
    below = (squares[0] + squares[1] + STABLE[0]) * (var_one + var_other + STABLE[1])
    return np.asarray((above / below).mean(axis=(1, 2), dtype=np.float64))


def consecutive(brightness: Floats) -> NDArray[np.float64]:
    """Return SSIM(t, t + 1) for pictures (n, height, width), shape (n - 1,); some at a time, to spare memory."""
    parts = [ssim(brightness[k : k + 32], brightness[k + 1 : k + 33]) for k in range(0, len(brightness) - 33, 32)]
    rest = len(parts) * 32
    return np.concatenate([*parts, ssim(brightness[rest:-1], brightness[rest + 1 :])])


def _blur(pictures: Floats) -> Floats:
    rows, columns = pictures.shape[1] - 2 * RADIUS, pictures.shape[2] - 2 * RADIUS
    down = sum(weight * pictures[:, k : k + rows] for k, weight in enumerate(_WINDOW))
    return np.asarray(sum(weight * down[:, :, k : k + columns] for k, weight in enumerate(_WINDOW)))
