"""The training loop: a generator without input or output. Runs wherever it is called; knows no queue and no window."""

from collections.abc import Generator, Mapping

from app.training.experiment import Experiment
from app.training.judges.judge import Judge
from app.training.progress import Checkpoint, Progress


class Training:
    """One run. `steps()` yields `Progress` every few steps; between two of them it may be saved or changed."""

    def __init__(
        self, experiment: Experiment, judges: Mapping[str, Judge], checkpoint: Checkpoint | None = None
    ) -> None:
        """Build the networks. `judges` holds every judge the experiment names. A checkpoint goes on from its step."""
        raise NotImplementedError

    def steps(self) -> Generator[Progress]:
        """Yield after the search, then about twice a second; the last one is the end of the run."""
        raise NotImplementedError

    def update(self, experiment: Experiment) -> None:
        """Go on from the current network at the current step with a changed experiment."""
        raise NotImplementedError

    def checkpoint(self) -> Checkpoint:
        """Return all that is needed to go on after a crash."""
        raise NotImplementedError
