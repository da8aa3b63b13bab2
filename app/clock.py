"""Time of a show: every other module gets it from the `Frame` made here.

`WallClock` runs with the world, `StepClock` one exact step a frame (render, tests). Main thread.
Nothing else may read the wall clock to decide what to draw.
"""

import time
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture's place in the show: `index` from 0, `seconds` since the start, `dt_seconds` since the last."""

    index: int
    seconds: float
    dt_seconds: float


class Clock(Protocol):
    """Anything that can say which frame comes next."""

    def tick(self) -> Frame:
        """Advance to the next frame."""
        ...


class WallClock:
    """Frames happen when they happen; time is monotonic and starts at the first tick."""

    def __init__(self) -> None:
        self._index = 0
        self._start_seconds = 0.0
        self._last_seconds = 0.0

    def tick(self) -> Frame:
        """Return the frame that begins now."""
        now = time.perf_counter()
        if self._index == 0:
            self._start_seconds = now
        seconds = now - self._start_seconds
        frame = Frame(self._index, seconds, seconds - self._last_seconds)
        self._index += 1
        self._last_seconds = seconds
        return frame


class StepClock:
    """Frame k happens at exactly k / fps seconds, however long it takes to draw."""

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._index = 0

    def tick(self) -> Frame:
        """Return the next frame of the fixed grid."""
        frame = Frame(self._index, self._index / self._fps, 0.0 if self._index == 0 else 1.0 / self._fps)
        self._index += 1
        return frame
