"""The ring: the newest seconds of sound as float32 frames, one writer, any number of readers.

Main thread only: a device's C-side ring is drained into this one by `Source.pump`. Reading never waits;
a reader that is lapped skips what is gone and counts it. NaN, infinity and absurd values become silence here and go no
further.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Shape (frames, channels), nominally -1..1."""


LOUDEST = np.float32(1e7)
"""Even whole-number samples stored as floats stay below this; its square can be summed up in float32."""


def finite(samples: Samples) -> tuple[Samples, int]:
    """Return `samples` with silence in the place of NaN, infinity and all beyond `LOUDEST`, and how many those were."""
    bad = ~(np.abs(samples) <= LOUDEST)
    count = int(np.count_nonzero(bad))
    return (np.where(bad, np.float32(0), samples) if count else samples), count


@dataclass(frozen=True, slots=True)
class Block:
    """Sound that has just arrived: `samples` (frames, channels) at `rate_hz`; may be empty."""

    samples: Samples
    rate_hz: int


class Ring:
    """A fixed stretch of sound, written at a growing index.

    Every sample is stored twice, `capacity` apart, so that any stretch up to `capacity` is one contiguous view.
    """

    def __init__(self, seconds: float = 8.0) -> None:
        self._seconds = seconds
        self.generation = 0
        """Changes whenever `configure` starts a new stream."""
        self.repaired = 0
        """Count of NaN, infinite or absurd samples replaced by silence."""
        self.configure(48_000, 1)

    def configure(self, rate_hz: int, channels: int) -> None:
        """Begin a new stream of another format; what was held is dropped. Called by `Source.start`."""
        self.rate_hz = rate_hz
        self.channels = channels
        self.written = 0
        self.generation += 1
        self.capacity = int(self._seconds * rate_hz)
        self._store: Samples = np.zeros((2 * self.capacity, channels), np.float32)

    def write(self, samples: Samples) -> None:
        """Append frames of shape (n, channels); only the newest `capacity` of them are kept."""
        if samples.shape[0] > self.capacity:
            self.written += samples.shape[0] - self.capacity
            samples = samples[-self.capacity :]
        samples, repaired = finite(samples)
        self.repaired += repaired
        start = self.written % self.capacity
        first = min(samples.shape[0], self.capacity - start)
        for offset in (0, self.capacity):
            self._store[offset + start : offset + start + first] = samples[:first]
            self._store[offset : offset + samples.shape[0] - first] = samples[first:]
        self.written += samples.shape[0]

    def newest(self, frames: int) -> Samples:
        """Return a view of the newest `frames` (fewer at the start of a stream), shape (n, channels)."""
        frames = min(frames, self.capacity, self.written)
        end = (self.written - 1) % self.capacity + 1 + self.capacity
        return self._store[end - frames : end]

    def reader(self) -> "RingReader":
        """Return a reader that begins with what is written next."""
        return RingReader(self)


class RingReader:
    """One reader's place in a ring."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._generation = ring.generation
        self._read = ring.written
        self.dropped = 0
        """Frames lost because this reader was lapped."""

    @property
    def lapsed(self) -> bool:
        """Another stream has begun since the last `read_new`."""
        return self._generation != self._ring.generation

    def read_new(self) -> Block:
        """Return all frames written since the last call, as a copy; never waits."""
        ring = self._ring
        if self.lapsed:
            self._generation, self._read = ring.generation, 0
        missed = ring.written - self._read
        if missed > ring.capacity:
            self.dropped += missed - ring.capacity
        self._read = ring.written
        return Block(ring.newest(missed).copy(), ring.rate_hz)
