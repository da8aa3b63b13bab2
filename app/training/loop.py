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

from app.cppn.inputs import INPUTS
from app.cppn.net import Net, plane_of, whole
from app.style import Header, Style
from app.training import liveliness, starts
from app.training.constraints import constraint_loss
from app.training.experiment import Experiment, Target, active
from app.training.expressions import Scope, scope
from app.training.judges.builtin.lessons import augment
from app.training.judges.judge import Judge
from app.training.keeper import Keeper
from app.training.objective import Asked
from app.training.optimizers import optimizer
from app.training.postproc import due, pull
from app.training.progress import Checkpoint, Progress
from app.training.sounds import Practice, track_of
from app.training.views import Views, make_views

Tensor = Any
TELL_SECONDS = 0.5
HELD_OUT_EVERY = 10
SMOOTHING = 0.04
"""How much of each step goes into the smoothed weights, which are what is shown, judged and kept."""
EARLY_SMOOTHING, EARLY_STEPS = 0.1, 40
SEARCH_VIEWS = 3
HEAT_STEPS = 10
WHOLE_PX = 96
"""Height of the picture that postproc is worked out on."""
CONSTRAINT_SHARE = 0.01
"""CLIPig's constraints are in per cent of a similarity; losses here are in cosine."""
MAX_VIEWS = 64
FINAL_RATE = 0.1


class Training:
    """One run. `steps()` yields `Progress` every few steps; between two of them it may be saved or changed."""

    def __init__(
        self, experiment: Experiment, judges: Mapping[str, Judge], checkpoint: Checkpoint | None = None
    ) -> None:
        """Build the networks. `judges` holds every judge the experiment names. A checkpoint goes on from its step."""
        torch.manual_seed(experiment.seed)
        self._judges = judges
        self._generator = torch.Generator().manual_seed(experiment.seed)
        self._net: Net | None = None
        self._smooth: Net | None = None
        self._w0 = 0.0
        self._step, self._started = experiment.start_epoch, time.monotonic()
        self._seconds_before = 0.0
        self._loss = self._guide = self._reaction = 0.0
        self._prepare(experiment)
        if checkpoint is not None:
            self._restore(checkpoint)

    def steps(self) -> Generator[Progress]:
        """Yield after the search, then about twice a second; the last one is the end of the run."""
        if self._net is None:
            yield from self._start()
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
        """Go on from the current network at the current step with a changed experiment."""
        plan = self._experiment.style
        self._prepare(replace(experiment, style=replace(experiment.style, width=plan.width, depth=plan.depth)))
        if self._net is not None:
            self._optimizer = optimizer(self._experiment.optimizer, self._net, self._experiment.seed)

    def checkpoint(self) -> Checkpoint:
        """Return all that is needed to go on after a crash."""
        assert self._net is not None, "nothing to save before the search is over"
        assert self._smooth is not None
        inputs = np.array([INPUTS.index(name) for name in self._net.arch.inputs])
        arrays: dict[str, Any] = {"generator": self._generator.get_state().numpy(), "inputs": inputs}
        for group, net in (("net", self._net), ("smooth", self._smooth)):
            arrays |= {f"{group}.{i}": p.detach().numpy().copy() for i, p in enumerate(net.parameters())}
        arrays |= {f"optimizer.{name}": value for name, value in self._optimizer.arrays().items()}
        arrays |= {f"best.{i}": value for i, value in enumerate(self._keeper.arrays())}
        numbers = {"seconds": self._seconds(), "w0": self._w0, **self._keeper.numbers()}
        return Checkpoint(self._experiment, self._step, arrays, numbers, tuple(self._history))

    # ------------------------------------------------------------------ start

    def _prepare(self, experiment: Experiment) -> None:
        self._experiment = experiment
        guides = [self._judges[name] for name in experiment.judges]
        self._asked = [[Asked(t, judge, experiment) for t in experiment.targets if t.active] for judge in guides]
        self._guides = guides
        track = track_of(experiment.sound.audio) if experiment.sound.audio else None
        self._practice = Practice(experiment.seed, track)
        held_out = self._judges.get(experiment.held_out) or guides[0]
        self._keeper = Keeper(experiment, held_out)
        self._history: list[tuple[int, float, float | None, float]] = []

    def _start(self) -> Iterator[Progress]:
        style = starts.given(self._experiment)
        if style is None:
            yield from self._search()
        else:
            self._adopt(style)
        for loss in starts.fit(self._nets()[0], self._experiment, self._aspect(), self._practice):
            self._loss = loss
            yield self._told("fitting the picture", None)
        for asked in self._asked[0]:
            asked.begin(self._glance(self._nets()[0], asked))

    def _search(self) -> Iterator[Progress]:
        """Find the best of many random networks, then train the finalists a little: it shows soon who can learn."""
        finalists: tuple[Style, ...] = ()
        for tried in starts.search(self._experiment, self._score):
            if not finalists or tried.finalists[0] is not finalists[0]:
                self._adopt(tried.best)
            finalists = tried.finalists
            self._guide = 100.0 * tried.score
            yield self._told(f"search {tried.count} of {self._experiment.search}", tried.best)
        if len(finalists) > 1 and self._experiment.epochs > HEAT_STEPS:
            yield from self._heats(finalists)

    def _heats(self, finalists: tuple[Style, ...]) -> Iterator[Progress]:
        start, found = self._step, []
        for number, style in enumerate(finalists):
            self._adopt(style)
            losses = []
            for _ in range(HEAT_STEPS):
                self._advance()
                losses.append(self._loss)
                yield self._told(f"heat {number + 1} of {len(finalists)}", None)
            found.append(
                (float(np.mean(losses[HEAT_STEPS // 2 :])), self._net, self._smooth, self._optimizer, self._w0)
            )
            self._step = start
        _, self._net, self._smooth, self._optimizer, self._w0 = min(found, key=lambda one: one[0])
        self._step = start + HEAT_STEPS

    def _adopt(self, style: Style) -> None:
        self._net, self._smooth = Net(style), Net(style)
        self._smooth.requires_grad_(False)
        self._w0 = style.header.w0
        self._optimizer = optimizer(self._experiment.optimizer, self._net, self._experiment.seed)

    def _restore(self, checkpoint: Checkpoint) -> None:
        arrays = checkpoint.arrays
        plan = self._experiment.style
        inputs = tuple(INPUTS[int(i)] for i in np.array(arrays["inputs"]))
        self._adopt(starts.blank(plan, inputs, checkpoint.numbers["w0"]))
        for group, net in zip(("net", "smooth"), self._nets(), strict=True):
            for i, parameter in enumerate(net.parameters()):
                parameter.data.copy_(torch.as_tensor(np.array(arrays[f"{group}.{i}"])))
        self._optimizer.restore(_under("optimizer.", arrays))
        self._keeper.restore(list(_under("best.", arrays).values()), checkpoint.numbers)
        self._generator.set_state(torch.as_tensor(np.array(arrays["generator"])))
        self._step, self._seconds_before = checkpoint.step, checkpoint.numbers["seconds"]
        self._history = list(checkpoint.history)

    # ------------------------------------------------------------------ one step

    def _advance(self) -> None:
        net, smooth = self._nets()
        experiment, turn = self._experiment, self._step % len(self._guides)
        now = self._scope()
        rate = experiment.learnrate.at(now) * experiment.learnrate_scale.at(now)
        share = self._step / experiment.epochs
        self._loss = self._optimizer.step(lambda: self._total(net, turn, now), rate * _cosine(share), share)
        keep = EARLY_SMOOTHING if self._step < EARLY_STEPS else SMOOTHING
        for mean, new in zip(smooth.parameters(), net.parameters(), strict=True):
            mean.data.lerp_(new.detach(), keep)
        self._step += 1

    def _total(self, net: Net, turn: int, now: Scope) -> Tensor:
        """Return the whole loss of one step, judged by guide number `turn`."""
        experiment = self._experiment
        alive = liveliness.measure(net, self._practice, experiment.sound, self._aspect(), self._generator)
        total, similar = alive.loss, []
        for asked in self._asked[turn]:
            target = asked.target
            if not active(target.start, target.end, self._step, experiment.epochs):
                continue
            views = self._views(asked)
            pixels = self._draw(net, asked, views)
            seen = self._see(self._guides[turn], pixels)
            held = self._constraints(target, pixels, views, now)
            total = total + target.weight.at(now) * (asked.loss(seen, now) + CONSTRAINT_SHARE * held)
            similar.append(asked.similarity(seen.detach()))
        total = total + self._pulled(net, now)
        self._guide = 100.0 * float(np.mean(similar)) if similar else 0.0
        self._reaction = alive.reaction
        return total

    def _views(self, asked: Asked, count: int | None = None) -> Views:
        """Return a target's views at this step: `batch_size` of them, or `count`."""
        now, target = self._scope(), asked.target
        count = count or min(MAX_VIEWS, max(1, round(target.batch_size.at(now))))
        size_px = self._guides[0].info.size_px
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
            return self._see(self._guides[0], self._draw(net, asked, self._views(asked, SEARCH_VIEWS)))

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
        experiment, plan = self._experiment, self._experiment.style
        asked = [feature for target in experiment.targets for feature in target.features]
        prompts = [feature.text for feature in asked if feature.text and not feature.weight.always_negative]
        infos = [judge.info for judge in self._guides]
        scores = self._keeper.scores()
        return Header(
            w0=self._w0, speed=plan.speed, prompts=tuple(dict.fromkeys(prompts)), seed=experiment.seed,
            judge=" + ".join(f"{info.name} {info.sha256[:12]}" for info in infos), steps=self._step,
            held_out=self._keeper.label, scores=scores, author=plan.author, licence=plan.licence, tags=plan.tags,
        )  # fmt: skip

    @property
    def _name(self) -> str:
        return self._experiment.style.name or "style"

    def _nets(self) -> tuple[Net, Net]:
        assert self._net is not None
        assert self._smooth is not None
        return self._net, self._smooth

    def _scope(self) -> Scope:
        experiment = self._experiment
        start = scope(self._step, experiment.epochs, seed=experiment.seed)
        width, height = (max(16, round(side.at(start))) for side in experiment.resolution)
        rate = experiment.learnrate.at(scope(self._step, experiment.epochs, (width, height), seed=experiment.seed))
        return scope(self._step, experiment.epochs, (width, height), rate, seed=experiment.seed)

    def _resolution(self) -> tuple[int, int]:
        now = self._scope()
        return int(now["width"]), int(now["height"])

    def _aspect(self) -> float:
        width, height = self._resolution()
        return width / height

    def _seconds(self) -> float:
        return self._seconds_before + time.monotonic() - self._started


def _cosine(share: float) -> float:
    return FINAL_RATE + (1.0 - FINAL_RATE) * 0.5 * (1.0 + float(np.cos(np.pi * share)))


def _under(prefix: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}
