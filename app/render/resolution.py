"""Dynamic resolution: the scale at which the network is drawn so that the target frame rate holds.

Pure arithmetic, no GL. The cost of the network is linear in its pixels, so the right scale is computed, not searched.
It drops when two frames in a row are late, and rises a step when half of many frames left room for it, so that one
hiccup changes nothing and the picture does not breathe.
"""

import math
from collections import deque
from statistics import median

STEP = 1 / 16
LOWEST = 2 * STEP
BUDGET_SHARE = 0.85
"""Share of a frame's time that drawing may take; the rest absorbs jitter."""
NETWORK_SHARE = 0.2
"""What the network gets of the budget even where everything else takes too long already."""
LATE_FRAMES = 2
EARLY_FRAMES = 30
GRAIN_PX = 8
"""Regions are multiples of this, so that tiles of every backend fit."""


class Resolution:
    """Holds the scale 1/8..1 of each side."""

    def __init__(self, fps: float, scale: float = 0.5) -> None:
        self.fps = fps
        self.scale = scale
        self._late = 0
        self._fitting: deque[float] = deque(maxlen=EARLY_FRAMES)
        """For each of the newest frames the scale that would have fitted; empty after a change."""

    def step(self, network_seconds: float, frame_seconds: float) -> float:
        """Note one frame: what the network cost and what everything cost. Return the scale for the next frame."""
        budget = BUDGET_SHARE / self.fps
        left = max(budget - (frame_seconds - network_seconds), NETWORK_SHARE * budget)
        self._fitting.append(self.scale * math.sqrt(left / max(network_seconds, 1e-6)))
        self._late = self._late + 1 if frame_seconds > budget else 0
        lower = math.floor(max(list(self._fitting)[-LATE_FRAMES:]) / STEP) * STEP
        if self._late >= LATE_FRAMES and lower < self.scale:
            self._set(lower)
        elif len(self._fitting) == EARLY_FRAMES and median(self._fitting) >= self.scale + STEP:
            self._set(self.scale + STEP)
        return self.scale

    def _set(self, scale: float) -> None:
        self.scale = min(max(scale, LOWEST), 1.0)
        self._late = 0
        self._fitting.clear()

    def region(self, size_px: tuple[int, int]) -> tuple[int, int]:
        """Return the part of an output of `size_px` that is drawn now; the full size at scale 1."""
        if self.scale >= 1.0:
            return size_px
        width, height = (max(GRAIN_PX, round(side * self.scale / GRAIN_PX) * GRAIN_PX) for side in size_px)
        return min(width, size_px[0]), min(height, size_px[1])
