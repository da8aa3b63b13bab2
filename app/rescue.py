"""The rescue: a look that is known to draw, with its network prepared, for the moment when all else goes wrong.

Main thread. At first the look the show began with; the performer may keep another. It has no effects: they can fail,
and compiling them takes time; and one deck. Its name tells when that makes it another look than the one kept.
"""

from app import paths
from app.clock import Frame
from app.fader import FADER
from app.looks import Looks
from app.preset import Preset
from app.render.picture import Picture
from app.style import Style

BARE = "_panic"
"""What a look's name ends in that has lost effects or a deck."""
CALM_SECONDS = 1.0
"""Its network is prepared so long after the start, a rescue or a change of it."""


class Rescue:
    """Keeps the look and the style it is drawn with."""

    def __init__(self, look: Preset) -> None:
        self._style: Style | None = None
        self._calm_seconds = 0.0
        self._called = False
        self.keep(look)

    def keep(self, look: Preset) -> None:
        """Let this, the look on air, be the one to come back to."""
        self.name, self._look = look.name, look.model_copy(deep=True)
        if look.effects or look.style_b:
            self._look.name = look.name[: paths.LONGEST_NAME - len(BARE)] + BARE
        self._look.effects, self._look.style_b = [], ""
        self._look.params.pop(FADER, None)
        self._look.routes = [route for route in self._look.routes if "." not in route.param and route.param != FADER]
        self._style, self._calm_seconds = None, 0.0

    def call(self, looks: Looks) -> None:
        """Put the look on air and hold it; `step` brings its style in the same frame."""
        looks.held = True
        looks.put(self._look.model_copy(deep=True), at_once=True)
        self._called = True

    def step(self, picture: Picture, frame: Frame) -> str:
        """Once a frame, before drawing: if called cut to the style, return its name in the look; else have it ready."""
        self._style = self._style or picture.style
        if self._style is None:
            return ""
        if self._called:
            self._called, self._calm_seconds = False, 0.0
            picture.show_style_b(None, 0.0)
            picture.show_style(self._style, 0.0)
            return self._look.style
        self._calm_seconds += frame.dt_seconds
        if picture.ready is not self._style and self._calm_seconds >= CALM_SECONDS:
            self._calm_seconds = 0.0
            picture.keep_ready(self._style)
        return ""
