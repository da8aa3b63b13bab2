"""One sitting: an experiment's targets put to a network at a step. What is drawn, who sees it, how far off it is.

Torch, no files but those the experiment names. Knows no optimiser and no progress; `app.training.loop` has those.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import numpy as np
import torch

from app.cppn.net import Net, plane_of, whole
from app.training import device, liveliness
from app.training.constraints import constraint_loss
from app.training.experiment import MAX_VIEWS, Experiment, Target, When, active, variables
from app.training.expressions import Scope
from app.training.judges.builtin.lessons import augment
from app.training.judges.judge import Judge
from app.training.objective import Asked, asked_of
from app.training.postproc import due, pull
from app.training.progress import Match
from app.training.sounds import Practice, track_of
from app.training.views import Views, make_views

Tensor = Any
SEARCH_VIEWS = 3
WHOLE_PX = 96
"""Height of the picture that postproc is worked out on."""
CONSTRAINT_SHARE = 0.01
"""CLIPig's constraints are in per cent of a similarity; losses here are in cosine."""


class Sitting:
    """All that a step asks.

    Of the last loss are `guide` (cosine × 100), `reaction`, `size` (of the picture, in pixels) and `heard`, the mean
    of the audio features that its views were drawn with. `views` counts what was drawn for the guides since `recount`.
    """

    def __init__(self, experiment: Experiment, judges: Mapping[str, Judge], generator: torch.Generator) -> None:
        self.experiment = experiment
        self.guides = [judges[name] for name in experiment.judges]
        self.guide = self.reaction = 0.0
        self.size = size(variables(experiment, experiment.start_epoch))
        self.heard: tuple[float, ...] = ()
        self.views = 0
        self._heard: list[Any] = []
        self._generator = generator
        self._hidden = device.hidden_type(generator.device.type)
        self._asked = [asked_of(experiment, judge) for judge in self.guides]
        track = track_of(experiment.sound.audio) if experiment.sound.audio else None
        self.practice = Practice(experiment.seed, track, experiment.two_sided)

    def begin(self, net: Net, step: int) -> None:
        """Let every target see what it starts from."""
        for asked in self._all():
            asked.begin(self._glance(net, asked, step))

    def score(self, net: Net, step: int) -> float:
        """Return how near a network is already, by the first guide."""
        now = variables(self.experiment, step)
        return -float(np.mean([float(asked.loss(self._glance(net, asked, step), now)) for asked in self._asked[0]]))

    def ranked(self, pictures: Tensor, when: When) -> list[int]:
        """Return the numbers of pictures (n, 3, h, w), first what the first guide finds nearest to what is asked."""
        now = variables(self.experiment, self.experiment.start_epoch)
        asked = [asked for asked in self._asked[0] if asked.target.when == when]
        with torch.no_grad():
            seen = self.guides[0].embed_image(pictures)
            total = [sum(float(each.loss(one[None], now)) for each in asked) for one in seen]
        return [int(number) for number in np.argsort(total)]

    def loss(self, net: Net, step: int) -> Tensor:
        """Return the whole loss of one step; guides take turns."""
        experiment, now = self.experiment, variables(self.experiment, step)
        alive = liveliness.measure(net, self.practice, experiment.sound, aspect(now), self._generator)
        total, similar = alive.loss, []
        self.size, self._heard = size(now), []
        for asked in self._asked[step % len(self.guides)]:
            target = asked.target
            if not active(target.start, target.end, step, experiment.epochs):
                continue
            views = self._views(asked, now)
            pixels = self._draw(net, asked, views, now)
            self.views += len(pixels)
            here, asked_loss = now, 0.0
            if asked.wanted:
                seen = self._see(asked.judge, pixels)
                similar.append(asked.similarity(seen.detach()))
                here, asked_loss = now.seen(100.0 * similar[-1]), asked.loss(seen, now)
            held = self._constraints(target, pixels, views, here)
            total = total + target.weight.at(here) * (asked_loss + CONSTRAINT_SHARE * held)
        total = total + self._pulled(net, now)
        self.heard = _means(self._heard)
        self.guide = 100.0 * float(np.mean(similar)) if similar else 0.0
        self.reaction = alive.reaction
        return total

    def matches(self) -> tuple[Match, ...]:
        """Return how every feature fared of late by the first guide, and how many views counted for it by all."""
        return tuple(
            replace(match, total=sum(totals))
            for all_guides in zip(*self._asked, strict=True)
            for match, totals in zip(
                all_guides[0].matches(), zip_longest(*(asked.totals for asked in all_guides), fillvalue=0), strict=False
            )
        )

    def recount(self, totals: Sequence[Sequence[int]] = ()) -> None:
        """Forget what views counted for so far, or set it to what `totals` returned."""
        self.views = 0
        for i, asked in enumerate(self._all()):
            asked.totals = list(totals[i]) if totals else [0] * len(asked.wanted)

    def totals(self) -> list[list[int]]:
        """Return how many views counted for each feature of each target since `recount`, guide by guide."""
        return [list(asked.totals) for asked in self._all()]

    def inherit(self, before: "Sitting") -> None:
        """Count on from another sitting where a feature is the same."""
        known = {asked.key(i): total for asked in before._all() for i, total in enumerate(asked.totals)}
        for asked in self._all():
            asked.totals = [known.get(asked.key(i), 0) for i in range(len(asked.wanted))]

    def arrays(self) -> dict[str, Any]:
        """Return what a checkpoint needs: how targets weigh their features against each other, and all chances."""
        fair = {f"fair.{i}": asked.fair.cpu().numpy() for i, asked in enumerate(self._all())}
        fair |= {f"total.{i}": np.array(totals, np.int64) for i, totals in enumerate(self.totals())}
        chances = {"torch": torch.get_rng_state().numpy(), "views": self._generator.get_state().numpy()}
        return (
            fair
            | {f"chance.{name}": state for name, state in chances.items()}
            | {"chance.practice": self.practice.state()}
        )

    def restore(self, arrays: Mapping[str, Any]) -> None:
        """Set what `arrays` returned."""
        for i, asked in enumerate(self._all()):
            asked.fair = torch.as_tensor(np.array(arrays[f"fair.{i}"]), device=asked.fair.device)
            if f"total.{i}" in arrays:  # a checkpoint of an earlier version has none
                asked.totals = np.array(arrays[f"total.{i}"]).tolist()
        torch.set_rng_state(torch.as_tensor(np.array(arrays["chance.torch"]), device="cpu"))
        self._generator.set_state(torch.as_tensor(np.array(arrays["chance.views"]), device="cpu"))
        self.practice.restore(np.array(arrays["chance.practice"]))

    def _all(self) -> list[Asked]:
        return [asked for of_one in self._asked for asked in of_one]

    def _views(self, asked: Asked, now: Scope, count: int | None = None) -> Views:
        """Return a target's views at this step: `batch_size` of them, or `count`."""
        target = asked.target
        count = count or min(MAX_VIEWS, max(1, round(target.batch_size.at(now))))
        return make_views(target.transforms, now, count, size(now), asked.judge.info.size_px, self._generator)

    def _draw(self, net: Net, asked: Asked, views: Views, now: Scope) -> Tensor:
        """Return views as pixels (n, 3, size, size), each at a moment of its own."""
        moments = self.practice.sample(len(views.places), asked.target.when)
        self._heard.append(moments.heard)
        places = plane_of(views.places, aspect(now))
        return views.finish(net(places, moments.seconds.tolist(), moments.heard, self._hidden))

    def _constraints(self, target: Target, pixels: Tensor, views: Views, now: Scope) -> Tensor:
        """Return the loss of a target's constraints that are due."""
        step, steps = int(now["epoch"]), self.experiment.epochs
        there = [c for c in target.constraints if active(c.start, c.end, step, steps)]
        return sum((constraint_loss(c, pixels, now, views.scale, self._generator) for c in there), pixels.new_zeros(()))

    def _pulled(self, net: Net, now: Scope) -> Tensor:
        """Return the pull of the whole picture towards what `postproc` would make of it."""
        transforms = due(self.experiment.postproc, int(now["epoch"]), self.experiment.epochs)
        if not transforms:
            return torch.zeros(())
        moment = self.practice.sample(1)
        places = plane_of(whole(WHOLE_PX, aspect(now)), aspect(now))
        pixels = net(places, moment.seconds.tolist(), moment.heard)
        return CONSTRAINT_SHARE * pull(pixels, transforms, now, size(now), self._generator)

    def _see(self, judge: Judge, pixels: Tensor) -> Tensor:
        return judge.embed_image(augment(pixels, self.experiment.augment) if self.experiment.augment else pixels)

    def _glance(self, net: Net, asked: Asked, step: int) -> Tensor:
        """Return vectors of a few views."""
        now = variables(self.experiment, step)
        with torch.no_grad():
            return self._see(asked.judge, self._draw(net, asked, self._views(asked, now, SEARCH_VIEWS), now))


def _means(heard: Sequence[Any]) -> tuple[float, ...]:
    """Return the mean of each audio feature, to three decimals."""
    return tuple(np.concatenate(heard).mean(0).round(3).tolist()) if heard else ()


def size(now: Scope) -> tuple[int, int]:
    """Return width and height of the picture at this step, in pixels."""
    return int(now["width"]), int(now["height"])


def aspect(now: Scope) -> float:
    """Return width / height of the picture at this step."""
    return now["width"] / now["height"]
