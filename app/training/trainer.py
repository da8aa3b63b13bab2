"""The trainer: the queue of jobs as the window sees it. Main thread; torch-free; no call here waits for anything.

One job trains at a time, in a process of its own (`app.training.worker`). A job that was interrupted, by whatever, is
found again at the next start and waits to be continued by hand.
"""

from pathlib import Path

from app.problems import Problems
from app.training.messages import Parts
from app.training.progress import Job, JobStatus


class Trainer:
    """Jobs in order of submission; finished ones stay listed until the program ends."""

    def __init__(self, folder: Path, problems: Problems, styles: Path | None = None, parts: Parts = Parts()) -> None:
        """List unfinished jobs in `folder` (one sub-folder each); none is started unasked.

        Finished styles go to `styles`, by default the user's own folder. What goes wrong is told to `problems`, once.
        """
        raise NotImplementedError

    @property
    def statuses(self) -> tuple[JobStatus, ...]:
        """Every job, in order of submission; the same object until something changes."""
        raise NotImplementedError

    def free_name(self, name: str) -> str:
        """Return `name` as a file name that no unfinished job and no style has yet: appends -2, -3 …."""
        raise NotImplementedError

    def submit(self, name: str, text: str) -> Job:
        """Queue a job; it starts at once if no other one trains.

        `text` is the experiment's YAML. `UserError` if an unfinished job or a style has this name, or the folder cannot
        be written. Mistakes in the experiment itself end the job as "failed", with one line in `JobStatus.problem`.
        """
        raise NotImplementedError

    def pause(self, job_id: str) -> None:
        """Hold a running job in memory; a job that waits for its turn waits for `resume` instead."""
        raise NotImplementedError

    def resume(self, job_id: str) -> None:
        """Go on with a paused job; put a job that waits by hand, or failed, back in the queue: it goes on from its
        last checkpoint. `UserError` for a job that is done or cancelled."""
        raise NotImplementedError

    def cancel(self, job_id: str) -> None:
        """End a job and forget its checkpoint; what is done stays."""
        raise NotImplementedError

    def keep(self, job_id: str) -> None:
        """Stop a running or paused job early; its best becomes the finished style."""
        raise NotImplementedError

    def update(self, job_id: str, text: str) -> None:
        """Go on with a changed experiment from the current network; one that can't be read changes nothing but the log.

        A job that has not begun simply gets the new text.
        """
        raise NotImplementedError

    def ease(self, misses: bool) -> None:
        """Say, once a frame, whether this frame came late. Training rests while the show misses frames."""
        raise NotImplementedError

    def poll(self) -> tuple[Path, ...]:
        """Take in what the worker told, start the next job; return the files of styles finished since the last call.

        Call once a frame: costs a few microseconds when there is nothing new.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Stop training, leaving a checkpoint; waits at most two seconds for it."""
        raise NotImplementedError
