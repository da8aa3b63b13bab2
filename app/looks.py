"""Looks: which preset is on air, which came before, which comes next. Main thread; reads files, draws nothing.

The preset on air is the one mutable document; changing looks replaces its contents by those of another.
"""

import random

from app import paths
from app import preset as presets
from app.preset import EffectParams, Preset
from app.tempo.beat import Beat

REMEMBERED = 64


class Looks:
    """The library of presets as a performer walks through it."""

    def __init__(self, on_air: Preset, seed: int | None = None) -> None:
        self.on_air = on_air
        self.held = False
        """While held, looks do not change by themselves."""
        self.advance_seconds = 0.0
        """A look that has been on air this long gives way to the next one; 0 = never."""
        self.advance_beats = 0.0
        """The same in beats, counted from the one."""
        self._on_air_seconds = self._on_air_beats = 0.0
        self._before: list[Preset] = []
        self._random = random.Random(seed)
        self.rescan()

    def rescan(self) -> None:
        """Read the preset folders again."""
        self.entries = presets.listing()

    @property
    def names(self) -> list[str]:
        """Names of all presets in the library."""
        return [entry.name for entry in self.entries]

    def show(self, name: str, effects: EffectParams) -> None:
        """Put another look on air; `UserError` leaves this one."""
        path = next((entry.path for entry in self.entries if entry.name == name), None) or presets.find(name)
        look = presets.load(path, effects)
        look.name = path.stem
        self.put(look)

    def put(self, look: Preset) -> None:
        """Put a look on air and remember the one it replaces, edits included."""
        self.remember()
        self._become(look)

    def remember(self) -> None:
        """Keep a copy of the look on air, so that `back` can return to it."""
        self._before.append(self.on_air.model_copy(deep=True))
        del self._before[:-REMEMBERED]

    def step(self, count: int, effects: EffectParams) -> None:
        """Go `count` looks forward (or back) in the library, round and round."""
        names = self.names
        if names:
            here = names.index(self.on_air.name) if self.on_air.name in names else -count
            self.show(names[(here + count) % len(names)], effects)

    def due(self, dt_seconds: float, beat: Beat) -> bool:
        """Let time pass; return whether this look has had its time. A held one never has.

        In beats the change falls where a phrase of the music begins; a look chosen in its second half stays for the
        next one.
        """
        if self.held:
            return False
        self._on_air_seconds += dt_seconds
        self._on_air_beats += max(beat.ahead - beat.before, 0.0)
        every = self.advance_beats
        due = 0 < self.advance_seconds <= self._on_air_seconds
        if due or (every > 0 and self._on_air_beats >= every / 2 and beat.reaches(every)):
            self._on_air_seconds = self._on_air_beats = 0.0
            return True
        return False

    def random(self, effects: EffectParams) -> None:
        """Show any other look."""
        others = [name for name in self.names if name != self.on_air.name]
        if others:
            self.show(self._random.choice(others), effects)

    def back(self) -> None:
        """Go back to the look before, as it was left."""
        if self._before:
            self._become(self._before.pop())

    def compare(self) -> None:
        """Change places with the look before; again, and all is as it was."""
        if self._before:
            other = self._before.pop()
            self.remember()
            self._become(other)

    def save(self, name: str) -> None:
        """Save the look on air under a name in the user's folder."""
        path = paths.data("presets") / presets.file_name(name)
        presets.save(self.on_air.model_copy(update={"name": path.stem}), path)
        self.on_air.name = path.stem
        self.rescan()

    def _become(self, look: Preset) -> None:
        """Fill the document on air in place: panels and the modulator hold on to it. No style = the one on air."""
        self._on_air_seconds = self._on_air_beats = 0.0
        look.style = look.style or self.on_air.style
        for field in Preset.model_fields:
            setattr(self.on_air, field, getattr(look, field))
