"""Lessons: a pool of drawn scenes, and batches in which colour alone doesn't tell the caption. One process, no files.

Half of a batch are groups that share palette, ground and attributes and differ in form; the other half share the form
and differ in colours. A judge that only looks at colour can't match the first half.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the usual name

from app.training.judges.builtin import scene as scenes
from app.training.judges.builtin.scene import Scene
from app.training.judges.builtin.towers import SIZE_PX
from app.training.judges.builtin.vocabulary import ATTRIBUTES, COLOURS, FORMS, MODIFIERS

Tensor = Any
Draw = Callable[[Sequence[Scene], int, int], Tensor]
"""(scenes, size_px, seed) → uint8 pictures (n, 3, size, size), torch or NumPy."""
GROUP = 8
DRAWN_AT_ONCE = 256
LABELS = (len(FORMS), len(COLOURS), len(MODIFIERS) + 1, 3)
"""Classes of form, main colour, modifier, ground."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Scenes in groups of eight that differ in form only, and their pictures (n, 3, 64, 64) uint8."""

    scenes: tuple[Scene, ...]
    pictures: Tensor
    by_form: dict[str, Tensor]


def draw_pool(draw: Draw, groups: int, seed: int) -> Pool:
    """Return a pool of `groups` × 8 pictures, none of them of a held-back pair."""
    rng = np.random.default_rng(seed)
    found = [scene for _ in range(groups) for scene in _group(rng)]
    return pool_of(found, draw, seed)


def pool_of(found: Sequence[Scene], draw: Draw, seed: int) -> Pool:
    """Draw these scenes."""
    parts = [
        torch.as_tensor(draw(found[i : i + DRAWN_AT_ONCE], SIZE_PX, seed + i))
        for i in range(0, len(found), DRAWN_AT_ONCE)
    ]
    names = np.array([scene.form for scene in found])
    by_form = {name: torch.as_tensor(np.flatnonzero(names == name)) for name in FORMS}
    return Pool(tuple(found), torch.cat(parts), by_form)


def _group(rng: np.random.Generator) -> list[Scene]:
    """Return eight scenes of different form that otherwise say the same."""
    while True:
        first = scenes.sample(rng)
        theme = "" if first.theme == "natural" else first.theme
        forms = rng.permutation(list(FORMS))
        same = [replace(first, form=str(form), theme=theme) for form in forms]
        same = [first, *[scene for scene in same if scene.form != first.form and not scenes.held_back(scene)]]
        if len(same) >= GROUP:
            return same[:GROUP]


def batch(pool: Pool, rng: np.random.Generator, size: int) -> Tensor:
    """Return picture numbers for one step: half of them groups of one palette, half of them groups of one form."""
    groups = len(pool.scenes) // GROUP
    palettes = rng.choice(groups, size // 2 // GROUP, replace=False)
    first = (palettes[:, None] * GROUP + np.arange(GROUP)).ravel()
    forms = rng.choice(list(FORMS), size // 32, replace=False)
    second = [rng.choice(pool.by_form[str(form)].numpy(), 16) for form in forms]
    return torch.as_tensor(np.concatenate([first, *second]))


def labels(scene: Scene) -> tuple[int, int, int, int]:
    """Return class numbers of form, main colour, modifier and ground."""
    modifier = list(MODIFIERS).index(scene.modifier) + 1 if scene.modifier else 0
    ground = ("", "black", "white").index(scene.ground)
    return list(FORMS).index(scene.form), list(COLOURS).index(scene.colours[0]), modifier, ground


def marks(scene: Scene) -> list[float]:
    """Return 1 for each attribute that the scene has, else 0."""
    return [float(name in scene.attributes) for name in ATTRIBUTES]


def augment(x: Tensor, strength: float = 1.0) -> Tensor:
    """Return pictures (n, 3, h, w) as a judge may meet them: cropped, turned, mirrored, bent, blurred, noisy, dimmer.

    Differentiable; hue stays. Training a style uses it too, so that judge and style meet the same kinds of views.
    """
    count = x.shape[0]
    places = F.affine_grid(_affine(count, strength), list(x.shape), align_corners=False)
    x = F.grid_sample(
        x, places + _bend(count, x.shape[-2:], strength), mode="bilinear", padding_mode="reflection",
        align_corners=False,
    )  # fmt: skip
    blurred = F.interpolate(F.avg_pool2d(x, 2), x.shape[-2:], mode="bilinear")
    share = (torch.rand(count, 1, 1, 1) < 0.25 * strength) * torch.rand(count, 1, 1, 1)
    x = x + (blurred - x) * share
    mean = x.mean((2, 3), keepdim=True)
    x = mean + (x - mean) * (1.0 + strength * 0.5 * (torch.rand(count, 1, 1, 1) - 0.5))
    x = x * (1.0 + strength * 0.3 * (torch.rand(count, 1, 1, 1) - 0.5)) + strength * 0.1 * (
        torch.rand(count, 1, 1, 1) - 0.5
    )
    deviation = strength * 0.08 * torch.rand(count, 1, 1, 1) * (torch.rand(count, 1, 1, 1) < 0.6)
    return (x + torch.randn_like(x) * deviation).clamp(0.0, 1.0)


def _bend(count: int, size: Sequence[int], strength: float) -> Tensor:
    """Return smooth shifts of every place (n, h, w, 2), for half of the pictures; the others stay as they lie."""
    amount = strength * 0.09 * torch.rand(count, 1, 1, 1) * (torch.rand(count, 1, 1, 1) < 0.5)
    knots = torch.randn(count, 2, 4, 4) * amount
    return F.interpolate(knots, tuple(size), mode="bicubic", align_corners=True).permute(0, 2, 3, 1)


def _affine(count: int, strength: float) -> Tensor:
    whole = torch.rand(count) < 0.35
    zoom = torch.where(whole, torch.ones(count), 1.0 - 0.45 * strength * torch.rand(count))
    turn = strength * 0.25 * torch.randn(count).clamp(-2.0, 2.0)
    mirror = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    cos, sin = zoom * turn.cos(), zoom * turn.sin()
    affine = torch.zeros(count, 2, 3)
    affine[:, 0, 0], affine[:, 0, 1] = cos * mirror, -sin
    affine[:, 1, 0], affine[:, 1, 1] = sin * mirror, cos
    affine[:, :, 2] = (torch.rand(count, 2) * 2.0 - 1.0) * (1.0 - zoom)[:, None]
    return affine
