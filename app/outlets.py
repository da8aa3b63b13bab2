"""The outlets: where the finished picture goes beside the window and the recorder, and with how much light.

Main thread. They change nothing of the look; panic puts another on air.
"""

from collections.abc import Callable
from typing import Protocol

from app import plugins
from app.clock import Frame
from app.looks import Looks
from app.master import Master
from app.output.display import DisplayOutput
from app.output.feeds import Feeds
from app.output.output import OUTPUTS, Output
from app.preset import Preset
from app.problems import Problems
from app.render.picture import Picture
from app.render.surface import Surface, WindowSurface
from app.rescue import Rescue

Keys = Callable[[int, int, int, int, int], None]


class Show(Protocol):
    """What outlets know of the show."""

    preset: Preset
    problems: Problems

    @property
    def picture_px(self) -> tuple[int, int]:
        """Size of the finished picture."""
        ...

    @property
    def fps(self) -> float:
        """Target frame rate."""
        ...


class Outlets:
    """`display` and `feeds` are there while the show is live; a display needs windows."""

    def __init__(self) -> None:
        self.master = Master()
        self.display: DisplayOutput | None = None
        self.feeds: Feeds | None = None
        self.rescue: Rescue | None = None

    def open(self, surface: Surface, show: Show, display: str, keys: Keys | None) -> list[Output]:
        """Make them; return those that want pictures. `keys` is told of keys pressed in the clean output."""
        self.rescue = Rescue(show.preset)
        self.feeds = Feeds(surface.ctx, show.problems, lambda: (show.picture_px, show.fps))
        if not isinstance(surface, WindowSurface):
            return [self.feeds]
        self.display = plugins.load("output", OUTPUTS, "display")(surface, show.problems, display, keys)
        return [self.feeds, self.display]

    @property
    def blackout(self) -> bool:
        """Whether the picture is black, or on its way there. The test pattern gives way to it."""
        return self.master.blackout

    @blackout.setter
    def blackout(self, on: bool) -> None:
        self.master.blackout = on
        if on:
            self._end_test_pattern()

    def next_display(self) -> None:
        """The clean output goes to the next display, or a full screen does where no clean output is in use."""
        if self.display is not None:
            self.display.next()

    def panic(self, looks: Looks) -> None:
        """All light, no test pattern, and the look that is known to draw, held."""
        self.master.full()
        self._end_test_pattern()
        if self.rescue is not None:
            self.rescue.call(looks)

    def follow_panic(self, picture: Picture, frame: Frame) -> str:
        """Once a frame: cut to the known style after a panic and return its name; else have it ready and return ""."""
        return self.rescue.step(picture, frame) if self.rescue is not None else ""

    def _end_test_pattern(self) -> None:
        if self.display is not None:
            self.display.test_pattern = False

    def close(self) -> None:
        """Close all. Safe to call twice."""
        for output in (self.display, self.feeds):
            if output is not None:
                output.close()
