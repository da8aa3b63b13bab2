"""The stage: the little of a show that controllers may see and change. The running show and every desk are one."""

from typing import Any, Protocol

from app.change_time import ChangeTime
from app.clock import Frame
from app.looks import Looks
from app.mixer import Mixer
from app.outlets import Outlets
from app.params import Param
from app.preset import Preset
from app.problems import Problems
from app.show.undo import Undo
from app.tempo.launch import Launch
from app.tempo.tempo import Tempo
from app.training.trainer import Trainer


class Stage(Protocol):
    """What actions act on. Main thread."""

    preset: Preset
    looks: Looks
    problems: Problems
    frame: Frame
    tempo: Tempo
    launch: Launch
    change_time: ChangeTime
    """How long the next change of look takes."""
    mixer: Mixer
    frozen: bool
    blackout: bool
    outlets: Outlets
    """Where the picture goes, and with how much light."""
    undo: Undo
    """Edits of the look on air, bindings and marks, to be taken back."""

    @property
    def recording(self) -> object | None:
        """The running recording, or None."""
        ...

    @property
    def trainer(self) -> Trainer | None:
        """The queue of training jobs, or None where nothing is trained."""
        ...

    @property
    def targets(self) -> dict[str, Param]:
        """Every parameter of the look on air, its effects' included."""
        ...

    @property
    def style_names(self) -> list[str]:
        """All styles of the library."""
        ...

    @property
    def transitions(self) -> list[str]:
        """Names of the effects that lead from one picture to another."""
        ...

    def choose_look(self, name: str, *, cut: bool = False) -> None:
        """Put a preset on air; at once with `cut`, else as long as changes take."""
        ...

    def choose_style(self, name: str) -> None:
        """Crossfade to a style."""
        ...

    def step_look(self, count: int, *, cut: bool = False) -> None:
        """Next (1) or previous (-1) preset."""
        ...

    def random_look(self, *, cut: bool = False) -> None:
        """Any other preset."""
        ...

    def look_before(self) -> None:
        """The preset before, as it was left."""
        ...

    def mark(self, look: str, **changes: Any) -> None:
        """Change stars, favourite, ticked or tags of a look."""
        ...

    def toggle_record(self) -> None:
        """Start or finish a recording."""
        ...

    def toggle_fullscreen(self) -> None:
        """Cover the monitor or go back."""
        ...
