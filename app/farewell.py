"""The farewell: a show that somebody watches, or that would lose something, ends only when it is asked to twice.

Main thread. It only asks people: a signal, a limit of seconds and a lost driver end a show without a question.
"""

from collections.abc import Callable
from typing import Protocol

from app.outlets import Outlets
from app.preset import Preset
from app.render.surface import Surface, WindowSurface


class Show(Protocol):
    """What a farewell is about."""

    surface: Surface
    outlets: Outlets
    preset: Preset

    @property
    def recording(self) -> object | None:
        """The running recording, or None."""
        ...


class Farewell:
    """Asks before `end` is called, if something would go."""

    def __init__(self, show: Show, end: Callable[[], None]) -> None:
        self._show, self._end = show, end
        self.asks: tuple[str, ...] = ()
        """What would go, line by line, while the question stands; else nothing."""
        self.keeps_edits = False
        """Whether a show file keeps the look on air as it is left."""
        self._changes = 0
        self.saved()

    def ask(self) -> None:
        """Somebody wants to quit: end, or put the question; asked again, end."""
        self.asks = () if self.asks else tuple(self.at_stake())
        if not self.asks:
            self._end()

    def leave(self) -> None:
        """Yes: end."""
        self.asks = ()
        self._end()

    def stay(self) -> None:
        """No: the show goes on."""
        self.asks = ()

    def saved(self) -> None:
        """Take note that the look on air is as it was saved."""
        self._name, self._kept = self._show.preset.name, self._show.preset.model_dump_json()

    def step(self, changes: int) -> None:
        """Once a frame: a look that comes is as it was saved; one that was mutated or brought back keeps its name.

        `changes` counts how often another look was put on air.
        """
        if changes != self._changes:
            self._changes = changes
            if self._show.preset.name != self._name:
                self.saved()

    @property
    def edited(self) -> bool:
        """Whether the look on air is another than it came, or was saved last."""
        return self._show.preset.model_dump_json() != self._kept

    def at_stake(self) -> list[str]:
        """Return what would go if the show ended now, one line each."""
        show = self._show
        display, feeds = show.outlets.display, show.outlets.feeds
        lines = []
        if display is not None and display.on is not None:
            lines.append(f"the picture on {display.on.name} goes dark")
        if isinstance(show.surface, WindowSurface) and show.surface.fullscreen:
            lines.append("the picture that fills this display goes dark")
        if feeds is not None and feeds.running:
            lines.append(f"{', '.join(feeds.running)}: other programs get no picture any more")
        if show.recording is not None:
            lines.append("the recording ends")
        if self.edited and not self.keeps_edits:
            lines.append(f"the edits of {show.preset.name.replace('_', ' ')} are not saved")
        return lines
