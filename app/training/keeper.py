"""Who keeps the best: asks a judge that doesn't guide about the smoothed network, always in the same frames. Torch.

The frames are four moments of the whole picture, three squares of each side by side. What counts is the loss
(similarity and rivals), what is told is the similarity.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from app.cppn.net import Net, plane_of, whole
from app.training.experiment import Experiment, Target
from app.training.expressions import scope
from app.training.judges.judge import Judge
from app.training.objective import Asked
from app.training.sounds import Practice

Tensor = Any
ASPECT = 16 / 9
MOMENTS = 4
SQUARES = 3
PATIENCE_STEPS = 75
SEED = 5


class Keeper:
    """Holds the best weights so far as the held-out judge sees them."""

    def __init__(self, experiment: Experiment, judge: Judge) -> None:
        self.label = f"{judge.info.name} {judge.info.sha256[:12]}"
        self.similarity: float | None = None
        self._asked = [Asked(target, judge, experiment) for target in experiment.targets if target.active]
        self._judge = judge
        self._experiment = experiment
        self._best: list[Any] = []
        self._best_loss, self._best_step, self._best_similarity = float("inf"), 0, 0.0

    def examine(self, net: Net, step: int) -> bool:
        """Look at the network; return whether it is the best so far, and keep it then."""
        now = scope(step, self._experiment.epochs)
        losses, similar = [], []
        with torch.no_grad():
            for asked in self._asked:
                seen = self._judge.embed_image(frames(net, asked.target, self._judge.info.size_px))
                losses.append(float(asked.loss(seen, now)))
                similar.append(asked.similarity(seen))
        self.similarity = 100.0 * float(np.mean(similar))
        loss = float(np.mean(losses))
        if loss >= self._best_loss and self._best:
            return False
        self._best = [parameter.detach().numpy().copy() for parameter in net.parameters()]
        self._best_loss, self._best_step, self._best_similarity = loss, step, self.similarity
        return True

    def stale(self, step: int, steps: int) -> bool:
        """Whether nothing has become better for long, in the second half of a run."""
        return step > steps // 2 and step - self._best_step > max(PATIENCE_STEPS, steps // 4)

    def put_best(self, net: Net) -> None:
        """Set the network to the best so far."""
        for parameter, value in zip(net.parameters(), self._best, strict=True):
            parameter.data.copy_(torch.as_tensor(value))

    def scores(self) -> dict[str, float]:
        """Return the best's similarity, cosine × 100, and its step."""
        return {"held_out": round(self._best_similarity, 2), "best_step": float(self._best_step)}

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


def frames(net: Net, target: Target, size_px: int) -> Tensor:
    """Return 12 squares (n, 3, size, size): left, middle and right of whole pictures at four moments."""
    moments = Practice(SEED).sample(MOMENTS, target.when)
    places = plane_of(whole(size_px, ASPECT), ASPECT).expand(MOMENTS, -1, -1, -1)
    width = places.shape[2]
    pictures = net(places, moments.seconds.tolist(), moments.heard)
    lefts = [round(i * (width - size_px) / (SQUARES - 1)) for i in range(SQUARES)]
    return torch.cat([pictures[..., left : left + size_px] for left in lefts])
