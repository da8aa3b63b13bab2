"""The master: how much of the picture leaves the instrument, by fader and blackout. Pure; the main thread steps it."""

SLOWEST_FADE_SECONDS = 10.0


class Master:
    """`fader` 0..1; `blackout` fades to black in `fade_seconds` and back, at once where that is 0."""

    def __init__(self) -> None:
        self.fader = 1.0
        self.blackout = False
        self.fade_seconds = 0.0
        self._light = 1.0

    @property
    def level(self) -> float:
        """What is left of the picture now, 0..1; exactly 1 changes nothing, exactly 0 is black."""
        return self.fader * self._light

    def step(self, dt_seconds: float) -> float:
        """Let time pass; return the level."""
        goal = 0.0 if self.blackout else 1.0
        if self.fade_seconds <= 0:
            self._light = goal
        else:
            step = dt_seconds / self.fade_seconds
            self._light = min(max(goal, self._light - step), self._light + step)
        return self.level

    def full(self) -> None:
        """All light, at once."""
        self.fader, self.blackout, self._light = 1.0, False, 1.0
