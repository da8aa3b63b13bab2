"""Teaching a built-in judge: CLIP's symmetric contrastive loss on captioned practice pictures, and help for form.

One process, one thread per process. The same kind, seed and minutes on the same machine give about the same judge; the
same number of steps gives the same one.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from safetensors.torch import load as tensors_of
from safetensors.torch import save as to_bytes
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from app import files
from app.plugins import load
from app.training.judges.builtin import exam, lessons
from app.training.judges.builtin.captions import caption, full
from app.training.judges.builtin.judge import ids_of
from app.training.judges.builtin.lexicon import known_words, read
from app.training.judges.builtin.towers import Dual
from app.training.judges.builtin.vocabulary import ATTRIBUTES

Tensor = Any
DRAWERS = {
    "guide": "app.training.judges.builtin.drawing:draw",
    "witness": "app.training.judges.builtin.witness_drawing:draw",
}
SEEDS = {"guide": 11, "witness": 23}
BATCH = {"guide": 256, "witness": 128}
"""Pictures a step: the witness learns from nothing, and more and smaller steps bring it further in the same time."""
RATE = 1.5e-3
WARM_UP = 60
HELP = 0.25
"""Weight of the heads that name form, colour, modifier, ground and attributes: only there while learning."""
FULL_CAPTIONS = 0.3
"""Share of captions that name everything."""
HOTTEST = 4.0
"""Cap on the logarithm of the inverse temperature."""
SMOOTHING = 0.995
"""How much of the smoothed weights, which are examined and kept, stays at each step."""
ROBUST = ("guide",)
"""Judges that are taught against pictures made worse on purpose: what pleases them then looks like something."""
WORSE = 1.5
"""How far (length of all pixels' changes, 0..1 each) a picture is moved at most where it hurts most."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Where teaching stands: `marks` of held-back pairs now and then, else None. `head` is form by the helping head."""

    step: int
    seconds: float
    loss: float
    marks: exam.Marks | None = None
    head: float = 0.0


class Helpers(nn.Module):
    """What names a picture's parts from its features, to give form its share of the gradient."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.classes = nn.ModuleList([nn.Linear(features, count) for count in lessons.LABELS])
        self.attributes = nn.Linear(features, len(ATTRIBUTES))

    def loss(self, features: Tensor, labels: Tensor, marks: Tensor) -> Tensor:
        """Return the summed loss; form counts twice."""
        losses = [F.cross_entropy(head(features), labels[:, i]) for i, head in enumerate(self.classes)]
        return losses[0] + sum(losses) + F.binary_cross_entropy_with_logits(self.attributes(features), marks)


class Teacher:
    """One judge being taught. `go()` yields as it goes; `weights()` may be asked for at any time."""

    def __init__(
        self, kind: str, groups: int, batch: int = 0, seed: int | None = None, start: Path | None = None
    ) -> None:
        """Draw `groups` × 8 practice pictures; `batch` 0 is the usual one.

        `start` goes on from a judge's weights, at half the rate.
        """
        torch.set_num_threads(1)  # on few cores two threads are slower than one
        self.seed = seed = SEEDS[kind] if seed is None else seed
        draw = drawer(kind)
        self._rng = np.random.default_rng(seed)
        torch.manual_seed(seed)
        self._batch = batch or BATCH[kind]
        self._pool = lessons.draw_pool(draw, groups, seed)
        self._paper = exam.paper(draw, 990_000 + seed, held=True, count=440)
        self._labels = torch.tensor([lessons.labels(scene) for scene in self._pool.scenes])
        self._marks = torch.tensor([lessons.marks(scene) for scene in self._pool.scenes])
        self._robust = kind in ROBUST
        self._net = Dual(kind, len(known_words())).to(memory_format=torch.channels_last)
        self._rate = RATE
        if start is not None:
            self._net.load_state_dict({name: value.float() for name, value in tensors_of(start.read_bytes()).items()})
            self._rate = RATE / 2.0
        self._smooth = AveragedModel(self._net, multi_avg_fn=get_ema_multi_avg_fn(SMOOTHING), use_buffers=True).eval()
        self._helpers = Helpers(self._net.images.features)
        self._heat = nn.Parameter(torch.tensor(2.6))
        parameters = [*self._net.parameters(), *self._helpers.parameters(), self._heat]
        self._optimiser = torch.optim.AdamW(parameters, RATE, (0.9, 0.98), weight_decay=0.02)
        self._parameters = parameters

    def go(self, steps: int, seconds: float, exam_every: int = 150) -> Iterator[Lesson]:
        """Yield after each step until `steps` are done or `seconds` are over, whatever comes first."""
        start = time.monotonic()
        for step in range(steps):
            gone = time.monotonic() - start
            share = max(step / steps, gone / seconds)
            if share >= 1.0:
                return
            loss = self._step(
                self._rate * min(1.0, (step + 1) / WARM_UP) * (0.02 + 0.49 * (1.0 + math.cos(math.pi * share)))
            )
            marks, head = self._examine() if step % exam_every == exam_every - 1 else (None, 0.0)
            yield Lesson(step + 1, time.monotonic() - start, loss, marks, head)

    def examine(self, pool: lessons.Pool) -> exam.Marks:
        """Return marks for any pictures."""
        with torch.no_grad():
            return exam.sit(self._smooth.module.see, lambda texts: self._smooth.module.read(_ids(texts)), pool)

    def form_head(self, pool: lessons.Pool) -> float:
        """Return how often the helping head names the form: what a classifier with this tower reaches."""
        images, form = self._smooth.module.images, self._helpers.classes[0]
        with torch.no_grad():
            named = [
                form(images(pool.pictures[i : i + 220].float() / 255.0)).argmax(1)
                for i in range(0, len(pool.scenes), 220)
            ]
        right = torch.tensor([lessons.labels(scene)[0] for scene in pool.scenes])
        return float((torch.cat(named) == right).float().mean())

    def weights(self) -> bytes:
        """Return the judge as a safetensors file of 16-bit floats."""
        return to_bytes({name: _small(value) for name, value in self._smooth.module.state_dict().items()})

    def _examine(self) -> tuple[exam.Marks, float]:
        return self.examine(self._paper), self.form_head(self._paper)

    def _step(self, rate: float) -> float:
        """Learn from one batch; where the judge is to be robust, again from the same one made worse for it."""
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        chosen = lessons.batch(self._pool, self._rng, self._batch)
        pictures = lessons.augment(self._pool.pictures[chosen].float() / 255.0)
        if self._robust:
            pictures = (pictures + worse(self._learn(chosen, pictures)[1])).clamp(0.0, 1.0)
        return self._learn(chosen, pictures)[0]

    def _learn(self, chosen: Tensor, pictures: Tensor) -> tuple[float, Tensor]:
        """Move the weights once; return the loss and, if the judge is to be robust, its gradient by picture."""
        pictures = pictures.contiguous(memory_format=torch.channels_last).requires_grad_(self._robust)
        with sdpa_kernel(SDPBackend.MATH):  # what is meant to be faster takes three times as long on small pictures
            with torch.autocast("cpu", torch.bfloat16):
                features = self._net.images(pictures)
            told = self._net.read(_ids(self._tell(chosen)))
        features = features.float()
        seen = F.normalize(self._net.project(features), dim=-1)
        similar = (seen @ told.T) * self._heat.clamp(max=HOTTEST).exp()
        own = torch.arange(len(chosen))
        loss = 0.5 * (F.cross_entropy(similar, own) + F.cross_entropy(similar.T, own))
        loss = loss + HELP * self._helpers.loss(features, self._labels[chosen], self._marks[chosen])
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimiser.step()
        self._smooth.update_parameters(self._net)
        return float(loss.detach()), pictures.grad

    def _tell(self, chosen: Tensor) -> list[str]:
        return [
            full(scene) if self._rng.random() < FULL_CAPTIONS else caption(scene, self._rng)
            for scene in (self._pool.scenes[i] for i in chosen.tolist())
        ]


def worse(gradient: Tensor) -> Tensor:
    """Return changes (n, 3, h, w) along a loss's gradient, each of a length of its own, half of them smooth.

    One step is enough to teach robustness when its length varies (Wong, Rice, Kolter 2020, "Fast is better than free").
    """
    count = len(gradient)
    gradient = gradient.contiguous()
    smooth = F.interpolate(F.avg_pool2d(gradient, 4), gradient.shape[-2:], mode="bilinear")
    gradient = torch.where(torch.rand(count, 1, 1, 1) < 0.5, smooth, gradient)
    length = gradient.flatten(1).norm(dim=1).clamp(min=1e-12)[:, None, None, None]
    return gradient / length * (WORSE * (0.2 + 0.8 * torch.rand(count, 1, 1, 1)))


def _ids(texts: Sequence[str]) -> Tensor:
    return torch.tensor([ids_of(read(text).words) for text in texts])


def drawer(kind: str) -> lessons.Draw:
    """Return what draws the pictures that "guide" or "witness" learns from."""
    draw: lessons.Draw = load("judge", DRAWERS, kind)
    return draw


def save(data: bytes, path: Path) -> str:
    """Write a judge's weights whole or not at all; return their SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.replace(path, data)
    return sha256(data).hexdigest()


def _small(value: Tensor) -> Tensor:
    return value.half().contiguous() if value.is_floating_point() else value.contiguous()
