"""The training loop: a generator without input or output. Runs wherever it is called; knows no queue and no window.

One step: every active target draws its views at moments of its own, judges them, and all losses together move the
network once. A style is practised over many times and sounds, never on one frame.
"""

import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from app.cppn.net import Net, plane_of, whole
from app.problems import UserError
from app.style import Header, Style
from app.training import changes, device, liveliness, saved, starts
from app.training.constraints import constraint_loss
from app.training.credits import credits
from app.training.experiment import Experiment, Target, active, variables
from app.training.expressions import Scope
from app.training.judges.builtin.lessons import augment
from app.training.judges.judge import Judge
from app.training.keeper import Keeper
from app.training.objective import Asked, asked_of
from app.training.optimizers import faded, optimizer
from app.training.postproc import due, pull
from app.training.progress import Checkpoint, Progress
from app.training.sounds import Practice, track_of
from app.training.views import Views, make_views
from app.training.wording import knows_nothing_of

Tensor = Any
TELL_SECONDS = 0.5
HELD_OUT_EVERY = 10
SMOOTHING = 0.04
"""How much of each step goes into the smoothed weights, which are what is shown, judged and kept."""
EARLY_SMOOTHING, EARLY_STEPS = 0.1, 40
SEARCH_VIEWS = 3
WHOLE_PX = 96
"""Height of the picture that postproc is worked out on."""
CONSTRAINT_SHARE = 0.01
"""CLIPig's constraints are in per cent of a similarity; losses here are in cosine."""
MAX_VIEWS = 64


class Training:
    """One run. `steps()` yields `Progress` every few steps; between two of them it may be saved or changed."""

    def __init__(
        self, experiment: Experiment, judges: Mapping[str, Judge], checkpoint: Checkpoint | None = None
    ) -> None:
        """Build the networks. `judges` holds every judge the experiment names. A checkpoint goes on from its step."""
        self._judges = judges
        self._generator = torch.Generator(device.use(experiment))
        self._pair: tuple[Net, Net] | None = None
        self._ready = False
        self._step, self._started = experiment.start_epoch, time.monotonic()
        self._seconds_before = 0.0
        self._history: list[tuple[int, float, float | None, float]] = []
        self._loss = self._guide = self._reaction = 0.0
        self._prepare(experiment)
        self._shake()
        if checkpoint is not None:
            self._restore(checkpoint)

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
        self._prepare(experiment)
        if self._pair is not None:
            self._optimizer = optimizer(experiment.optimizer, self._nets()[0], experiment.seed)
            self._begin()

    def checkpoint(self) -> Checkpoint:
        """Return all that is needed to go on after a crash."""
        net, smooth = self._nets()
        arrays = saved.pack(net, smooth)
        arrays |= {f"optimizer.{name}": value for name, value in self._optimizer.arrays().items()}
        arrays |= {f"best.{i}": value for i, value in enumerate(self._keeper.arrays())}
        arrays |= {f"fair.{i}": asked.fair.cpu().numpy() for i, asked in enumerate(self._all_asked())}
        numbers = {"seconds": self._seconds(), "w0": self._w0, "speed": net.speed, "ready": float(self._ready)}
        numbers |= self._keeper.numbers()
        return Checkpoint(self._experiment, self._step, arrays, numbers, tuple(self._history))

    # ------------------------------------------------------------------ start

    def _prepare(self, experiment: Experiment) -> None:
        guides = [self._judges[name] for name in experiment.judges]
        asked = [asked_of(experiment, judge) for judge in guides]
        practice = Practice(experiment.seed, track_of(experiment.sound.audio) if experiment.sound.audio else None)
        self._keeper = self._keeper_of(experiment, guides[0])
        self._experiment, self._guides, self._asked, self._practice = experiment, guides, asked, practice

    def _keeper_of(self, experiment: Experiment, guide: Judge) -> Keeper:
        """Return who keeps the best: the guide where no other judge is named, or where it knows none of the words."""
        held_out = self._judges.get(experiment.held_out)
        if held_out is None or knows_nothing_of(experiment, held_out):
            return Keeper(experiment, guide, self._step, independent=False)
        return Keeper(experiment, held_out, self._step)

    def _start(self) -> Iterator[Progress]:
        style = starts.given(self._experiment)
        if style is None:
            for tried in starts.search(self._experiment, self._score):
                if tried.best is not style:
                    self._adopt(style := tried.best)
                self._guide = 100.0 * tried.score
                yield self._told(f"search {tried.count} of {self._experiment.search}", style)
        assert style is not None
        self._adopt(style)
        for loss in starts.fit(self._nets()[0], self._experiment, self._aspect(), self._practice):
            self._loss = loss
            yield self._told("fitting the picture", None)
        self._adopt(self._nets()[0].style(style.name, style.header))
        self._begin()

    def _begin(self) -> None:
        """Let every target see what it starts from."""
        for asked in self._all_asked():
            asked.begin(self._glance(self._nets()[0], asked))

    def _all_asked(self) -> list[Asked]:
        return [asked for of_one in self._asked for asked in of_one]

    def _adopt(self, style: Style) -> None:
        net, smooth = self._pair = Net(style), Net(style)
        smooth.requires_grad_(False)
        self._w0 = style.header.w0
        self._optimizer = optimizer(self._experiment.optimizer, net, self._experiment.seed)

    def _restore(self, checkpoint: Checkpoint) -> None:
        arrays, numbers = checkpoint.arrays, checkpoint.numbers
        self._seconds_before = numbers["seconds"]
        if not numbers["ready"]:  # the search had not ended: it begins again, and finds the same
            return
        self._adopt(saved.frame(arrays, Header(w0=numbers["w0"], speed=numbers["speed"])))
        saved.fill(arrays, *self._nets())
        self._optimizer.restore(saved.under("optimizer.", arrays))
        self._keeper.restore(list(saved.under("best.", arrays).values()), numbers)
        for i, asked in enumerate(self._all_asked()):
            asked.fair = torch.as_tensor(np.array(arrays[f"fair.{i}"]), device=asked.fair.device)
        self._step, self._ready = checkpoint.step, True
        self._history = list(checkpoint.history)

    # ------------------------------------------------------------------ one step

    def _advance(self) -> None:
        net, smooth = self._nets()
        self._shake()
        experiment, turn = self._experiment, self._step % len(self._guides)
        now = self._scope()
        share = self._step / experiment.epochs
        rate = now["learnrate"] * now["learnrate_scale"] * faded(share)
        self._loss = self._optimizer.step(lambda: self._total(net, turn, now), rate, share)
        if not np.isfinite(self._loss):
            raise UserError(f"the loss is no number any more at step {self._step}; lower the learnrate and continue")
        keep = EARLY_SMOOTHING if self._step < EARLY_STEPS else SMOOTHING
        for mean, new in zip(smooth.parameters(), net.parameters(), strict=True):
            mean.data.lerp_(new.detach(), keep)
        self._step += 1

    def _shake(self) -> None:
        """Give each step its own chances: a run that goes on after a crash meets those it would have met."""
        seed = int(np.random.SeedSequence((self._experiment.seed, self._step)).generate_state(1)[0])
        torch.manual_seed(seed)
        self._generator.manual_seed(seed)
        self._practice.reseed(seed)

    def _total(self, net: Net, turn: int, now: Scope) -> Tensor:
        """Return the whole loss of one step, judged by guide number `turn`."""
        experiment = self._experiment
        alive = liveliness.measure(net, self._practice, experiment.sound, self._aspect(), self._generator)
        total, similar = alive.loss, []
        for asked in self._asked[turn]:
            target = asked.target
            if not active(target.start, target.end, self._step, experiment.epochs):
                continue
            views = self._views(asked, now)
            pixels = self._draw(net, asked, views)
            seen = self._see(asked.judge, pixels)
            similar.append(asked.similarity(seen.detach()))
            here = now.seen(100.0 * similar[-1])
            held = self._constraints(target, pixels, views, here)
            total = total + target.weight.at(here) * (asked.loss(seen, now) + CONSTRAINT_SHARE * held)
        total = total + self._pulled(net, now)
        self._guide = 100.0 * float(np.mean(similar)) if similar else 0.0
        self._reaction = alive.reaction
        return total

    def _views(self, asked: Asked, now: Scope, count: int | None = None) -> Views:
        """Return a target's views at this step: `batch_size` of them, or `count`."""
        target = asked.target
        count = count or min(MAX_VIEWS, max(1, round(target.batch_size.at(now))))
        size_px = asked.judge.info.size_px
        return make_views(target.transforms, now, count, self._resolution(), size_px, self._generator)

    def _draw(self, net: Net, asked: Asked, views: Views) -> Tensor:
        """Return views as pixels (n, 3, size, size), each at a moment of its own."""
        moments = self._practice.sample(len(views.places), asked.target.when)
        return views.finish(net(plane_of(views.places, self._aspect()), moments.seconds.tolist(), moments.heard))

    def _constraints(self, target: Target, pixels: Tensor, views: Views, now: Scope) -> Tensor:
        """Return the loss of a target's constraints that are due."""
        steps = self._experiment.epochs
        due = [c for c in target.constraints if active(c.start, c.end, self._step, steps)]
        return sum((constraint_loss(c, pixels, now, views.scale, self._generator) for c in due), pixels.new_zeros(()))

    def _pulled(self, net: Net, now: Scope) -> Tensor:
        """Return the pull of the whole picture towards what `postproc` would make of it."""
        transforms = due(self._experiment.postproc, self._step, self._experiment.epochs)
        if not transforms:
            return torch.zeros(())
        moment = self._practice.sample(1)
        places = plane_of(whole(WHOLE_PX, self._aspect()), self._aspect())
        pixels = net(places, moment.seconds.tolist(), moment.heard)
        return CONSTRAINT_SHARE * pull(pixels, transforms, now, self._resolution(), self._generator)

    def _see(self, judge: Judge, pixels: Tensor) -> Tensor:
        return judge.embed_image(augment(pixels, self._experiment.augment) if self._experiment.augment else pixels)

    def _score(self, net: Net) -> float:
        """Return how near a random network already is, by the first guide: the start of the search."""
        losses = [float(asked.loss(self._glance(net, asked), self._scope())) for asked in self._asked[0]]
        return -float(np.mean(losses))

    def _glance(self, net: Net, asked: Asked) -> Tensor:
        """Return vectors of a few views."""
        with torch.no_grad():
            return self._see(asked.judge, self._draw(net, asked, self._views(asked, self._scope(), SEARCH_VIEWS)))

    # ------------------------------------------------------------------ telling

    def _examine(self) -> bool:
        """Ask the held-out judge about the smoothed network; return whether it is the best so far."""
        better = self._keeper.examine(self._nets()[1], self._step)
        self._history.append((self._step, self._guide, self._keeper.similarity, self._loss))
        return better

    def _progress(self, stage: str, best: bool) -> Progress:
        return replace(self._told(stage, self._nets()[1].style(self._name, self._header())), best=best)

    def _told(self, stage: str, style: Style | None) -> Progress:
        matches = tuple(match for asked in self._asked[0] for match in asked.matches())
        return Progress(
            self._step, self._experiment.epochs, self._seconds(), stage, self._guide, self._keeper.similarity,
            self._loss, self._reaction, style, False, matches,
        )  # fmt: skip

    def _finished(self) -> Style:
        """Return the best network that the held-out judge saw."""
        net = Net(self._nets()[1].style(self._name, self._header()))
        self._keeper.put_best(net)
        return net.style(self._name, self._header())

    def _header(self) -> Header:
        infos, keeper = [judge.info for judge in self._guides], self._keeper
        speed = self._nets()[0].speed
        return credits(self._experiment, infos, keeper.label, keeper.scores(), self._step, self._w0, speed)

    @property
    def _name(self) -> str:
        return self._experiment.style.name or "style"

    def _nets(self) -> tuple[Net, Net]:
        assert self._pair is not None, "there is no network before the search"
        return self._pair

    def _scope(self) -> Scope:
        return variables(self._experiment, self._step)

    def _resolution(self) -> tuple[int, int]:
        now = self._scope()
        return int(now["width"]), int(now["height"])

    def _aspect(self) -> float:
        now = self._scope()
        return now["width"] / now["height"]

    def _seconds(self) -> float:
        return self._seconds_before + time.monotonic() - self._started
