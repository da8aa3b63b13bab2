"""When each recorded picture belongs: a constant frame rate that follows the sound, not the wall clock.

Pure arithmetic, main thread. A sound card's clock differs from the computer's by tens of parts per million; counting
slots in *received sound* keeps picture and sound together for hours. Nothing here reads a clock.
"""

import math
from dataclasses import dataclass

STALL_SECONDS = 0.25
"""Sound that stays away this long (and two frames) is replaced by silence, so that the picture never waits for it."""
SLEEP_SECONDS = 10.0
"""A longer step is a computer that slept: it is left out of the recording."""
SETTLE_SECONDS = 2.0
"""Time constant that smooths the arrival of sound blocks into an even clock; until then it is their plain mean."""
JUMP_SECONDS = 0.2
"""A clock that is wrong by more than this is set at once."""
EARLY_SLOTS, LATE_SLOTS = 0.45, 0.65
"""How far a picture may sit from its slot; wider than a slot, so that a rate on the edge does not flicker over it."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one picture means for the recording: silence to add first, and its slot (None: not due, skip it)."""

    silence_seconds: float
    slot: int | None


class Timeline:
    """Gives every picture of a show its slot. Live it follows the sound; offline picture k is slot k."""

    def __init__(self, fps: float, *, live: bool) -> None:
        self._fps = fps
        self._live = live
        self._patience_seconds = max(STALL_SECONDS, 2.0 / fps)
        self._start_seconds: float | None = None
        self._wall_seconds = 0.0
        self._heard_wall_seconds = 0.0
        self._lead_seconds = 0.0
        self._arrivals = 0
        self.sound_seconds = 0.0
        """Sound and silence put into the recording so far."""
        self.slots = 0
        """Slots given out; the recording is `slots / fps` long."""

    @property
    def seconds(self) -> float:
        """Length of the recording so far."""
        return self.slots / self._fps

    def restart(self) -> None:
        """Another stream of sound follows: how far it is behind the wall clock is to be learnt anew, and fast."""
        self._arrivals = 0

    def step(self, wall_seconds: float, heard_seconds: float) -> Step:
        """Place one picture made at `wall_seconds` after `heard_seconds` of new sound arrived."""
        self._advance(wall_seconds)
        self.sound_seconds += heard_seconds
        silence = 0.0 if heard_seconds else self._missing_seconds()
        self.sound_seconds += silence
        if heard_seconds:
            self._follow()
        return Step(silence, self._place())

    def _advance(self, wall_seconds: float) -> None:
        if self._start_seconds is None:
            self._start_seconds = wall_seconds
        gap_seconds = wall_seconds - self._start_seconds - self._wall_seconds
        if gap_seconds > SLEEP_SECONDS or gap_seconds < 0:
            self._start_seconds += gap_seconds
        self._wall_seconds = wall_seconds - self._start_seconds

    def _missing_seconds(self) -> float:
        """Silence due because no sound has come for longer than the patience."""
        if self._wall_seconds - self._heard_wall_seconds <= self._patience_seconds:
            return 0.0
        return max(0.0, self._wall_seconds + self._lead_seconds - self.sound_seconds)

    def _follow(self) -> None:
        """Move the estimate of (sound - wall) time towards what has just been heard."""
        elapsed_seconds = self._wall_seconds - self._heard_wall_seconds
        self._heard_wall_seconds = self._wall_seconds
        if not self._live:
            return
        error_seconds = self.sound_seconds - self._wall_seconds - self._lead_seconds
        if abs(error_seconds) >= JUMP_SECONDS:
            self._arrivals = 0
        self._arrivals += 1
        self._lead_seconds += error_seconds * max(1 / self._arrivals, 1.0 - math.exp(-elapsed_seconds / SETTLE_SECONDS))

    def _place(self) -> int | None:
        """Return the slot of a picture made now and count it, or None when the next slot is not due yet."""
        slot = self.slots
        if self._live:
            late = (self._wall_seconds + self._lead_seconds) * self._fps - slot
            if late < -EARLY_SLOTS:
                return None
            if late > LATE_SLOTS:
                slot += max(1, math.floor(late + 0.5))
        self.slots = slot + 1
        return slot
