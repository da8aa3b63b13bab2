"""Which pitch: the tones in a spectrum, laid on the circle of the octave.

Main thread, once a hop. The basis is fixed and shipped (first Fourier pair of the 12-tone octave), never fitted to
what is playing: a fitted basis flips its axes mid-song.
"""

import numpy as np

from app.audio.spectrum import Window, share

LOW_HZ, HIGH_HZ, MIDDLE_C_HZ = 65.0, 2100.0, 261.6256


class PitchCircle:
    """The mean direction of the sounding tones on the octave's circle: C is at angle 0, a semitone is 30 degrees.

    Tones are what stands out of its neighbourhood: amplitude minus twice the mean of +-8 bins, never below 0, so noise
    gives nothing. Direction and weight are averaged over 0.4 s; the length is the square root of the
    resultant's, which keeps chords (short resultants) visible. Being continuous in frequency it turns smoothly
    under glides and does not care about tuning.
    """

    AVERAGE_SECONDS = 0.4
    REACH_BINS = 8

    def __init__(self, window: Window, dt_seconds: float) -> None:
        self._first = max(int(LOW_HZ / window.bin_hz), self.REACH_BINS + 1)
        self._last = min(int(HIGH_HZ / window.bin_hz), window.bins - self.REACH_BINS - 1)
        hz = np.arange(self._first, self._last) * window.bin_hz
        angle = 2 * np.pi * np.log2(hz / MIDDLE_C_HZ)
        self._basis = np.stack([np.cos(angle), np.sin(angle)]).astype(np.float32)
        self._move = share(dt_seconds, self.AVERAGE_SECONDS)
        self._x = self._y = self._weight = 0.0

    def step(self, window: Window, heard: bool) -> tuple[float, float]:
        """Return (chroma1, chroma2), each 0..1 with 0.5 for no tone, from one spectrum; unheard sound fades to 0.5."""
        x = y = 0.0
        weight = self._weight
        if heard:
            x, y, weight = self._tones(window)
        self._x += self._move * (x - self._x)
        self._y += self._move * (y - self._y)
        self._weight += self._move * (weight - self._weight)
        length = float(np.hypot(self._x, self._y)) / max(self._weight, 1e-9)
        stretch = 0.5 / max(self._weight, 1e-9) / max(length, 0.04) ** 0.5
        return min(max(0.5 + stretch * self._x, 0.0), 1.0), min(max(0.5 + stretch * self._y, 0.0), 1.0)

    def _tones(self, window: Window) -> tuple[float, float, float]:
        near = self.REACH_BINS
        running = np.cumsum(window.amplitude[self._first - near - 1 : self._last + near], dtype=np.float64)
        around = (running[2 * near + 1 :] - running[: -2 * near - 1]) / (2 * near + 1)
        amplitude = window.amplitude[self._first : self._last]
        tones = np.maximum(amplitude - 2 * around, 0).astype(np.float32)
        x, y = self._basis @ tones
        return float(x), float(y), float(tones.sum()) + 0.1 * float(amplitude.sum())
