"""What a training run tells, and what it can be told. Frozen data, torch-free: it travels between processes."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from app.style import Style
from app.training.experiment import Experiment


@dataclass(frozen=True, slots=True)
class Match:
    """How one feature of one target fared over the last 30 steps. Similarities are cosine × 100."""

    target: str
    feature: str
    count: int
    share: float
    """Of all views that could have chosen it, 0..1."""
    weight: float
    loss: float
    similarity: float
    similarity_low: float
    similarity_high: float
    total: int = 0
    """Views that counted for it since the run began, by all guides."""


class Row(NamedTuple):
    """One line of a run's history. Cosines × 100; `held_out` is None where no judge of its own keeps the best."""

    step: int
    guide: float
    held_out: float | None
    loss: float
    width: int = 0
    height: int = 0
    """Of the picture at this step, in pixels; 0 in the history of an earlier version, as all that follows."""
    views: int = 0
    """Drawn for the guides since the row before, the search's left out."""
    heard: tuple[float, ...] = ()
    """Mean of the audio features that this step's views were drawn with."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands. `guide` and `held_out` are cosine × 100, `held_out` None where it was not asked just now,
    and where the guide itself keeps the best.

    `style` is the smoothed network as it is now, ready to be drawn; `best` says whether it is the best so far.
    """

    step: int
    steps: int
    seconds: float
    stage: str
    guide: float
    held_out: float | None
    loss: float
    reaction: float
    style: Style | None = None
    best: bool = False
    matches: tuple[Match, ...] = ()
    remark: str = ""
    size: tuple[int, int] = (0, 0)
    """Width and height of the picture at this step, in pixels."""
    stage_share: float = 0.0
    """How much of a stage before the first step is done, 0..1."""
    stage_eta_seconds: float = 0.0
    """Seconds to go in it at its pace so far; 0 where that is not known."""

    @property
    def eta_seconds(self) -> float:
        """Seconds to go at the mean pace so far; 0 before the first step."""
        return self.seconds / self.step * (self.steps - self.step) if self.step else 0.0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that a run needs to go on: written to disk as one file, read back without running anything in it."""

    experiment: Experiment
    step: int
    arrays: dict[str, object]
    """Name → NumPy array: weights, their mean, the optimiser's moments, the best so far."""
    numbers: dict[str, float]
    history: tuple[Row, ...] = ()


JobState = Literal["waiting", "running", "paused", "keeping", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Job:
    """One order to train: the experiment's YAML text as written, and where results go."""

    id: str
    name: str
    """Name of the style to be; unique among jobs and styles."""
    text: str
    folder: Path
    """Where its checkpoint, its history and the best style so far are kept."""
    styles: Path
    """The folder that the finished style and its history are put into."""
    base: Path = Path()
    """Relative paths in the experiment start here."""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job as a panel shows it."""

    job: Job
    state: JobState
    progress: Progress | None = None
    curve: tuple[tuple[int, float, float | None], ...] = ()
    log: tuple[str, ...] = ()
    problem: str = ""
    result: Path | None = field(default=None)
    """The finished style's file."""
    by_hand: bool = False
    """A waiting job that only `Trainer.resume` continues: interrupted, or found unfinished at the start."""
    eased: bool = False
    """A running job that rests because the show needs the machine."""
    doing: str = ""
    """What is done before there is any progress to tell of, in a few words."""
