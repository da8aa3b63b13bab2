"""Looks: what a style's pictures are like, as numbers that need no judge. Pure NumPy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.training.evaluate.frames import Film, luma

HUES = 12
COLOUR_STEPS = 4
"""Levels of each channel in the colour histogram."""
BLOCK_PX = 16
FLAT_STD = 0.01
"""A block whose brightness varies less is flat."""
CLIPPED = (0.02, 0.98)


@dataclass(frozen=True, slots=True)
class Looks:
    """Means over the pictures given.

    `std`: of each channel over the picture, 0..1, root mean square. `energy_high`: share of the brightness spectrum's
    energy above n/4 cycles a picture (n = short side): speckle. `flat`: share of 16 × 16 blocks without any change.
    `clipped`: share of channel values below .02 or above .98. `saturation`: of HSV, mean. `hues`: share of colour in
    each twelfth of the wheel from red on, weighted with saturation × value; sums to 1, or 0 for grey pictures.
    """

    std: float
    energy_high: float
    flat: float
    clipped: float
    saturation: float
    brightness: float
    hues: tuple[float, ...]


def looks(film: Film) -> Looks:
    """Measure pictures of sides ≥ 16."""
    colours, grey = np.asarray(film, np.float32) / np.float32(255), luma(film)
    saturation, hues = _hues(colours)
    return Looks(
        std=float(np.sqrt(colours.var(axis=(1, 2)).mean())),
        energy_high=float(np.mean([_energy_high(picture) for picture in grey])),
        flat=_flat(grey),
        clipped=float(((colours < CLIPPED[0]) | (colours > CLIPPED[1])).mean()),
        saturation=saturation,
        brightness=float(grey.mean()),
        hues=hues,
    )


def colour_histogram(film: Film) -> NDArray[np.float64]:
    """Return the shares of 4 × 4 × 4 colours over all pictures; they sum to 1."""
    steps = film.reshape(-1, 3).astype(np.int64) * COLOUR_STEPS // 256
    bins = steps @ [COLOUR_STEPS**2, COLOUR_STEPS, 1]
    return np.bincount(bins, minlength=COLOUR_STEPS**3) / len(bins)


def overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return how much two histograms share, 0..1 (Swain and Ballard's intersection)."""
    return float(np.minimum(one, other).sum())


def _energy_high(grey: NDArray[np.float32]) -> float:
    height, width = grey.shape
    power = np.abs(np.fft.fft2(grey - grey.mean())) ** 2
    side = min(height, width)
    across, up = np.fft.fftfreq(width) * side, np.fft.fftfreq(height) * side
    high = np.hypot(up[:, None], across[None, :]) > side / 4
    return float(power[high].sum() / max(power.sum(), 1e-9))


def _flat(grey: NDArray[np.float32]) -> float:
    rows, columns = grey.shape[1] // BLOCK_PX, grey.shape[2] // BLOCK_PX
    cut = grey[:, : rows * BLOCK_PX, : columns * BLOCK_PX]
    blocks = cut.reshape(len(grey), rows, BLOCK_PX, columns, BLOCK_PX)
    return float((blocks.std(axis=(2, 4)) < FLAT_STD).mean())


def _hues(colours: NDArray[np.float32]) -> tuple[float, tuple[float, ...]]:
    """Return the mean HSV saturation and the shares of the hues (hexagonal, as in `colorsys`)."""
    red, green, blue = np.moveaxis(colours.reshape(-1, 3), -1, 0)
    high, low = colours.reshape(-1, 3).max(axis=1), colours.reshape(-1, 3).min(axis=1)
    chroma = high - low
    safe = np.maximum(chroma, 1e-6)
    sixths = np.where(
        high == red,
        (green - blue) / safe % 6,
        np.where(high == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    bins = (sixths / 6 * HUES).astype(int) % HUES
    shares = np.bincount(bins, weights=chroma, minlength=HUES) / max(float(chroma.sum()), 1e-6)
    return float((chroma / np.maximum(high, 1e-6)).mean()), tuple(shares.tolist())
