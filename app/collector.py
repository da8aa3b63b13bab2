"""Python's garbage collector, kept out of the frames: it works only in time that a frame has left over.

Main thread. Everything alive after the warm-up is frozen, so that no later collection looks at it again. Now and then
the pages that are free by then go back to the system.
"""

import gc

from app import memory

WARM_UP_FRAMES = 120
LEAST_SECONDS = (0.0005, 0.002, 0.008)
"""Spare time that a collection of each generation needs."""
YOUNG, OLDER = 700, 10
"""How many new objects, and collections of the younger generation, make one worth while: Python's own numbers."""
TOO_MANY = 50_000
"""So many new objects are collected even where no frame has time left."""
GIVE_BACK_FRAMES = 1800
"""So often, if a frame has time left, free pages are given back: programs and pictures come and go between those that
stay, and the holes they leave would only grow."""
GIVE_BACK_SECONDS = 0.008


class Collector:
    """Takes over at the first `step`; `release` gives back."""

    def __init__(self) -> None:
        self._frames = self._kept_frames = 0

    def step(self, spare_seconds: float) -> None:
        """Call once a frame with the time it has left."""
        self._frames += 1
        if self._frames == 1:
            gc.collect()
            gc.disable()
        elif self._frames == WARM_UP_FRAMES:
            gc.freeze()
        generation = self._due()
        if generation is not None and (spare_seconds >= LEAST_SECONDS[generation] or gc.get_count()[0] > TOO_MANY):
            gc.collect(generation)
        self._give_back(spare_seconds)

    def _give_back(self, spare_seconds: float) -> None:
        self._kept_frames += 1
        if self._kept_frames >= GIVE_BACK_FRAMES and spare_seconds >= GIVE_BACK_SECONDS:
            self._kept_frames = 0
            memory.give_back()

    def _due(self) -> int | None:
        """Return the oldest generation that is due."""
        young, middle, old = gc.get_count()
        if young <= YOUNG:
            return None
        if middle <= OLDER:
            return 0
        return 1 if old <= OLDER else 2

    def release(self) -> None:
        """Let Python collect by itself again."""
        if self._frames:
            gc.unfreeze()
            gc.enable()
            self._frames = 0
