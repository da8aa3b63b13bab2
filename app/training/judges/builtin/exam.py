"""Exams for the built-in judges: one word swapped among all, and retrieval among 40. One process, no files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from app.training.judges.builtin import captions
from app.training.judges.builtin import scene as scenes
from app.training.judges.builtin.lessons import Draw, Pool, labels, pool_of
from app.training.judges.builtin.scene import Scene
from app.training.judges.builtin.vocabulary import COLOURS, FORMS
from app.training.pixel_transforms import GREY

Tensor = Any
See = Callable[[Tensor], Tensor]
Read = Callable[[Sequence[str]], Tensor]
AMONG = 40
TRIALS = 60


@dataclass(frozen=True, slots=True)
class Marks:
    """Shares of right answers, 0..1. `form` and `colour`: one word of the full caption swapped among all.

    Chance is 1/22 and 1/16. `grey` is form on pictures without colour. `retrieval` is R@1 of image → text and text →
    image among 40 captions; easy, a guard only.
    """

    form: float
    colour: float
    grey: float
    retrieval: float
    retrieval_back: float


def paper(draw: Draw, seed: int, held: bool, count: int = 880) -> Pool:
    """Return an exam's pictures, as many of each form; of held-back pairs only, or of practised ones."""
    rng = np.random.default_rng(seed)
    forms = list(FORMS)
    return pool_of([scenes.sample(rng, held, forms[i % len(forms)]) for i in range(count)], draw, seed)


def sit(see: See, read: Read, pool: Pool, seed: int = 7) -> Marks:
    """Return how a judge does on these pictures."""
    seen = _see_all(see, pool.pictures)
    grey = _see_all(see, _grey(pool.pictures))
    there, back = _retrieval(seen, read, pool, np.random.default_rng(seed))
    return Marks(
        _swap(seen, read, pool.scenes, _form_captions), _swap(seen, read, pool.scenes, _colour_captions),
        _swap(grey, read, pool.scenes, _form_captions), there, back,
    )  # fmt: skip


def _see_all(see: See, pictures: Tensor) -> Tensor:
    with torch.no_grad():
        return torch.cat([see(pictures[i : i + 220].float() / 255.0) for i in range(0, len(pictures), 220)])


def _grey(pictures: Tensor) -> Tensor:
    weights = torch.tensor(GREY)[:, None, None]
    return (pictures.float() * weights).sum(1, keepdim=True).round().expand(-1, 3, -1, -1).to(torch.uint8)


def _form_captions(scene: Scene) -> tuple[list[str], int]:
    return [captions.full(scene, form=form) for form in FORMS], labels(scene)[0]


def _colour_captions(scene: Scene) -> tuple[list[str], int]:
    return [captions.full(scene, colour=colour) for colour in COLOURS], labels(scene)[1]


def _swap(seen: Tensor, read: Read, found: Sequence[Scene], among: Callable[[Scene], tuple[list[str], int]]) -> float:
    right = 0
    for vector, scene in zip(seen, found, strict=True):
        texts, answer = among(scene)
        with torch.no_grad():
            right += int((read(texts) @ vector).argmax()) == answer
    return right / len(found)


def _retrieval(seen: Tensor, read: Read, pool: Pool, rng: np.random.Generator) -> tuple[float, float]:
    with torch.no_grad():
        told = read([captions.full(scene) for scene in pool.scenes])
    there = back = 0.0
    for _ in range(TRIALS):
        chosen = torch.as_tensor(_different(pool.scenes, rng))
        similar = seen[chosen] @ told[chosen].T
        own = torch.arange(len(chosen))
        there += float((similar.argmax(1) == own).float().mean())
        back += float((similar.argmax(0) == own).float().mean())
    return there / TRIALS, back / TRIALS


def _different(found: Sequence[Scene], rng: np.random.Generator) -> list[int]:
    """Return 40 numbers of scenes no two of which share both form and main colour."""
    chosen: dict[tuple[str, str], int] = {}
    for i in rng.permutation(len(found)):
        chosen.setdefault((found[i].form, found[i].colours[0]), int(i))
        if len(chosen) == AMONG:
            break
    return list(chosen.values())
