"""The trainer: the queue of jobs as the window sees it. Main thread; torch-free; no call here waits for anything.

One job trains at a time, in a process of its own (`app.training.worker`). A job that was interrupted, by whatever, is
found again at the next start and waits to be continued by hand.
"""

import time
from dataclasses import replace
from pathlib import Path

from app import paths
from app.problems import Problems, UserError, nearest
from app.training import store
from app.training.easing import Easing
from app.training.link import Link
from app.training.messages import (
    REAL,
    Began,
    Cancel,
    Doing,
    Ease,
    Ended,
    Hurry,
    Keep,
    Order,
    Parts,
    Pause,
    Remark,
    Resume,
    Share,
    Told,
    Update,
    Updated,
)
from app.training.pace import Pace
from app.training.progress import Job, JobStatus, Progress
from app.training.worker import NICENESS

LOG_LINES = 200
CURVE_POINTS = 4096
UNFINISHED = ("waiting", "running", "paused", "keeping", "failed")
STARTING = "starts a process of its own"
BUSY = ("running", "paused", "keeping")


class Trainer:
    """Jobs in order of submission; finished ones stay listed until the program ends."""

    def __init__(
        self,
        folder: Path,
        problems: Problems,
        styles: Path | None = None,
        parts: Parts = REAL,
        niceness: int = NICENESS,
    ) -> None:
        """List unfinished jobs in `folder` (one sub-folder each); none is started unasked.

        Finished styles go to `styles`, by default the user's own folder. What goes wrong is told to `problems`, once.
        """
        self._folder = folder
        self._problems = problems
        self._styles = styles or paths.data("styles")
        self._parts = parts
        self._niceness = niceness
        self._link: Link | None = None
        self._easing, self._pace = Easing(), Pace()
        self._by_id: dict[str, JobStatus] = {}
        self._listed: tuple[JobStatus, ...] = ()
        self._finished: list[Path] = []
        for found in store.unfinished(folder):
            if isinstance(found, UserError):
                problems.report(str(found))
            else:
                self._by_id[found.id] = JobStatus(found, "waiting", by_hand=True)

    # ------------------------------------------------------------------ what can be seen

    @property
    def statuses(self) -> tuple[JobStatus, ...]:
        """Every job, in order of submission; the same object until something changes."""
        if not self._listed:
            self._listed = tuple(self._by_id.values())
        return self._listed

    @property
    def pid(self) -> int:
        """The training process, 0 while there is none."""
        return self._link.pid if self._link is not None else 0

    def free_name(self, name: str) -> str:
        """Return `name` as a file name that no unfinished job and no style has yet: appends -2, -3 …."""
        name = free = store.file_name(name)
        number = 1
        while self._taken(free):
            number += 1
            free = f"{name}-{number}"
        return free

    def _taken(self, name: str) -> bool:
        return self._job_named(name) or store.name_taken(self._styles, name)

    def _job_named(self, name: str) -> bool:
        return any(status.job.name == name and status.state in UNFINISHED for status in self._by_id.values())

    # ------------------------------------------------------------------ what can be done

    def submit(self, name: str, text: str, base: Path | None = None) -> Job:
        """Queue a job; it starts with the next `poll` if no other one trains.

        `text` is the experiment's YAML; relative paths in it start at `base`, by default the user's experiments.
        `UserError` if an unfinished job or a style has this name, or the folder cannot be written. Mistakes in the
        experiment itself end the job as "failed", with one line in `JobStatus.problem`.
        """
        name = store.file_name(name)
        if self._taken(name):
            what = "unfinished job" if self._job_named(name) else "style"
            raise UserError(f"there is {'an' if what[0] == 'u' else 'a'} {what} '{name}' already; "
                            f"name this one '{self.free_name(name)}', say")  # fmt: skip
        job = store.create(self._folder, name, text, self._styles, base or paths.data("experiments"))
        self._by_id.pop(job.id, None)  # one of this name that is done or cancelled
        self._set(JobStatus(job, "waiting"))
        return job

    def pause(self, job_id: str) -> None:
        """Hold a running job in memory; a job that waits for its turn waits for `resume` instead."""
        status = self._status(job_id)
        if status.state == "running":
            self._tell(Pause())
            self._set(replace(status, state="paused"))
        elif status.state == "waiting":
            self._set(replace(status, by_hand=True))

    def resume(self, job_id: str) -> None:
        """Go on with a paused job, or put one that waits by hand or failed back in the queue.

        It goes on from its last checkpoint. `UserError` for a job that is done or cancelled.
        """
        status = self._status(job_id)
        if status.state == "paused":
            self._tell(Resume())
            self._set(replace(status, state="running"))
        elif status.state in ("waiting", "failed"):
            self._set(replace(status, state="waiting", by_hand=False, problem=""))
        elif status.state in ("done", "cancelled"):
            raise UserError(f"'{status.job.name}' is {status.state}; start a new job to train it again")

    def cancel(self, job_id: str) -> None:
        """End a job and forget its checkpoint; what is done stays."""
        status = self._status(job_id)
        if status.state in BUSY:
            self._tell(Cancel())
        elif status.state in UNFINISHED:
            store.forget(status.job)
            self._set(replace(status, state="cancelled", problem=""))

    def keep(self, job_id: str) -> None:
        """Stop a running or paused job early; its best becomes the finished style."""
        status = self._status(job_id)
        if status.state not in BUSY:
            raise UserError(f"'{status.job.name}' is not being trained; continue it first")
        self._tell(Keep())
        self._set(replace(status, state="keeping"))

    def update(self, job_id: str, text: str) -> None:
        """Go on with a changed experiment from the current network; one that can't be read changes nothing but the log.

        A job that is not being trained now goes on with the new text when it is. One that failed is put in the queue:
        it is mended; where it had come to nothing it begins again.
        """
        status = self._status(job_id)
        if status.state in BUSY:
            self._tell(Update(text))
        elif status.state in UNFINISHED:
            job = replace(status.job, text=text)
            store.write_job(job)
            status = replace(status, job=job)
            if status.state == "failed":
                store.renew(job)
                status = replace(status, state="waiting", by_hand=False, problem="")
            self._set(status)

    def _status(self, job_id: str) -> JobStatus:
        if job_id not in self._by_id:
            raise UserError(f"unknown job '{job_id}'{nearest(job_id, self._by_id)}")
        return self._by_id[job_id]

    def _set(self, status: JobStatus) -> None:
        self._by_id[status.job.id] = status
        self._listed = ()

    # ------------------------------------------------------------------ every frame

    def ease(self, misses: bool, slack: float = 1.0) -> None:
        """Say, once a frame, whether this frame came late, and which part of its time was left (0..1).

        Training rests while the show misses frames; on a graphics card it takes only what is left.
        """
        if self._link is None:
            return
        if self._pace.step(slack):
            self._tell(Share(self._pace.share))
        rested = self._easing.resting
        if self._easing.step(misses, time.monotonic()) != rested:
            self._tell(Hurry() if rested else Ease())
            self._set(replace(self._by_id[self._link.job.id], eased=not rested))

    def poll(self) -> tuple[Path, ...]:
        """Take in what the worker told, start the next job; return the files of styles finished since the last call.

        Call once a frame: costs a few microseconds when there is nothing new.
        """
        if self._link is None:
            self._start_next()
            return ()
        for told in self._link.take():
            self._note(told)
        finished, self._finished = tuple(self._finished), []
        return finished

    def _start_next(self) -> None:
        for status in self._by_id.values():
            if status.state == "waiting" and not status.by_hand:
                self._easing, self._pace = Easing(), Pace()
                self._link = Link(status.job, self._parts, self._niceness)
                self._set(replace(status, state="running", doing=STARTING, log=(*status.log, "starting")))
                return

    def _tell(self, order: Order) -> None:
        if self._link is not None:
            self._link.tell(order)

    def _note(self, told: Told) -> None:
        assert self._link is not None
        status = self._by_id[self._link.job.id]
        match told:
            case Doing():
                status = replace(status, doing=told.text, log=_longer(status, told.text))
            case Began():
                status = replace(status, curve=told.curve, log=_longer(status, f"training from step {told.step}"))
            case Progress():
                status = _advanced(status, told)
            case Remark():
                status = self._remarked(status, told)
            case Updated():
                status = replace(status, job=replace(status.job, text=told.text), log=_longer(status, "updated"))
            case Ended():
                status = self._ended(status, told)
        self._set(status)

    def _remarked(self, status: JobStatus, remark: Remark) -> JobStatus:
        if remark.trouble:
            self._problems.report(remark.text)
        return replace(status, log=_longer(status, remark.text))

    def _ended(self, status: JobStatus, ended: Ended) -> JobStatus:
        """Make room for the next job."""
        self._link = None
        if ended.problem:
            self._problems.report(ended.problem)
        if ended.result is not None:
            self._finished.append(ended.result)
        return replace(
            status,
            state=ended.state,
            problem=ended.problem,
            result=ended.result,
            by_hand=ended.state == "waiting",
            eased=False,
            log=_longer(status, ended.problem or ended.state),
        )

    def close(self) -> None:
        """Stop training, leaving a checkpoint; waits at most three seconds for it."""
        if self._link is not None:
            self._link.close()
            self._link = None


def _longer(status: JobStatus, line: str) -> tuple[str, ...]:
    return (*status.log[1 - LOG_LINES :], line)


def _advanced(status: JobStatus, progress: Progress) -> JobStatus:
    curve = status.curve if len(status.curve) < CURVE_POINTS else status.curve[::2]
    log = _longer(status, progress.remark) if progress.remark else status.log
    point = (progress.step, progress.guide, progress.held_out)
    return replace(status, progress=progress, curve=(*curve, point), log=log)
