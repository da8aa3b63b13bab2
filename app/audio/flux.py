"""Onsets: how much new energy came since the last hop, over all bands and in the kick drum's.

Main thread, once a hop.
"""

import numpy as np

from app.audio.level import Peak
from app.audio.spectrum import Floats, Window, mel_filters, share


class Flux:
    """Spectral flux of log-mel bands with a maximum filter (after SuperFlux, Böck & Widmer 2013).

    40 mel bands 30 Hz..16 kHz, L = log(1 + 50 gain amplitude); the rise against the largest of the three neighbouring
    bands one hop ago, so that vibrato is not an onset. `all` is the mean over the bands, without unit. `kick` is the
    mean rise of the plain amplitude in 25..130 Hz: not its log, which would make a bass note as strong as a kick drum.
    """

    BANDS, LOW_HZ, HIGH_HZ, KICK_HZ = 40, 30.0, 16_000.0, 130.0
    COMPRESSION = 50.0

    def __init__(self, window: Window) -> None:
        self._filters = mel_filters(self.BANDS, self.LOW_HZ, self.HIGH_HZ, window)
        self._kick = slice(max(int(25 / window.bin_hz), 1), max(int(self.KICK_HZ / window.bin_hz), 2) + 1)
        self._now: Floats = np.zeros(self.BANDS, np.float32)
        self._ceiling: Floats = np.zeros(self.BANDS, np.float32)
        self._kick_before: Floats = np.zeros(self._kick.stop - self._kick.start, np.float32)
        self.all = 0.0
        self.kick = 0.0

    def step(self, window: Window, gain: float) -> None:
        """Compare this spectrum with the one before."""
        scale = np.float32(self.COMPRESSION * gain)
        ceiling, now = self._ceiling, self._now
        ceiling[:] = now
        np.maximum(ceiling[1:], now[:-1], out=ceiling[1:])
        np.maximum(ceiling[:-1], now[1:], out=ceiling[:-1])
        np.dot(self._filters, window.amplitude[: self._filters.shape[1]], out=now)
        now *= scale
        np.log1p(now, out=now)
        self.all = _mean_rise(now, ceiling)
        kick = window.amplitude[self._kick].copy()
        self.kick = _mean_rise(kick, self._kick_before)
        self._kick_before = kick


def _mean_rise(now: Floats, before: Floats) -> float:
    rise = now - before
    np.maximum(rise, 0, out=rise)
    return float(np.add.reduce(rise)) / rise.size


class OnsetStrength:
    """0..1: how far the flux stands above its usual, against the strongest onset of late.

    Usual = 1.3 x the median of the last 0.5 s + 0.01; the strongest falls with 6 s and counts as at least 0.08, so the
    ripple of steady noise stays small. Rises at once, falls with 120 ms.
    """

    def __init__(self, dt_seconds: float) -> None:
        self._recent = np.zeros(max(round(0.5 / dt_seconds), 3))
        self._place = 0
        self._peak = Peak(dt_seconds, 6.0)
        self._fall = share(dt_seconds, 0.12)
        self.value = 0.0

    def step(self, flux: float, heard: bool) -> float:
        """Take one hop's flux and return the strength."""
        self._recent[self._place] = flux
        self._place = (self._place + 1) % self._recent.size
        middle = self._recent.size // 2
        above = max(flux - 1.3 * float(np.partition(self._recent, middle)[middle]) - 0.01, 0.0) if heard else 0.0
        strength = above / max(self._peak.step(above), 0.08)
        self.value = max(strength, self.value - self._fall * self.value)
        return self.value
