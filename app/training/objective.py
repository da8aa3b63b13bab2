"""What a target asks of its views: similarity to its features, and which view counts for which. Torch, no files.

CLIPig's rules: `select`, `feature_scale`, per-feature weight, loss and time. Two things are added. The mean of all
views counts too, so that the whole says what its parts say. And where a text has rivals (the same words with another
form), the views must be nearer to it than to them: raw similarity alone is satisfied by the right colours.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the usual name

from app.training.experiment import Experiment, Feature, Target, active
from app.training.expressions import Scope, Value
from app.training.judges.judge import Judge
from app.training.pictures import load_picture
from app.training.progress import Match
from app.training.rivals import rivals_of
from app.training.wording import with_avoided

Tensor = Any
MEAN_SHARE = 0.3
"""Share of the loss that looks at the mean of all views' vectors (deep-daze's averaging weight)."""
SHARPNESS = 24.0
"""Inverse temperature of the comparison with rivals."""
TOO_CLOSE = 0.97
"""A rival as similar as this to what is asked for is another way of saying it, and is left out."""
REMEMBERED_STEPS = 30
DISTANCE_FACTOR = 100.0
"""CLIPig's factor for l1 and l2."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One feature as one judge sees it: its unit vector (d,), and its rivals' (k, d)."""

    feature: Feature
    vector: Tensor
    rivals: Tensor


class Asked:
    """One target's features as one judge sees them. `fair` (m,) scales the start to equal similarity."""

    def __init__(self, target: Target, judge: Judge, experiment: Experiment) -> None:
        self.target, self.judge = target, judge
        self.wanted = [_wanted(feature, judge, experiment) for feature in target.features]
        self.fair = torch.ones(len(self.wanted))
        self._contrast, self._steps = experiment.contrast, experiment.epochs
        self._seen: deque[_Seen] = deque(maxlen=REMEMBERED_STEPS)
        self.totals = [0] * len(self.wanted)
        """Views that counted for each feature, whenever that was."""

    def begin(self, seen: Tensor) -> None:
        """Forget the search, and set `fair` from the start's vectors (n, d) if the target asks for it."""
        self._seen.clear()
        if self.target.feature_scale == "fair" and self.wanted:
            similar = (seen @ self._vectors().T).mean(0).clamp(min=1e-3)
            self.fair = similar.mean() / similar

    def loss(self, seen: Tensor, scope: Scope) -> Tensor:
        """Return the loss for views' vectors (n, d); 0 while none of the features is active."""
        due = self._due(scope)
        if not due:
            return seen.sum() * 0.0
        similar = seen @ self._vectors()[due].T
        scopes = [scope.seen(100.0 * float(similar[:, k].detach().mean())) for k in range(len(due))]
        weights = torch.tensor([self.wanted[i].feature.weight.at(s) for i, s in zip(due, scopes, strict=True)])
        if self.target.select == "mix":
            return self._mixed(seen, due, similar, weights)
        chosen = self._choice(similar, due, scopes)
        distances = torch.stack([self._distance(seen, i) for i in due], dim=1)
        self._remember(due, similar, chosen, weights, distances)
        views = (chosen * distances * weights).sum() / len(seen)
        return (1.0 - MEAN_SHARE) * views + MEAN_SHARE * self._mean_loss(seen, due, chosen, weights)

    def similarity(self, seen: Tensor) -> float:
        """Return mean similarity (cosine) of views' vectors to what is asked for: to the best of it for `best`."""
        similar = seen @ self._vectors()[self._positive()].T
        best = self.target.select in ("best", "worst")
        return float((similar.max(1).values if best else similar).mean())

    def urgency(self, scope: Scope) -> float:
        """Return how much is asked for at a moment: the sum of all weights without their signs, 0 while it is off.

        A weight that hangs on the similarity, which nobody knows yet, is taken as 1.
        """
        if not active(self.target.start, self.target.end, int(scope["epoch"]), self._steps):
            return 0.0
        weights = [_stake(self.wanted[i].feature.weight, scope) for i in self._due(scope)]
        return _stake(self.target.weight, scope) * sum(weights)

    def matches(self) -> tuple[Match, ...]:
        """Return how each feature fared over the last 30 steps, and in all."""
        matches = (_match(self.target, i, wanted.feature, self._seen) for i, wanted in enumerate(self.wanted))
        return tuple(replace(match, total=total) for match, total in zip(matches, self.totals, strict=True))

    def key(self, index: int) -> tuple[str, str, str, Path | None]:
        """Return what makes a feature the same one in another experiment: judge, target, text, picture."""
        feature = self.wanted[index].feature
        return self.judge.info.name, self.target.name, feature.text, feature.image

    def _due(self, scope: Scope) -> list[int]:
        """Numbers of the features whose time it is."""
        step = int(scope["epoch"])
        return [i for i, w in enumerate(self.wanted) if active(w.feature.start, w.feature.end, step, self._steps)]

    def _vectors(self) -> Tensor:
        return torch.stack([wanted.vector for wanted in self.wanted])

    def _positive(self) -> list[int]:
        """Numbers of the features asked for; all of them where everything is to be avoided."""
        found = [i for i, wanted in enumerate(self.wanted) if not wanted.feature.weight.always_negative]
        return found or list(range(len(self.wanted)))

    def _choice(self, similar: Tensor, due: Sequence[int], scopes: Sequence[Scope]) -> Tensor:
        """Return (n, m) ones where a view counts for a feature."""
        if self.target.select == "all":
            return torch.ones_like(similar)
        scales = torch.tensor([self.wanted[i].feature.scale.at(s) for i, s in zip(due, scopes, strict=True)])
        scaled = similar.detach() * scales * self.fair[list(due)]
        pick = scaled.argmax(1) if self.target.select == "best" else scaled.argmin(1)
        return F.one_hot(pick, len(due)).float()

    def _distance(self, seen: Tensor, index: int) -> Tensor:
        """Return (n,) distances of views to a feature, rivals included."""
        wanted = self.wanted[index]
        plain = distance(wanted.feature.loss, seen, wanted.vector)
        if not self._contrast or not len(wanted.rivals) or wanted.feature.weight.always_negative:
            return plain
        logits = torch.cat([seen @ wanted.vector[:, None], seen @ wanted.rivals.T], dim=1) * SHARPNESS
        return plain - self._contrast * logits.log_softmax(1)[:, 0]

    def _mean_loss(self, seen: Tensor, due: Sequence[int], chosen: Tensor, weights: Tensor) -> Tensor:
        losses = []
        for k, i in enumerate(due):
            mean = F.normalize((seen * chosen[:, k : k + 1]).sum(0), dim=0)
            there = chosen[:, k].mean() if self.target.select != "all" else 1.0
            losses.append(
                weights[k] * there * distance(self.wanted[i].feature.loss, mean[None], self.wanted[i].vector)[0]
            )
        return torch.stack(losses).sum()

    def _mixed(self, seen: Tensor, due: Sequence[int], similar: Tensor, weights: Tensor) -> Tensor:
        mixed = F.normalize((self._vectors()[list(due)] * weights[:, None]).sum(0), dim=0)
        distances = distance(self.wanted[due[0]].feature.loss, seen, mixed)
        spread = distances[:, None].expand(-1, len(due))
        self._remember(due, similar, torch.ones_like(similar), weights, spread)
        return distances.mean()

    def _remember(
        self, due: Sequence[int], similar: Tensor, chosen: Tensor, weights: Tensor, distances: Tensor
    ) -> None:
        for i, count in zip(due, chosen.sum(0).tolist(), strict=True):
            self.totals[i] += round(count)
        percent = similar.detach() * 100.0
        self._seen.append(_Seen(tuple(due), percent, chosen, distances.detach(), weights.tolist()))


@dataclass(frozen=True, slots=True)
class _Seen:
    due: tuple[int, ...]
    similar: Tensor
    chosen: Tensor
    distances: Tensor
    weights: list[float]


def _stake(weight: Value, scope: Scope) -> float:
    return 1.0 if weight.needs_similarity else abs(weight.at(scope))


def asked_of(experiment: Experiment, judge: Judge) -> list[Asked]:
    """Return all targets of an experiment as one judge sees them, what their words negate to be avoided."""
    return [Asked(with_avoided(target, judge), judge, experiment) for target in experiment.targets if target.active]


def distance(kind: str, seen: Tensor, vector: Tensor) -> Tensor:
    """Return (n,) distances between unit vectors (n, d) and (d,): 0 where they are equal."""
    if kind == "cosine":
        return 1.0 - seen @ vector
    if kind == "spherical":
        half = ((seen - vector).norm(dim=1) / 2.0).clamp(max=1.0 - 1e-6)
        return 2.0 * half.asin() ** 2
    gap = seen - vector
    return DISTANCE_FACTOR * (gap.abs() if kind == "l1" else gap * gap).mean(1)


def _wanted(feature: Feature, judge: Judge, experiment: Experiment) -> Wanted:
    if feature.image is not None:
        with torch.no_grad():
            vector = F.normalize(judge.embed_image(_here(load_picture(feature.image))).mean(0), dim=0)
        return Wanted(feature, vector, vector.new_zeros(0, len(vector)))
    with torch.no_grad():
        texts = [template.replace("{}", feature.text) for template in experiment.templates]
        vector = F.normalize(_here(judge.embed_text(texts)).mean(0), dim=0)
        rivals = rivals_of(feature.text)
        others = _here(judge.embed_text(rivals)) if rivals else vector.new_zeros(0, len(vector))
    return Wanted(feature, vector, others[others @ vector < TOO_CLOSE])


def _here(tensor: Tensor) -> Tensor:
    """Return a tensor on the device that the run uses; a judge answers on its own until it has seen a picture."""
    return tensor.to(torch.get_default_device())


def _match(target: Target, index: int, feature: Feature, seen: Sequence[_Seen]) -> Match:
    found = [(s, s.due.index(index)) for s in seen if index in s.due]
    chosen = torch.cat([s.chosen[:, k] for s, k in found]) if found else torch.zeros(1)
    similar = torch.cat([s.similar[:, k] for s, k in found]) if found else torch.zeros(1)
    losses = torch.cat([s.distances[:, k] for s, k in found]) if found else torch.zeros(1)
    return Match(
        target.name, feature.text or (feature.image.name if feature.image else ""), int(chosen.sum()),
        float(chosen.mean()), found[-1][0].weights[found[-1][1]] if found else 0.0, float(losses.mean()),
        float(similar.mean()), float(similar.min()), float(similar.max()),
    )  # fmt: skip
