"""The rehearsal: has the effects of all looks at hand compiled beside the show, one look after another, in spare time.

Main thread. A look that comes on air then finds its effects; styles are not read.
"""

from pathlib import Path

from app import preset as presets
from app.looks import Looks
from app.preset import EffectParams, Preset
from app.problems import UserError
from app.render.picture import Picture

BEGIN_SECONDS = 10.0
"""The beginning of a show has enough to do."""
LEAST_SECONDS = 0.005
"""A frame must have so much time left: reading a look takes a part of it."""


class Rehearsal:
    """Goes through the looks once."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._seen: set[Path] = set()
        self._now: Preset | None = None

    def step(self, seconds: float, spare_seconds: float, looks: Looks, effects: EffectParams) -> None:
        """Do a little if the frame, at `seconds` of the show, has time left."""
        if seconds < BEGIN_SECONDS or spare_seconds < LEAST_SECONDS:
            return
        if self._now is None:
            self._now = self._following(looks, effects)
        elif self._picture.prepared(self._now, ()):
            self._now = None

    def _following(self, looks: Looks, effects: EffectParams) -> Preset | None:
        """Return the next look that was not seen yet; one that cannot be read is told of when it is chosen."""
        entry = next((entry for entry in looks.entries if entry.path not in self._seen), None)
        if entry is None:
            return None
        self._seen.add(entry.path)
        try:
            return presets.load(entry.path, effects)
        except (UserError, OSError):
            return None
