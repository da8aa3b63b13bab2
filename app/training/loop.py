"""The training loop: a generator without input or output. Runs wherever it is called; knows no queue and no window.

One step: every active target draws its views at moments of its own, judges them, and all losses together move the
network once. A style is practised over many times and sounds, never on one frame.
"""

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from app.cppn.net import Net
from app.problems import UserError
from app.style import Header, Style
from app.training import changes, device, fitting, saved, sketches, starts
from app.training.credits import credits
from app.training.experiment import Experiment, variables
from app.training.judges.judge import Judge
from app.training.keeper import Keeper
from app.training.optimizers import Optimizer, faded, optimizer
from app.training.progress import Checkpoint, Progress, Row
from app.training.sitting import Sitting, aspect
from app.training.sounds import Moments
from app.training.wording import knows_nothing_of

Tensor = Any
TELL_SECONDS = 0.5
HELD_OUT_EVERY = 10
SMOOTHING = 0.04
"""How much of each step goes into the smoothed weights, which are what is shown, judged and kept."""
EARLY_SMOOTHING, EARLY_STEPS = 0.1, 40
HEAT_STEPS = 10
TOLD_EVERY, SHOWN_EVERY = 10, 30
"""Steps of a fit between two words about it, and between two previews."""


@dataclass(frozen=True, slots=True)
class _Pupil:
    """A network in training, its smoothed twin, and what moves it."""

    net: Net
    smooth: Net
    optimizer: Optimizer
    w0: float


class Training:
    """One run. `steps()` yields `Progress` every few steps; between two of them it may be saved or changed."""

    def __init__(
        self, experiment: Experiment, judges: Mapping[str, Judge], checkpoint: Checkpoint | None = None
    ) -> None:
        """Build the networks. `judges` holds every judge the experiment names. A checkpoint goes on from its step."""
        self._judges = judges
        self._generator = torch.Generator(device.use(experiment)).manual_seed(experiment.seed)
        torch.manual_seed(experiment.seed)
        self.between_steps: Callable[[], None] = lambda: None
        """Called after every step, when the graphics card has done it too."""
        self._pupil: _Pupil | None = None
        self._ready = False
        self._step, self._started = experiment.start_epoch, time.monotonic()
        self._seconds_before = self._loss = 0.0
        self._pace = 1.0
        self._stage, self._stage_began, self._stage_count = "", 0.0, 0
        self._history: list[Row] = []
        self._prepare(experiment)
        if checkpoint is not None:
            self._restore(checkpoint)

    @property
    def on_gpu(self) -> bool:
        """Whether a graphics card trains, maybe the one that draws the show."""
        return bool(self._generator.device.type == "cuda")

    def steps(self) -> Generator[Progress]:
        """Yield after the search, then about twice a second; the last one is the end of the run."""
        if not self._ready:
            yield from self._start()
            self._ready = True
        told = time.monotonic()
        while self._step < self._experiment.epochs:
            self._advance()
            due = self._step % HELD_OUT_EVERY == 0
            better = due and self._examine()
            if better or time.monotonic() - told > TELL_SECONDS:
                told = time.monotonic()
                yield self._progress("training", better)
            if due and self._keeper.stale(self._step, self._experiment.epochs):
                break
        self._examine()
        yield replace(self._progress("done", True), style=self._finished())

    def update(self, experiment: Experiment) -> None:
        """Go on from here with a changed experiment; `UserError` if it changes what a run begins with."""
        changes.check(self._experiment, experiment)
        before = self._sitting
        self._prepare(experiment)
        if self._pupil is not None:
            net = self._pupil.net
            self._pupil = replace(self._pupil, optimizer=optimizer(experiment.optimizer, net, experiment.seed))
            self._sitting.begin(net, self._step)
            self._sitting.inherit(before)

    def checkpoint(self) -> Checkpoint:
        """Return all that is needed to go on after a crash."""
        pupil = self._now()
        arrays = saved.pack(pupil.net, pupil.smooth) | self._sitting.arrays()
        arrays |= {f"optimizer.{name}": value for name, value in pupil.optimizer.arrays().items()}
        arrays |= {f"best.{i}": value for i, value in enumerate(self._keeper.arrays())}
        numbers = {
            "seconds": self._seconds(),
            "w0": pupil.w0,
            "speed": pupil.net.speed,
            "ready": float(self._ready),
            "pace": self._pace,
        }
        numbers |= self._keeper.numbers()
        return Checkpoint(self._experiment, self._step, arrays, numbers, tuple(self._history))

    # ------------------------------------------------------------------ start

    def _prepare(self, experiment: Experiment) -> None:
        sitting = Sitting(experiment, self._judges, self._generator)
        held_out = self._judges.get(experiment.held_out)
        if held_out is None or knows_nothing_of(experiment, held_out):
            self._keeper = Keeper(experiment, sitting.guides[0], self._step, independent=False)
        else:
            self._keeper = Keeper(experiment, held_out, self._step)
        self._experiment, self._sitting = experiment, sitting

    def _start(self) -> Iterator[Progress]:
        experiment = self._experiment
        style, picture = starts.given(experiment), starts.pictured(experiment)
        sketched = sketches.begin(experiment, self._aspect, self._sitting.ranked)
        self._sitting.recount()  # what was looked at before the first step is no part of the run
        if sketched is not None:
            self._adopt(sketched.style)
            yield from self._fit("sketching", sketched.wanted, self._sitting.practice.sample, sketched.held)
            self._pace = sketches.PACE
        elif style is not None:
            self._adopt(style)
        else:
            yield from self._search()
        if picture is not None:
            yield from self._fit("fitting the picture", picture, partial(starts.still, self._sitting.practice), ())
        self._sitting.begin(self._now().net, self._step)

    def _fit(
        self, stage: str, wanted: fitting.Wanted, moments: Callable[[int], Moments], held: Sequence[int]
    ) -> Iterator[Progress]:
        net, header = self._now().net, Header(w0=self._now().w0, speed=self._now().net.speed)
        for step, loss in enumerate(fitting.fit(net, wanted, moments, self._aspect, held)):
            self._loss = loss
            self.between_steps()
            if step % TOLD_EVERY == 0:
                style = net.style(self._name, header) if step % SHOWN_EVERY == 0 else None
                yield self._counted(stage, step, fitting.STEPS, style)
        self._adopt(net.style(self._name, header))
        yield self._counted(stage, fitting.STEPS, fitting.STEPS, self._now().net.style(self._name, header))

    def _search(self) -> Iterator[Progress]:
        """Find the best of many random networks, then train the finalists a little: it shows soon who can learn."""
        finalists: tuple[Style, ...] = ()
        for tried in starts.search(self._experiment, lambda net: self._sitting.score(net, self._step)):
            if not finalists or tried.finalists[0] is not finalists[0]:
                self._adopt(tried.best)
            finalists = tried.finalists
            self._sitting.guide = 100.0 * tried.score
            yield self._counted("search", tried.count, self._experiment.search, tried.best)
        self._sitting.recount()
        if len(finalists) > 1 and self._experiment.epochs - self._step > HEAT_STEPS:
            yield from self._heats(finalists)

    def _heats(self, finalists: tuple[Style, ...]) -> Iterator[Progress]:
        start = self._step
        found: list[tuple[float, _Pupil, list[list[int]]]] = []
        for number, style in enumerate(finalists):
            self._adopt(style)
            losses = []
            for step in range(HEAT_STEPS):
                self._advance()
                losses.append(self._loss)
                yield self._counted("heats", number * HEAT_STEPS + step + 1, len(finalists) * HEAT_STEPS, None)
            found.append((float(np.mean(losses[HEAT_STEPS // 2 :])), self._now(), self._sitting.totals()))
            self._sitting.recount()
            self._step = start
        _, self._pupil, totals = min(found, key=lambda one: one[0])
        self._sitting.recount(totals)
        self._step = start + HEAT_STEPS

    def _adopt(self, style: Style) -> None:
        net, smooth = Net(style), Net(style)
        smooth.requires_grad_(False)
        moved_by = optimizer(self._experiment.optimizer, net, self._experiment.seed)
        self._pupil = _Pupil(net, smooth, moved_by, style.header.w0)

    def _restore(self, checkpoint: Checkpoint) -> None:
        arrays, numbers = checkpoint.arrays, checkpoint.numbers
        self._seconds_before = numbers["seconds"]
        if not numbers["ready"]:  # the search had not ended: it begins again, and finds the same
            return
        self._adopt(saved.frame(arrays, Header(w0=numbers["w0"], speed=numbers["speed"])))
        pupil = self._now()
        saved.fill(arrays, pupil.net, pupil.smooth)
        pupil.optimizer.restore(saved.under("optimizer.", arrays))
        self._keeper.restore(list(saved.under("best.", arrays).values()), numbers)
        self._sitting.restore(arrays)
        self._step, self._ready = checkpoint.step, True
        self._pace = numbers.get("pace", 1.0)  # a checkpoint of an earlier version has none
        self._history = list(checkpoint.history)

    # ------------------------------------------------------------------ one step

    def _advance(self) -> None:
        pupil, experiment = self._now(), self._experiment
        now, share = variables(experiment, self._step), self._step / experiment.epochs
        rate = now["learnrate"] * now["learnrate_scale"] * faded(share) * self._pace
        self._loss = pupil.optimizer.step(lambda: self._sitting.loss(pupil.net, self._step), rate, share)
        if not np.isfinite(self._loss):
            raise UserError(f"the loss is no number any more at step {self._step}; lower learnrate and weights")
        keep = EARLY_SMOOTHING if self._step < EARLY_STEPS else SMOOTHING
        for mean, new in zip(pupil.smooth.parameters(), pupil.net.parameters(), strict=True):
            mean.data.lerp_(new.detach(), keep)
        self._step += 1
        if self.on_gpu:
            torch.cuda.synchronize()
        self.between_steps()

    # ------------------------------------------------------------------ telling

    def _examine(self) -> bool:
        """Ask the held-out judge about the smoothed network; return whether it is the best so far."""
        better = self._keeper.examine(self._now().smooth, self._step)
        sitting, held = self._sitting, self._keeper.held_out
        row = Row(self._step, sitting.guide, held, self._loss, *sitting.size, sitting.views, sitting.heard)
        self._history.append(row)
        sitting.views = 0
        return better

    def _progress(self, stage: str, best: bool) -> Progress:
        return replace(self._told(stage, self._now().smooth.style(self._name, self._header())), best=best)

    def _counted(self, stage: str, count: int, of: int, style: Style | None) -> Progress:
        """Tell of a stage before the first step, and how long the rest of it takes at its pace so far."""
        seconds = self._seconds()
        if stage != self._stage:
            self._stage, self._stage_began, self._stage_count = stage, seconds, count
        done = count - self._stage_count
        left = (seconds - self._stage_began) / done * (of - count) if done else 0.0
        told = self._told(f"{stage} {count} of {of}", style)
        return replace(told, stage_share=count / max(of, 1), stage_eta_seconds=left)

    def _told(self, stage: str, style: Style | None) -> Progress:
        sitting = self._sitting
        return Progress(
            self._step, self._experiment.epochs, self._seconds(), stage, sitting.guide, self._keeper.held_out,
            self._loss, sitting.reaction, style, False, sitting.matches(), size=sitting.size,
        )  # fmt: skip

    def _finished(self) -> Style:
        """Return the best network that the held-out judge saw."""
        net = Net(self._now().smooth.style(self._name, self._header()))
        self._keeper.put_best(net)
        return net.style(self._name, self._header())

    def _header(self) -> Header:
        pupil, keeper = self._now(), self._keeper
        infos = [judge.info for judge in self._sitting.guides]
        return credits(self._experiment, infos, keeper.label, keeper.scores(), self._step, pupil.w0, pupil.net.speed)

    @property
    def _aspect(self) -> float:
        return aspect(variables(self._experiment, self._step))

    @property
    def _name(self) -> str:
        return self._experiment.style.name or "style"

    def _now(self) -> _Pupil:
        assert self._pupil is not None, "there is no network before the search"
        return self._pupil

    def _seconds(self) -> float:
        return self._seconds_before + time.monotonic() - self._started
