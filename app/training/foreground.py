"""Training without a window: the same run in this process, ended by Ctrl+C. Main thread, where signals arrive."""

import contextlib
import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from app.problems import UserError
from app.training import checkpoints, store
from app.training.mailbox import Mailbox
from app.training.messages import REAL, Ended, Keep, Parts, Told
from app.training.progress import Job
from app.training.run import run_job


def open_job(root: Path, name: str, text: str, styles: Path, base: Path) -> Job:
    """Return a new job, or the unfinished one of the same name if it is the same experiment: it will go on.

    A job of this name that failed makes room; the best that it had come to becomes a style. `UserError` if the
    unfinished job of this name was interrupted and is another one, or the folder can't be written.
    """
    folder = root / store.file_name(name)
    if (folder / store.JOB).exists():
        job = store.read_job(folder)
        if (job.text, job.styles) == (text, styles):
            return job
        if not store.has_failed(folder):
            raise UserError(f"an unfinished job is named '{job.name}' already: choose a name, or delete {folder}")
        _make_room(job)
    return store.create(root, name, text, styles, base)


def _make_room(job: Job) -> None:
    with store.claimed(job):
        best = store.read_best(job)
        if best is not None:
            store.finish(job, best, ())
        store.forget(job)


def train(job: Job, tell: Callable[[Told], None], parts: Parts = REAL) -> Ended:
    """Run a job to its end; the first Ctrl+C keeps the best so far, a second one stops at once.

    Whatever stops it, the last checkpoint stays, and the same command goes on from there.
    """
    mailbox = Mailbox()

    def keep(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal module's shape
        mailbox.put(Keep())
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, keep)
    try:
        ended = run_job(job, tell, mailbox.take, parts)
    finally:
        signal.signal(signal.SIGINT, before)
    if ended.state == "failed":
        _leave(job)
    return ended


def _leave(job: Job) -> None:
    """Let a mended experiment take the name of a job that failed: forget one that made nothing, mark any other."""
    with contextlib.suppress(UserError), store.claimed(job):
        if (job.folder / store.BEST).exists():
            store.write_job(job, failed=True)
        elif not _holds_a_best(job):
            store.forget(job)


def _holds_a_best(job: Job) -> bool:
    """Whether a checkpoint holds work that is only there: the disk was full when the style was to be kept."""
    try:
        stored = checkpoints.read(job.folder / store.CHECKPOINT)
    except UserError:
        return False
    return any(name.startswith("best.") for name in stored.arrays)
