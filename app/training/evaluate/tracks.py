"""Tracks: an excerpt of a sound file and what is heard in it, picture by picture. Runs before anything is drawn.

Heard by the same `Analyzer` as live sound, after a run-up, so that gain and tempo have settled.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.audio.decode import decode
from app.audio.features import FEATURES, Analyzer
from app.audio.ring import Block, Samples

FPS = 60
EXCERPT_SECONDS = 8.0
RUN_UP_SECONDS = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """`heard` (pictures, 9) at 60 a second, from `start_seconds` of the file on; `samples` is the excerpt's sound."""

    name: str
    start_seconds: float
    heard: NDArray[np.float64]
    samples: Samples
    rate_hz: int

    @property
    def seconds(self) -> float:
        """Length of the excerpt."""
        return len(self.heard) / FPS


def hear(path: Path, seconds: float = EXCERPT_SECONDS) -> Track:
    """Return the middle `seconds` of a file, or all of a shorter one. `UserError` for what is no sound file."""
    decoded = decode(path)
    start = max(0.0, (decoded.seconds - seconds) / 2)
    first, last = (round(at * decoded.rate_hz) for at in (start, min(start + seconds, decoded.seconds)))
    run_up = max(0, first - round(RUN_UP_SECONDS * decoded.rate_hz))
    times, heard = _heard(decoded.samples[run_up:last], decoded.rate_hz)
    pictures = (first - run_up) / decoded.rate_hz + np.arange(
        max(1, round((last - first) / decoded.rate_hz * FPS))
    ) / FPS
    newest = np.clip(np.searchsorted(times, pictures, side="right") - 1, 0, None)
    return Track(path.stem, start, heard[newest], decoded.samples[first:last], decoded.rate_hz)


def _heard(samples: Samples, rate_hz: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    hops = list(Analyzer().hops(Block(samples, rate_hz)))
    if not hops:
        return np.zeros(1), np.zeros((1, len(FEATURES)))
    return np.array([hop.seconds for hop in hops]), np.array([hop.heard for hop in hops], np.float64)
