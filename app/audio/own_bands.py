"""Own bands: how loud the sound is between frequencies that a performer chose, each with an automatic gain.

Main thread, once a hop, all bands at once. They are read from the spectrum that the nine features are made of: there is
no transform of their own.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.audio.level import HEADROOM, Level
from app.audio.spectrum import Floats, Window, band_shares, share

MOST = 16
Numbers = NDArray[np.float64]


class Range(NamedTuple):
    """What a band hears, and how much louder (or softer) than the automatic gain makes it."""

    low_hz: float
    high_hz: float
    gain_db: float


class OwnBands:
    """Loudness 0..1 of each band against its own slow peak, as bass, mid and treble have it (see `Features`)."""

    WEAKEST = 0.05
    """A band is judged against at least this part of the whole sound, so that mere leakage stays small."""
    PEAK_SECONDS, ATTACK_SECONDS, RELEASE_SECONDS = 10.0, 0.01, 0.12
    STEVENS = 0.6

    def __init__(self, window: Window, dt_seconds: float) -> None:
        self._window = window
        self._keep = 1 - share(dt_seconds, self.PEAK_SECONDS)
        self._attack, self._release = share(dt_seconds, self.ATTACK_SECONDS), share(dt_seconds, self.RELEASE_SECONDS)
        self._ranges: dict[str, Range] = {}
        self._shares: Floats = np.zeros((0, 0), np.float32)
        self._gains: Numbers = np.zeros(0)
        self._peaks: Numbers = np.zeros(0)
        self._values: Numbers = np.zeros(0)

    def listen(self, ranges: Mapping[str, Range]) -> None:
        """Hear these bands; one that was there goes on, and learns its peak anew where its frequencies changed."""
        before = {name: (self._ranges[name], i) for i, name in enumerate(self._ranges)}
        peaks, values = np.zeros(len(ranges)), np.zeros(len(ranges))
        for i, (name, own) in enumerate(ranges.items()):
            was, place = before.get(name, (None, 0))
            if was is not None:
                values[i] = self._values[place]
                peaks[i] = self._peaks[place] if was[:2] == own[:2] else 0.0
        low, high, gains = np.array(list(ranges.values()), np.float64).reshape(-1, 3).T
        self._shares = band_shares(low, high, self._window)
        self._gains = 10 ** (gains / 20)
        self._ranges, self._peaks, self._values = dict(ranges), peaks, values

    def step(self, power: Floats, level: Level) -> dict[str, float]:
        """Take one hop's power spectrum and return the bands by name, a new table each time."""
        if not self._ranges:
            return {}
        target = np.zeros(len(self._ranges))
        if level.open:
            amplitudes = np.sqrt(self._shares @ power[: self._shares.shape[1]])
            self._peaks = np.maximum(amplitudes, self._peaks * self._keep)
            loudest = np.maximum(self._peaks, self.WEAKEST * level.reference)
            target = np.minimum(HEADROOM * (amplitudes * self._gains / loudest) ** self.STEVENS, 1.0)
        self._values += np.where(target > self._values, self._attack, self._release) * (target - self._values)
        return dict(zip(self._ranges, self._values.tolist(), strict=True))
