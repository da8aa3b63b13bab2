"""What travels between the window and the training process. Frozen data, torch-free.

Orders go to the worker; of those in one slot only the latest counts, so that nothing can pile up. What comes back is
`Told`: `Progress` and the rest.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from app.training.progress import Progress


@dataclass(frozen=True, slots=True)
class Pause:
    """Hold until `Resume`."""

    slot: ClassVar[str] = "hold"


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on after `Pause`."""

    slot: ClassVar[str] = "hold"


@dataclass(frozen=True, slots=True)
class Ease:
    """Rest: the show needs the machine."""

    slot: ClassVar[str] = "pace"


@dataclass(frozen=True, slots=True)
class Hurry:
    """Go on after `Ease`."""

    slot: ClassVar[str] = "pace"


@dataclass(frozen=True, slots=True)
class Share:
    """On a graphics card, take this part of the time, 0..1."""

    part: float
    slot: ClassVar[str] = "share"


@dataclass(frozen=True, slots=True)
class Update:
    """Go on from the current network with another experiment (YAML text)."""

    text: str
    slot: ClassVar[str] = "update"


@dataclass(frozen=True, slots=True)
class Keep:
    """Stop early and keep the best."""

    slot: ClassVar[str] = "end"


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop and forget everything."""

    slot: ClassVar[str] = "end"


@dataclass(frozen=True, slots=True)
class Leave:
    """Stop, leaving a checkpoint to go on from."""

    slot: ClassVar[str] = "end"


Order = Pause | Resume | Ease | Hurry | Share | Update | Keep | Cancel | Leave


@dataclass(frozen=True, slots=True)
class Doing:
    """What takes its time before the first progress, in a few words."""

    text: str


@dataclass(frozen=True, slots=True)
class Began:
    """The judges are open and the networks built; `curve` is what earlier parts of this run left."""

    step: int
    curve: tuple[tuple[int, float, float | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """One line for the log; `trouble` marks what the performer should see outside of it, too."""

    text: str
    trouble: bool = False


@dataclass(frozen=True, slots=True)
class Updated:
    """The experiment that is being trained from now on, as written."""

    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The last message of a run. `problem` is one line; `result` the finished style's file."""

    state: Literal["done", "cancelled", "failed", "waiting"]
    problem: str = ""
    result: Path | None = None


Told = Doing | Began | Progress | Remark | Updated | Ended


@dataclass(frozen=True, slots=True)
class Parts:
    """What a run is made of, each "module:attribute", imported in the process that trains."""

    training: str = "app.training.loop:Training"
    reader: str = "app.training.experiment_file:tried_experiment"
    judge: str = "app.training.judges.judge:open_judge"
    measured: str = "app.training.evaluate.quick:measured"


REAL = Parts()
