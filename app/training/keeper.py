"""Who keeps the best: asks a judge that doesn't guide about the smoothed network, always in the same frames. Torch.

The frames are four moments of the whole picture, three squares of each side by side. What counts is the loss
(similarity and rivals), what is told is the similarity. The question stays the same over the run: what is asked for at
its end, or at the last moment at which anything is.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from app.cppn.net import Net, plane_of, whole
from app.training.credits import label
from app.training.experiment import Experiment, Target, variables
from app.training.judges.judge import Judge
from app.training.objective import Asked, asked_of
from app.training.sounds import Practice

Tensor = Any
ASPECT = 16 / 9
MOMENTS = 4
SQUARES = 3
PATIENCE_STEPS = 75
SEED = 5
LOOKED_AT = 51


class Keeper:
    """Holds the best weights so far as the held-out judge sees them."""

    def __init__(self, experiment: Experiment, judge: Judge, step: int = 0, independent: bool = True) -> None:
        """Begin at a step. A judge that is not `independent` guides, too: no style is to be credited to it."""
        self.label = label(judge.info) if independent else ""
        self.similarity: float | None = None
        self._independent = independent
        self._judge = judge
        self._experiment = experiment
        asked = asked_of(experiment, judge)
        self._moment = _last_moment(asked, experiment)
        now = variables(experiment, self._moment)
        self._asked = [each for each in asked if each.urgency(now)] or [each for each in asked if each.wanted]
        self._grown = _last_growth(experiment)
        self._best: list[Any] = []
        self._best_loss, self._best_step, self._best_similarity = float("inf"), step, 0.0

    @property
    def held_out(self) -> float | None:
        """The last similarity of a judge that does not guide (cosine × 100), None where the guide itself keeps."""
        return self.similarity if self._independent else None

    def examine(self, net: Net, step: int) -> bool:
        """Look at the network; return whether it is the best so far, and keep it then."""
        now = variables(self._experiment, self._moment)
        losses, similar = [], []
        with torch.no_grad():
            for asked in self._asked:
                seen = self._judge.embed_image(frames(net, asked.target, self._judge.info.size_px))
                similar.append(asked.similarity(seen))
                weight = asked.target.weight.at(now.seen(100.0 * similar[-1]))
                losses.append(weight * float(asked.loss(seen, now)))
        self.similarity = 100.0 * float(np.mean(similar))
        loss = float(np.mean(losses))
        if loss >= self._best_loss and self._best:
            return False
        self._best = [parameter.detach().cpu().numpy().copy() for parameter in net.parameters()]
        self._best_loss, self._best_step, self._best_similarity = loss, step, self.similarity
        return True

    def stale(self, step: int, steps: int) -> bool:
        """Whether nothing has become better for long, in the second half of a run and at its last resolution."""
        since = max(self._best_step, self._grown)
        return step > steps // 2 and step - since > max(PATIENCE_STEPS, steps // 4)

    def put_best(self, net: Net) -> None:
        """Set the network to the best so far."""
        for parameter, value in zip(net.parameters(), self._best, strict=True):
            parameter.data.copy_(torch.as_tensor(value))

    def scores(self) -> dict[str, float]:
        """Return the best's similarity, cosine × 100, and its step."""
        name = "held_out" if self._independent else "guide"
        return {name: round(self._best_similarity, 2), "best_step": float(self._best_step)}

    def arrays(self) -> list[Any]:
        """Return the best's weights."""
        return self._best

    def numbers(self) -> dict[str, float]:
        """Return what `restore` needs beside the weights."""
        return {"best_loss": self._best_loss, "best_step": self._best_step, "best_similarity": self._best_similarity}

    def restore(self, arrays: Sequence[Any], numbers: Mapping[str, float]) -> None:
        """Go on from a checkpoint."""
        self._best = [np.array(array) for array in arrays]
        self._best_loss, self._best_similarity = numbers["best_loss"], numbers["best_similarity"]
        self._best_step = int(numbers["best_step"])


def _last_growth(experiment: Experiment) -> int:
    """Return the step, of some 50 spread over the run, at which the picture has come to its last size; 0 for one."""
    if all(side.number is not None for side in experiment.resolution):
        return 0
    steps = [round(float(share) * experiment.epochs) for share in np.linspace(0.0, 1.0, LOOKED_AT)]
    sizes = [(now["width"], now["height"]) for now in (variables(experiment, step) for step in steps)]
    return max((step for step, a, b in zip(steps[1:], sizes, sizes[1:], strict=False) if a != b), default=0)


def _last_moment(asked: Sequence[Asked], experiment: Experiment) -> int:
    """Return the last step, of some 50 spread over the run, at which anything is asked for."""
    steps = (round(float(share) * experiment.epochs) for share in np.linspace(1.0, 0.0, LOOKED_AT))
    return next((n for n in steps if any(each.urgency(variables(experiment, n)) for each in asked)), experiment.epochs)


def frames(net: Net, target: Target, size_px: int) -> Tensor:
    """Return 12 squares (n, 3, size, size): left, middle and right of whole pictures at four moments."""
    moments = Practice(SEED).sample(MOMENTS, target.when)
    places = plane_of(whole(size_px, ASPECT), ASPECT).expand(MOMENTS, -1, -1, -1)
    width = places.shape[2]
    pictures = net(places, moments.seconds.tolist(), moments.heard)
    lefts = [round(i * (width - size_px) / (SQUARES - 1)) for i in range(SQUARES)]
    return torch.cat([pictures[..., left : left + size_px] for left in lefts])
