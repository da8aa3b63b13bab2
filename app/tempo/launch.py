"""Launch: a change of look that waits for the beat. Main thread.

One change waits at a time, the newest; asking for the same again is asking for it now.
"""

from collections.abc import Callable

from app.tempo.beat import BAR, Beat

QUANTA: dict[str, int] = {"now": 0, "beat": 1, "bar": BAR, "2 bars": 2 * BAR, "4 bars": 4 * BAR}
"""What a change may wait for, in beats."""


class Launch:
    """Holds the change that waits."""

    def __init__(self) -> None:
        self.quantise = "now"
        """One of `QUANTA`."""
        self.waiting = ""
        """What waits, in words; "" when nothing does."""
        self.steps = 0
        """How many looks on (or back) the waiting change goes, where it is a step."""
        self._act: Callable[[], None] | None = None
        self._beat = Beat()

    def ask(self, what: str, act: Callable[[], None], steps: int = 0) -> None:
        """Do `act` at the next beat of the kind chosen; at once where there is nothing to wait for."""
        every = QUANTA[self.quantise]
        again = what == self.waiting and not steps
        self.cancel()
        if again or not every or not self._beat.known or self._beat.reaches(every):
            act()
        else:
            self.waiting, self.steps, self._act = what, steps, act

    def cancel(self) -> None:
        """Forget what waits."""
        self.waiting, self.steps, self._act = "", 0, None

    def step(self, beat: Beat) -> None:
        """Do what waited for this frame's beat."""
        self._beat = beat
        every, act = QUANTA[self.quantise], self._act
        if act is not None and (not every or beat.reaches(every)):
            self.cancel()
            act()

    @property
    def beats_left(self) -> float:
        """How long the waiting change still waits."""
        every = QUANTA[self.quantise]
        return self._beat.left(every) if every else 0.0
