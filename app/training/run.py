"""One run from a job to a style: reads, trains, obeys, keeps. The same in the training process and in the foreground.

Knows no process and no window: what it tells goes to `send`, what it is told comes from `receive`. Never raises.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app import plugins
from app import style as styles
from app.problems import Problems, UserError
from app.style import Style, checked
from app.training import checkpoints, pace, store
from app.training.experiment import Experiment
from app.training.messages import (
    REAL,
    Began,
    Cancel,
    Doing,
    Ease,
    Ended,
    Hurry,
    Keep,
    Leave,
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
from app.training.progress import Checkpoint, Job, Progress
from app.training.trial import remarks
from app.training.wording import understood

CHECKPOINT_SECONDS = 8.0
"""With a yield every half second, less than 10 s lie between two checkpoints."""
RETRY_SECONDS = 5.0
Send = Callable[[Told], None]
Receive = Callable[[float], Sequence[Order]]
"""Returns the newest orders, waiting at most so many seconds for one."""


def run_job(job: Job, send: Send, receive: Receive, parts: Parts = REAL, patience_seconds: float = 0.0) -> Ended:
    """Train until the job ends; `Ended` is returned, not sent.

    A finished style that the disk does not take is held in memory and tried again for `patience_seconds`.
    """
    caught = _Caught()
    ended = Ended("failed")
    with caught.guard("training"), _memory_named(), store.claimed(job):
        ended = _Run(job, send, receive, parts, patience_seconds).run()
    return replace(ended, problem=caught.text) if caught.text else ended


class _Caught(Problems):
    """Keeps the one problem that ended a run; who is told of it will log it."""

    text = ""

    def report(self, text: str, about: str = "") -> None:  # noqa: ARG002 - as its base has it
        self.text = " ".join(text.split())[:500]


@contextmanager
def _memory_named() -> Iterator[None]:
    """Out of memory is a mistake that a person can fix, whoever noticed it."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        text = str(error)
        if isinstance(error, MemoryError) or "out of memory" in text or "can't allocate memory" in text:
            hint = "choose a smaller resolution, batch_size or judge, then continue it"
            raise UserError(f"out of memory while training; {hint}") from None
        raise


class _Run:
    """The state of one run."""

    def __init__(self, job: Job, send: Send, receive: Receive, parts: Parts, patience_seconds: float) -> None:
        self._job = job
        self._send = send
        self._receive = receive
        self._parts = parts
        self._patience_seconds = patience_seconds
        self._judges: dict[str, Any] = {}
        self._remarked: set[str] = set()
        self._best = store.read_best(job)
        self._last: Style | None = None
        self._best_is_stored = True
        self._held = self._eased = False
        self._share, self._stepped_seconds = 1.0, time.monotonic()
        self._end: Keep | Cancel | Leave | None = None
        self._stored_seconds = -CHECKPOINT_SECONDS
        self._trouble = ""

    def run(self) -> Ended:
        training = self._build()
        if training.on_gpu:
            training.between_steps = self._rest
        problem = ""
        try:
            for progress in training.steps():
                self._take(progress)
                self._follow(training)
                if self._end is not None:
                    break
        except UserError as error:  # a number of the experiment that only this step could show
            if self._best is None:
                raise
            problem = f"{error}; the best until then is kept"
        return self._stop(training) if self._stopping else replace(self._finish(training), problem=problem)

    # ------------------------------------------------------------------ before

    def _build(self) -> Any:
        stored, experiment = self._begun()
        checkpoint = stored and Checkpoint(experiment, stored.step, stored.arrays, stored.numbers, stored.history)
        self._open_judges(experiment)
        training = self._part(self._parts.training)(experiment, self._judges, checkpoint)
        curve = tuple(row[:3] for row in checkpoint.history) if checkpoint else ()
        self._send(Began(checkpoint.step if checkpoint else 0, curve))
        self._send(Doing("builds the network" if checkpoint else "looks for drawings or networks to begin with"))
        if stored and stored.text != self._job.text:
            self._change(training, self._job.text)
        return training

    def _begun(self) -> tuple[checkpoints.Stored | None, Experiment]:
        """Return the checkpoint, if there is one, and the experiment to begin or go on with."""
        stored = self._stored()
        if stored is not None and stored.text != self._job.text:
            try:
                return stored, self._experiment(stored.text)
            except UserError as error:
                self._send(Remark(f"{error}; '{self._job.name}' begins again with what was mended", trouble=True))
                stored = self._best = None
        return stored, self._experiment(self._job.text)

    def _stored(self) -> checkpoints.Stored | None:
        path = self._job.folder / store.CHECKPOINT
        if not path.exists():
            return None
        try:
            return checkpoints.read(path)
        except UserError as error:
            self._send(Remark(f"{error}; '{self._job.name}' begins again", trouble=True))
            self._best = None
            return None

    def _experiment(self, text: str) -> Experiment:
        read: Experiment = self._part(self._parts.reader)(text, self._job.name, self._job.base)
        return read

    def _open_judges(self, experiment: Experiment) -> None:
        """Open what the experiment names and is not open yet, in the mapping that the loop holds.

        Given weights are the first guide's.
        """
        for name in filter(None, dict.fromkeys((*experiment.judges, experiment.held_out))):
            if name not in self._judges:
                self._send(Doing(f"opens the judge '{name}'"))
                weights = experiment.judge_weights if name == experiment.judges[0] else None
                self._judges[name] = self._part(self._parts.judge)(name, weights)
        for line, trouble in understood(experiment, self._judges):
            self._remark_once(line, trouble)
        for line in remarks(experiment):
            self._remark_once(line, trouble=False)

    def _remark_once(self, line: str, trouble: bool) -> None:
        if line not in self._remarked:
            self._remarked.add(line)
            self._send(Remark(line, trouble))

    def _part(self, place: str) -> Any:
        return plugins.load("part", {place: place}, place)

    # ------------------------------------------------------------------ between two steps

    def _take(self, progress: Progress) -> None:
        self._last = progress.style or self._last
        if progress.best and progress.style is not None:
            self._best, self._best_is_stored = progress.style, False
        self._send(progress)

    def _follow(self, training: Any) -> None:
        """Obey, rest as long as asked, and leave a checkpoint when it is time."""
        self._obey(training, 0.0)
        if self._held or time.monotonic() - self._stored_seconds >= CHECKPOINT_SECONDS:
            self._store(training)
        while self._resting:
            self._obey(training, 1.0)

    def _rest(self) -> None:
        """On a graphics card, leave the show its part of the time."""
        time.sleep(pace.rest_seconds(time.monotonic() - self._stepped_seconds, self._share))
        self._stepped_seconds = time.monotonic()

    @property
    def _resting(self) -> bool:
        return (self._held or self._eased) and self._end is None

    def _obey(self, training: Any, wait_seconds: float) -> None:
        for order in self._receive(wait_seconds):
            match order:
                case Pause() | Resume():
                    self._held = isinstance(order, Pause)
                case Ease() | Hurry():
                    self._eased = isinstance(order, Ease)
                case Share():
                    self._share = order.part
                case Update():
                    self._change(training, order.text)
                case Keep() | Cancel() | Leave():
                    self._end = order

    def _change(self, training: Any, text: str) -> None:
        """Go on with another experiment; one that is wrong changes nothing."""
        try:
            experiment = self._experiment(text)
            self._open_judges(experiment)
            training.update(experiment)
        except UserError as error:
            self._send(Remark(f"not updated: {error}", trouble=True))
            return
        self._job = replace(self._job, text=text)
        self._send(Updated(text))
        with self._told_once():
            store.write_job(self._job)

    def _store(self, training: Any) -> None:
        """Leave a checkpoint; where the disk does not take it, the one before stays and training goes on."""
        self._stored_seconds = time.monotonic()
        with self._told_once():
            if self._best is not None and not self._best_is_stored:
                store.write_best(self._job, self._best)
                self._best_is_stored = True
            checkpoints.write(self._job.folder / store.CHECKPOINT, training.checkpoint(), self._job.text)
            self._trouble = ""  # should it come again, it is told again

    @contextmanager
    def _told_once(self) -> Iterator[None]:
        try:
            yield
        except UserError as error:
            self._tell_once(error)

    def _tell_once(self, error: UserError) -> None:
        if str(error) != self._trouble:
            self._trouble = str(error)
            self._send(Remark(self._trouble, trouble=True))

    # ------------------------------------------------------------------ after

    def _finish(self, training: Any) -> Ended:
        style = self._best or self._last
        if style is None:
            raise UserError(f"'{self._job.name}' has nothing to keep yet; let it train a few seconds longer")
        if not style.header.created:
            style = replace(style, header=replace(style.header, created=datetime.now(UTC).date().isoformat()))
        checked(style, self._job.folder / store.BEST)
        self._store(training)  # what the styles' folder does not take stays in the job's own
        give_up_seconds = time.monotonic() + self._patience_seconds
        while True:
            self._end = None
            try:
                path = store.finish(self._job, style, training.checkpoint().history)
            except UserError as error:
                if time.monotonic() >= give_up_seconds:
                    self._store(training)  # else the best would be nowhere
                    raise
                self._tell_once(error)
            else:
                store.forget(self._job)
                self._measure(path)
                return Ended("done", result=path)
            self._obey(training, RETRY_SECONDS)
            if self._stopping:
                return self._stop(training)

    def _measure(self, path: Path) -> None:
        """Add to the header how the style moves; it lies there complete, so nothing is lost where this fails."""
        with self._told_once():
            styles.save(self._part(self._parts.measured)(styles.load(path)), path)

    @property
    def _stopping(self) -> bool:
        """Whether the run ends without a style."""
        return isinstance(self._end, Cancel | Leave)

    def _stop(self, training: Any) -> Ended:
        """End without a style: forget everything, or leave it to be continued."""
        if isinstance(self._end, Cancel):
            store.forget(self._job)
            return Ended("cancelled")
        self._store(training)
        return Ended("waiting")
