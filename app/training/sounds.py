"""Moments to practise on: times and what is heard then, from a sound file's own features or invented. Any process."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.features import FEATURES
from app.training.experiment import When

MASK = 2**64 - 1
Doubles = NDArray[np.float64]
LONGEST_SECONDS = 300.0
"""Times are drawn from 0 to this, and so much of a sound file is used at most."""
CALM, LOUD = 0.3, 0.65
"""Loudness below which a moment is calm, above which it is loud."""
_LOUDNESS, _ONSET = FEATURES.index("loudness"), FEATURES.index("onset")


@dataclass(frozen=True, slots=True)
class Moments:
    """n moments: `seconds` (n,), `heard` (n, 9) in 0..1."""

    seconds: Doubles
    heard: Doubles


class Practice:
    """Where moments come from. `track` (m, 9) are the features of a real sound, 100 a second; None invents them.

    `loudness_is_free`: it leads from one prompt to another, so nudges leave it alone.
    """

    def __init__(self, seed: int, track: Doubles | None = None, loudness_is_free: bool = False) -> None:
        self._rng = np.random.default_rng(seed)
        self._first_nudged = _LOUDNESS + 1 if loudness_is_free else 0
        self._tracks = {when: _only(track, when) for when in ("always", "calm", "loud")} if track is not None else {}

    def state(self) -> NDArray[np.uint64]:
        """Return where its chances stand, (6,)."""
        now: Any = self._rng.bit_generator.state
        halves = [number >> shift & MASK for number in now["state"].values() for shift in (64, 0)]
        return np.array([*halves, now["has_uint32"], now["uinteger"]], np.uint64)

    def restore(self, state: NDArray[np.uint64]) -> None:
        """Go on from `state`."""
        high, low, high_step, low_step, has_half, half = (int(number) for number in state)
        now: Any = self._rng.bit_generator.state
        now |= {"state": {"state": high << 64 | low, "inc": high_step << 64 | low_step}}
        self._rng.bit_generator.state = now | {"has_uint32": has_half, "uinteger": half}

    def sample(self, count: int, when: When = "always") -> Moments:
        """Return `count` moments of this kind."""
        seconds = self._rng.uniform(0.0, LONGEST_SECONDS, count)
        track = self._tracks.get(when)
        if track is not None and len(track):
            return Moments(seconds, track[self._rng.integers(len(track), size=count)])
        return Moments(seconds, self._invent(count, when))

    def nudged(self, moments: Moments, size: float) -> Moments:
        """Return the same moments with one sound input each moved by `size`, up or down."""
        heard = moments.heard.copy()
        rows = np.arange(len(heard))
        columns = self._rng.integers(self._first_nudged, len(FEATURES), size=len(heard))
        heard[rows, columns] += np.where(heard[rows, columns] > 0.5, -size, size)
        return Moments(moments.seconds, heard)

    def _invent(self, count: int, when: When) -> Doubles:
        """Levels that go together as they do in music; a new sound is there in two moments of five."""
        low, high = {"always": (0.0, 1.0), "calm": (0.0, CALM), "loud": (LOUD, 1.0)}[when]
        loudness = self._rng.uniform(low, high, count)
        heard = self._rng.random((count, len(FEATURES)))
        heard[:, _LOUDNESS] = loudness
        bands = slice(_LOUDNESS + 1, _ONSET)
        heard[:, bands] = loudness[:, None] * (0.4 + 0.7 * heard[:, bands])
        heard[:, _ONSET] *= (self._rng.random(count) < 0.4) * (0.3 + loudness)
        return np.clip(heard, 0.0, 1.0)


def track_of(path: Path) -> Doubles:
    """Return the features (m, 9) of a sound file's first five minutes, 100 a second; `UserError` if it has none."""
    from app.audio.decode import decode
    from app.audio.features import Analyzer
    from app.audio.ring import Block

    sound = decode(path)
    samples = sound.samples[: int(LONGEST_SECONDS * sound.rate_hz)]
    return np.array([hop.heard for hop in Analyzer().hops(Block(samples, sound.rate_hz))])


def _only(track: Doubles, when: str) -> Doubles:
    loudness = track[:, _LOUDNESS]
    keep = {"always": loudness >= 0.0, "calm": loudness < CALM, "loud": loudness > LOUD}[when]
    return track[keep]
