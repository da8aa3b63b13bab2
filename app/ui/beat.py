"""The beat lamp: four squares that go round with the beats, as long as a tempo is heard. Main thread."""

from app.ui import widgets
from app.ui.desk import Desk

GLOW_SECONDS = 0.45


class BeatLamp:
    """Remembers when the last beat came."""

    def __init__(self) -> None:
        self._beats = 0
        self._since_seconds = 0.0
        self.glow = 0.0

    def step(self, desk: Desk) -> None:
        """Note the beats of this frame."""
        if desk.features.beats != self._beats:
            self._beats, self._since_seconds = desk.features.beats, desk.frame.seconds
        age = desk.frame.seconds - self._since_seconds
        self.glow = max(0.0, 1 - age / GLOW_SECONDS) if self._beats else 0.0

    def draw(self, side: float) -> None:
        """Draw the four squares."""
        widgets.lamps((self._beats - 1) % 4, self.glow, side)
