"""Training without a window: the same run in this process, ended by Ctrl+C. Main thread, where signals arrive."""

import contextlib
import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from app.problems import UserError
from app.training import store
from app.training.mailbox import Mailbox
from app.training.messages import REAL, Ended, Keep, Parts, Told
from app.training.progress import Job
from app.training.run import run_job


def open_job(root: Path, name: str, text: str, styles: Path, base: Path) -> Job:
    """Return a new job, or the unfinished one of the same name if it is the same experiment: it will go on.

    `UserError` if the unfinished job of this name is another one, or the folder can't be written.
    """
    folder = root / store.file_name(name)
    if (folder / store.JOB).exists():
        job = store.read_job(folder)
        if (job.text, job.styles) != (text, styles):
            raise UserError(f"an unfinished job is named '{job.name}' already: choose a name, or delete {folder}")
        return job
    return store.create(root, name, text, styles, base)


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
        _forget_empty(job)
    return ended


def _forget_empty(job: Job) -> None:
    """Free the name of a job that failed before anything was trained: with the mistake mended it may be taken again."""
    with contextlib.suppress(UserError), store.claimed(job):
        if not (job.folder / store.CHECKPOINT).exists():
            store.forget(job)
