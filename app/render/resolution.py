"""Dynamic resolution: the scale at which the network is drawn so that the target frame rate holds.

Pure arithmetic, no GL. The cost of the network is linear in its pixels, so the right scale is computed, not searched;
it drops after two late frames and rises only after many early ones, in steps, so that the picture does not breathe.
"""

import math

STEP = 1 / 16
LOWEST = 2 * STEP
BUDGET_SHARE = 0.85
"""Share of a frame's time that drawing may take; the rest absorbs jitter."""
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
        self._early = 0

    def step(self, network_seconds: float, frame_seconds: float) -> float:
        """Note one frame: what the network cost and what everything cost. Return the scale for the next frame."""
        budget = BUDGET_SHARE / self.fps
        if frame_seconds > budget:
            self._late, self._early = self._late + 1, 0
        else:
            self._late, self._early = 0, self._early + 1
        if self._late >= LATE_FRAMES or self._early >= EARLY_FRAMES:
            self._move(self._fitting(network_seconds, frame_seconds - network_seconds, budget))
        return self.scale

    def _fitting(self, network_seconds: float, rest_seconds: float, budget: float) -> float:
        """Return the scale whose pixels take what the rest of the frame leaves, at least a fifth of the budget."""
        left = max(budget - rest_seconds, budget / 5)
        return self.scale * math.sqrt(left / max(network_seconds, 1e-6))

    def _move(self, wanted: float) -> None:
        wanted = min(max(math.floor(wanted / STEP) * STEP, LOWEST), 1.0)
        late = self._late > 0
        self._late = self._early = 0
        if late:
            self.scale = min(self.scale, wanted)
        elif wanted > self.scale:
            self.scale += STEP

    def region(self, size_px: tuple[int, int]) -> tuple[int, int]:
        """Return the part of an output of `size_px` that is drawn now; the full size at scale 1."""
        if self.scale >= 1.0:
            return size_px
        width, height = (max(GRAIN_PX, round(side * self.scale / GRAIN_PX) * GRAIN_PX) for side in size_px)
        return min(width, size_px[0]), min(height, size_px[1])
