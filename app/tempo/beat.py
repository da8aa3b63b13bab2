"""The beat: the one musical time that everything follows. Plain data, made new each frame by `Tempo`."""

import math
from dataclasses import dataclass

BAR = 4
"""Beats of a bar."""


@dataclass(frozen=True, slots=True)
class Beat:
    """Where in the music a frame is.

    `position` counts beats: whole numbers are beats, multiples of `BAR` the ones of bars. It only runs forward, but for
    the moment a performer sets the one. `bpm` is 0 until a tempo is known; until then the position runs on at 120.
    `sure` 0..1 says how far the tempo can be trusted.
    """

    position: float = 0.0
    bpm: float = 0.0
    sure: float = 0.0
    before: float = 0.0
    """What `ahead` was in the last frame."""
    ahead: float = 0.0
    """The position half a frame later: what is to land on a beat lands in the frame nearest to it."""

    @property
    def known(self) -> bool:
        """Whether there is a tempo at all."""
        return self.bpm > 0

    @property
    def phase(self) -> float:
        """Place in the beat, 0..1."""
        return self.position % 1.0

    @property
    def place(self) -> int:
        """Which beat of the bar, 0..3."""
        return math.floor(self.position) % BAR

    def reaches(self, every: float) -> bool:
        """Return whether this frame is the one nearest to a multiple of `every` beats."""
        return math.floor(self.ahead / every) > math.floor(self.before / every)

    def left(self, every: float) -> float:
        """Return how many beats there are to the next multiple of `every`."""
        return every - self.ahead % every
