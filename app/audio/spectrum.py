"""Spectra of the newest sound: a history of mono samples, Hann windows over it, and energies between frequencies.

Main thread, once a hop. Window lengths are given in seconds, so every sample rate sees nearly the same spectrum.
Buffers are made once, by the constructors.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class History:
    """The newest mono samples as one contiguous stretch, appended hop by hop."""

    HOPS_BETWEEN_MOVES = 256

    def __init__(self, longest: int, hop: int) -> None:
        self._longest, self._hop = longest, hop
        self._store: Floats = np.zeros(longest + hop * self.HOPS_BETWEEN_MOVES, np.float32)
        self._end = longest

    def append(self, samples: Floats) -> None:
        """Add exactly one hop of mono samples."""
        if self._end + self._hop > self._store.size:
            self._store[: self._longest] = self._store[self._end - self._longest : self._end].copy()
            self._end = self._longest
        self._store[self._end : self._end + self._hop] = samples
        self._end += self._hop

    def newest(self, frames: int) -> Floats:
        """Return a view of the newest `frames` samples; zeros stand before the first sound."""
        return self._store[self._end - frames : self._end]


class Window:
    """A Hann window and its amplitude spectrum: a sine of amplitude A peaks at A in its bin."""

    def __init__(self, seconds: float, rate_hz: int) -> None:
        self.frames = smooth_size(seconds * rate_hz)
        self.bin_hz = rate_hz / self.frames
        self.bins = self.frames // 2 + 1
        hann = np.hanning(self.frames + 1)[:-1]
        self._hann = (hann * 2 / hann.sum()).astype(np.float32)
        self._power_scale = float(hann.sum() ** 2 / (2 * self.frames * (hann**2).sum()))
        self._weighted: Floats = np.empty(self.frames, np.float32)
        self.offset = np.float32(0)
        """The mean of the samples: a constant offset is no sound and is left out."""
        self.amplitude: Floats = np.zeros(self.bins, np.float32)
        self.power: Floats = np.zeros(self.bins, np.float32)

    def look(self, history: History) -> None:
        """Set `amplitude` and `power` (which sums to the windowed mean square, full-scale sine = 0.5)."""
        newest = history.newest(self.frames)
        self.offset = np.add.reduce(newest) / np.float32(self.frames)
        np.subtract(newest, self.offset, out=self._weighted)
        self._weighted *= self._hann
        np.abs(np.fft.rfft(self._weighted), out=self.amplitude)
        np.multiply(self.amplitude, self.amplitude, out=self.power)
        self.power *= self._power_scale


class Bands:
    """Energy between neighbouring frequencies; a bin that lies across an edge is shared out by its width."""

    def __init__(self, edges_hz: NDArray[np.float64], window: Window) -> None:
        self._shares = band_shares(edges_hz[:-1], edges_hz[1:], window)

    def energies(self, power: Floats) -> Floats:
        """Return the mean square in each band, shape (edges - 1,); bands above half the sample rate are 0."""
        energies: Floats = self._shares @ power[: self._shares.shape[1]]
        return energies


def band_shares(low_hz: NDArray[np.float64], high_hz: NDArray[np.float64], window: Window) -> Floats:
    """Return how much of each bin lies between two frequencies, shape (bands, bins used); bands may overlap."""
    low, high = (np.clip(hz / window.bin_hz + 0.5, 0, window.bins) for hz in (low_hz, high_hz))
    bins = np.arange(int(np.ceil(high.max(initial=0.0))))
    widths = np.minimum(bins + 1, high[:, None]) - np.maximum(bins, low[:, None])
    shares: Floats = np.clip(widths, 0, 1).astype(np.float32)
    return shares


def log_edges(low_hz: float, high_hz: float, bands: int) -> NDArray[np.float64]:
    """Return `bands` + 1 frequencies at equal ratios."""
    return np.geomspace(low_hz, high_hz, bands + 1)


def mel_filters(bands: int, low_hz: float, high_hz: float, window: Window) -> Floats:
    """Triangles of shape (bands, bins used), equally wide on the mel scale (O'Shaughnessy), each row summing to 1.

    A row between two bins takes the nearest one; a row above half the sample rate is empty.
    """
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (low_hz, high_hz))
    corners = 700 * (10 ** (np.linspace(low, high, bands + 2) / 2595) - 1) / window.bin_hz
    used = min(int(corners[-1]) + 1, window.bins)
    bins = np.arange(used)
    rows = np.zeros((bands, used), np.float32)
    for row, (left, centre, right) in zip(rows, zip(corners, corners[1:], corners[2:], strict=False), strict=False):
        row[:] = np.clip(np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre)), 0, None)
        if not row.any() and round(centre) < used:
            row[round(centre)] = 1
        row /= max(float(row.sum()), 1e-12)
    return rows


def smooth_size(frames: float) -> int:
    """Return the even number nearest to `frames` with no prime factor above 5: quick to transform."""
    near = max(round(frames / 2), 1)
    for distance in range(near + 1):
        for half in (near - distance, near + distance):
            if half > 0 and _is_smooth(half):
                return 2 * half
    raise AssertionError("1 is smooth")


def _is_smooth(number: int) -> bool:
    for prime in (2, 3, 5):
        while number % prime == 0:
            number //= prime
    return number == 1


def share(dt_seconds: float, tau_seconds: float) -> float:
    """Return how far an exponential average of time constant `tau_seconds` moves in `dt_seconds`."""
    return float(-np.expm1(-dt_seconds / tau_seconds))
