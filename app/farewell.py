"""The farewell: a show that somebody watches, or that would lose something, ends only when it is asked to twice.

Main thread. It only asks people: a signal, a limit of seconds and a lost driver end a show without a question.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from app.outlets import Outlets
from app.preset import Preset
from app.render.surface import Surface, WindowSurface
from app.show.undo import Undo


class Farewell:
    """`at_stake` says what would go; with nothing of the kind, `end` is called at once."""

    def __init__(self, end: Callable[[], None], at_stake: Callable[[], Iterable[str]]) -> None:
        self._end, self._at_stake = end, at_stake
        self.asks: tuple[str, ...] = ()
        """What would go, line by line, while the question stands; else nothing."""

    def ask(self) -> None:
        """Somebody wants to quit: end, or put the question; asked again, end."""
        self.asks = () if self.asks else tuple(self._at_stake())
        if not self.asks:
            self._end()

    def leave(self) -> None:
        """Yes: end."""
        self.asks = ()
        self._end()

    def stay(self) -> None:
        """No: the show goes on."""
        self.asks = ()


class Show(Protocol):
    """What a farewell is about."""

    surface: Surface
    outlets: Outlets
    preset: Preset
    undo: Undo
    keeps_edits: bool
    """Whether a show file keeps the look on air as it is left."""

    @property
    def recording(self) -> object | None:
        """The running recording, or None."""
        ...


def at_stake(show: Show) -> list[str]:
    """Return what would go if the show ended now, one line each."""
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
    if show.undo.edited and not show.keeps_edits:
        lines.append(f"the edits of {show.preset.name.replace('_', ' ')} are not saved")
    return lines
