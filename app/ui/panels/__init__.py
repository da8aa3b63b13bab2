"""The panels: one per file, listed here with the place each has at first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from app.ui.desk import Desk
from app.ui.panels.control import Control
from app.ui.panels.decks import Decks
from app.ui.panels.displays import Displays
from app.ui.panels.effects import Effects
from app.ui.panels.look import Look
from app.ui.panels.macros import Macros
from app.ui.panels.output import Output
from app.ui.panels.queue import Queue
from app.ui.panels.sound import Sound
from app.ui.panels.stats import Stats
from app.ui.panels.styles import Styles
from app.ui.panels.train import Train
from app.ui.view import View


class Panel(Protocol):
    """Something drawn inside an ImGui window of its own; it may keep what a person is typing, nothing else."""

    def draw(self, desk: Desk, view: View) -> None:
        """Draw its contents and act on what was done to them."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """One panel: its title, where it lies at first, how it is made."""

    title: str
    place: Literal["left", "lower left", "right", "bottom"]
    make: Callable[[], Panel]


PANELS: tuple[Place, ...] = (
    Place("Sound", "left", Sound),
    Place("Output", "lower left", Output),
    Place("Displays", "lower left", Displays),
    Place("Stats", "lower left", Stats),
    Place("Decks", "lower left", Decks),
    Place("Styles", "bottom", Styles),
    Place("Queue", "bottom", Queue),
    Place("Macros", "bottom", Macros),
    Place("Look", "right", Look),
    Place("Effects", "right", Effects),
    Place("Train", "right", Train),
    Place("Control", "right", Control),
)
