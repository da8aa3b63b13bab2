"""The fader between the decks, where it moves by itself: a take leads it to the other deck, as on a video mixer.

Main thread. It writes into the preset as a hand would; a hand that moves the fader meanwhile takes over.
"""

from app.params import PARAMS
from app.preset import Preset

FADER = "fader"


class Fader:
    """Holds where the fader goes."""

    def __init__(self) -> None:
        self._to: float | None = None
        self._left = 0.0

    @property
    def moving(self) -> bool:
        """True while a take runs."""
        return self._to is not None

    def take(self, preset: Preset) -> None:
        """Go to the deck that is farther away; where a take runs already, turn back."""
        near = preset.value(PARAMS[FADER]) if self._to is None else self._to
        self._to = 0.0 if near >= 0.5 else 1.0
        self._left = preset.value(PARAMS[FADER])

    def cut(self, preset: Preset) -> None:
        """Be at the deck that is farther away."""
        self._to = None
        preset.params[FADER] = 0.0 if preset.value(PARAMS[FADER]) >= 0.5 else 1.0

    def step(self, preset: Preset, dt_seconds: float, seconds: float) -> None:
        """Go on for one frame at a pace of `seconds` from end to end."""
        if self._to is None:
            return
        here = preset.value(PARAMS[FADER])
        if here != self._left:
            self._to = None
            return
        step = dt_seconds / seconds if seconds > 0 else 1.0
        self._left = min(here + step, self._to) if self._to > here else max(here - step, self._to)
        preset.params[FADER] = self._left
        if self._left == self._to:
            self._to = None
