"""The sound of a recording: whatever the ring gives, as one unbroken stereo stream of one rate.

Main thread. Another source with another rate or channel count may take over at any moment; it is resampled (soxr)
and goes on at the sample where the last one ended.
"""

from typing import Any

import numpy as np

from app.audio.ring import Block, Samples

KEPT_RATES_HZ = (44_100, 48_000)
"""Rates recorded as they come; any other becomes 48 kHz."""


def recorded_rate(source_rate_hz: int) -> int:
    """Return the rate a recording that begins with this source has."""
    return source_rate_hz if source_rate_hz in KEPT_RATES_HZ else 48_000


def stereo(samples: Samples) -> Samples:
    """Return the first two channels of (frames, channels), or one channel twice."""
    return np.repeat(samples, 2, axis=1) if samples.shape[1] == 1 else samples[:, :2]


class Soundtrack:
    """Collects sound and hands it on up to a given sample."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.taken = 0
        """Frames handed on so far: the index of the next one."""
        self._held: list[Samples] = []
        self._held_frames = 0
        self._source_rate_hz = rate_hz
        self._silent_frames = 0.0
        self._resampler: Any = None

    @property
    def held_seconds(self) -> float:
        """Sound collected and not yet taken."""
        return self._held_frames / self.rate_hz

    def add(self, block: Block) -> None:
        """Append what was heard."""
        if block.samples.shape[0]:
            self._set_source(block.rate_hz)
            self._hold(self._resampled(stereo(block.samples)))

    def add_silence(self, seconds: float) -> None:
        """Append silence, through the same resampler so that nothing overtakes."""
        self._silent_frames += seconds * self._source_rate_hz
        frames = int(self._silent_frames)
        self._silent_frames -= frames  # the rest comes with the next: rounding each would drift
        if frames:
            self._hold(self._resampled(np.zeros((frames, 2), np.float32)))

    def take(self, end: int) -> Samples:
        """Return the frames from `taken` up to index `end`, fewer where they are not there yet; shape (n, 2)."""
        return self._take(max(0, min(end - self.taken, self._held_frames)))

    def take_all(self, end: int) -> Samples:
        """Return exactly the frames up to index `end`: cut there, or made up with silence."""
        self._set_source(self.rate_hz)
        missing = end - self.taken - self._held_frames
        if missing > 0:
            self._hold(np.zeros((missing, 2), np.float32))
        return self.take(end)

    def _set_source(self, rate_hz: int) -> None:
        if rate_hz == self._source_rate_hz:
            return
        if self._resampler is not None:
            self._hold(self._resampler.resample_chunk(np.zeros((0, 2), np.float32), last=True))
        self._source_rate_hz = rate_hz
        self._resampler = None
        if rate_hz != self.rate_hz:
            import soxr

            self._resampler = soxr.ResampleStream(rate_hz, self.rate_hz, 2, dtype="float32")

    def _resampled(self, samples: Samples) -> Samples:
        if self._resampler is None:
            return samples
        resampled: Samples = self._resampler.resample_chunk(np.ascontiguousarray(samples))
        return resampled

    def _hold(self, samples: Samples) -> None:
        self._held.append(samples)
        self._held_frames += samples.shape[0]

    def _take(self, frames: int) -> Samples:
        everything = np.concatenate([np.zeros((0, 2), np.float32), *self._held])
        self._held = [everything[frames:]]
        self._held_frames -= frames
        self.taken += frames
        return everything[:frames]
