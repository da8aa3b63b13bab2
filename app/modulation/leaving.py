"""What moves two looks at once: the one on air and, while it is still seen, the one before. Main thread.

The look that leaves goes on from where it was, with a modulator of its own, so that nothing in it stands still.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from app.audio.features import Features
from app.clock import Frame
from app.modulation.routes import Modulator
from app.modulation.values import Values
from app.params import Param
from app.preset import Preset
from app.tempo.beat import Beat

Targets = Callable[[Preset], Mapping[str, Param]]
"""What routes of a look can move."""


class Movers:
    """The modulator of the look on air, and that of the look before."""

    def __init__(self) -> None:
        self.on_air = Modulator()
        self._before: Modulator | None = None
        self._leaving: Preset | None = None
        self._changes = 0

    def step(
        self,
        looks: tuple[Preset, Preset | None],
        changes: int,
        features: Features,
        frame: Frame,
        targets: Targets,
        beat: Beat,
        positions: Mapping[str, float],
    ) -> Values:
        """Return the values of one frame; `looks`: the one on air, and the one that leaves, if one does.

        `changes` counts how often another look came on air.
        """
        preset, leaving = looks
        if leaving is not self._leaving:
            self._leaving, self._before = leaving, self.on_air.copy() if leaving is not None else None
        if changes != self._changes:
            self._changes = changes
            self.on_air.level()
        values = self.on_air.step(preset, features, frame, targets(preset), beat, positions)
        if leaving is None or self._before is None:
            return values
        old = self._before.step(leaving, features, frame, targets(leaving), beat, positions)
        return replace(values, leaving=old)
