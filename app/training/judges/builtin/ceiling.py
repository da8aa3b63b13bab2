"""The ceiling of a built-in judge: how often a classifier of its size, taught forms and nothing else, names them.

One process, one thread, no files. It is a network of its own: the judge's image tower from other random numbers, a line
of forms behind it, the same pictures and views, and no words. A judge that reads words can hardly see more than that.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from app.training.judges.builtin import lessons
from app.training.judges.builtin.teach import BATCH, RATE, SEEDS, SMOOTHING, WARM_UP, drawer
from app.training.judges.builtin.towers import KINDS
from app.training.judges.builtin.vocabulary import FORMS

Tensor = Any
SEED_APART = 100
"""Added to the judge's seed for the network's numbers; the pictures are the judge's own."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What the classifier reached: `form` is its share of right answers on pairs never seen, 0..1.

    `minutes` are those of one processor. One that was taught for less time than the judge is a lower bound.
    """

    form: float
    pictures: int
    steps: int
    minutes: float
    seed: int


class Classifier:
    """A tower like the judge's and the names of the forms."""

    def __init__(self, kind: str, groups: int) -> None:
        """Draw `groups` × 8 practice pictures: those of the judge, if it had as many and its usual seed."""
        torch.set_num_threads(1)
        self.seed = SEEDS[kind] + SEED_APART
        torch.manual_seed(self.seed)
        self._rng = np.random.default_rng(self.seed)
        self._batch = BATCH[kind]
        self._pool = lessons.draw_pool(drawer(kind), groups, SEEDS[kind])
        self._forms = _forms(self._pool)
        tower: Any = KINDS[kind][0]()
        self._net = nn.Sequential(tower, nn.Linear(tower.features, len(FORMS))).to(memory_format=torch.channels_last)
        self._smooth = AveragedModel(self._net, multi_avg_fn=get_ema_multi_avg_fn(SMOOTHING), use_buffers=True).eval()
        self._optimiser = torch.optim.AdamW(self._net.parameters(), RATE, (0.9, 0.98), weight_decay=0.02)

    def go(self, steps: int, minutes: float) -> Iterator[tuple[int, float, float]]:
        """Yield (steps done, processor minutes, loss) until `steps` or `minutes` are over, whatever comes first."""
        begun = time.process_time()
        for step in range(steps):
            gone = (time.process_time() - begun) / 60.0
            share = max(step / steps, gone / minutes)
            if share >= 1.0:
                return
            rate = RATE * min(1.0, (step + 1) / WARM_UP) * (0.02 + 0.49 * (1.0 + math.cos(math.pi * share)))
            loss = self._step(rate)
            yield step + 1, (time.process_time() - begun) / 60.0, loss

    def right(self, pool: lessons.Pool) -> float:
        """Return how often it names the form of these pictures."""
        with torch.no_grad():
            parts = [
                self._smooth(pool.pictures[i : i + 220].float() / 255.0).argmax(1)
                for i in range(0, len(pool.scenes), 220)
            ]
        return float((torch.cat(parts) == _forms(pool)).float().mean())

    def _step(self, rate: float) -> float:
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        chosen = lessons.batch(self._pool, self._rng, self._batch)
        pictures = lessons.augment(self._pool.pictures[chosen].float() / 255.0)
        with torch.autocast("cpu", torch.bfloat16):
            named = self._net(pictures.contiguous(memory_format=torch.channels_last))
        loss = F.cross_entropy(named.float(), self._forms[chosen])
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
        self._optimiser.step()
        self._smooth.update_parameters(self._net)
        return float(loss.detach())


def _forms(pool: lessons.Pool) -> Tensor:
    return torch.tensor([lessons.labels(scene)[0] for scene in pool.scenes])
