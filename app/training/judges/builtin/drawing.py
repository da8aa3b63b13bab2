"""The picture drawer of the guide: scenes in, small abstract pictures out, batched by form. Runs where judges train.

The other judge has a drawer of its own, written apart from this one; neither may import the other.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from app.training.judges.builtin import drawing_lines, drawing_matter
from app.training.judges.builtin.drawing_colour import ramps
from app.training.judges.builtin.drawing_noise import fractal
from app.training.judges.builtin.drawing_space import Layers, Space, space_of
from app.training.judges.builtin.scene import Scene
from app.training.judges.builtin.vocabulary import FORMS

Tensor = Any
_LINES = ("stripes", "checks", "dots", "rings", "spiral", "plaid", "rays", "grid", "glitch", "pixels", "triangles")
_DRAWERS: dict[str, Callable[[Space], Layers]] = {
    form: getattr(drawing_lines if form in _LINES else drawing_matter, form) for form in FORMS
}
_CHUNK = 32
"""Pictures drawn at a time: what fits the processor's cache, and bounds memory."""
_CONTRAST = {"faint": (0.55, 0.045), "contrasty": (1.35, 0.16)}
"""By attribute: how deviations from a picture's mean colour are scaled, and the least deviation left."""
_USUAL_CONTRAST = (1.0, 0.1)


def draw(scenes: Sequence[Scene], size_px: int, seed: int) -> Tensor:
    """Return uint8 (n, 3, size_px, size_px) pictures of the scenes, in their order; equal for equal seeds."""
    gen = torch.Generator().manual_seed(seed)
    rng = np.random.default_rng(seed)
    pictures = torch.empty((len(scenes), 3, size_px, size_px), dtype=torch.uint8)
    with torch.no_grad():
        for form in FORMS:
            chosen = [index for index, scene in enumerate(scenes) if scene.form == form]
            for start in range(0, len(chosen), _CHUNK):
                part = chosen[start : start + _CHUNK]
                drawn = _draw_form(form, [scenes[index] for index in part], size_px, gen, rng)
                pictures[part] = (drawn * 255).round().byte()
    return pictures


def _draw_form(
    form: str, scenes: Sequence[Scene], size_px: int, gen: torch.Generator, rng: np.random.Generator
) -> Tensor:
    layers = _DRAWERS[form](space_of(form, scenes, size_px, gen))
    pictures = _coloured(layers, scenes, rng)
    pictures = _contrasted(pictures, scenes)
    if layers.sparks.ndim:
        pictures = pictures + layers.sparks[:, None] * (1 - pictures)
    if layers.shift_px:
        by = max(1, layers.shift_px * size_px // 64)
        pictures = torch.stack([pictures[:, 0].roll(by, -1), pictures[:, 1], pictures[:, 2].roll(-by, -1)], 1)
    return _lit(_glowing(pictures, scenes), gen).clamp(0, 1)


def _coloured(layers: Layers, scenes: Sequence[Scene], rng: np.random.Generator) -> Tensor:
    """Return (n, 3, h, w): the layers in the scenes' colours. Both ramps are one texture, looked up once."""
    covered = layers.figure.mean((1, 2)).tolist()
    table = np.stack([ramps(scene, share, rng) for scene, share in zip(scenes, covered, strict=True)])
    texture = torch.from_numpy(table).permute(0, 3, 1, 2)
    place = torch.stack([layers.region, layers.figure], -1) * 2 - 1
    pictures = functional.grid_sample(texture, place, mode="bilinear", padding_mode="border", align_corners=True)
    light = layers.light[..., None, :, :] if layers.light.ndim else layers.light
    room = (pictures.amax(1, keepdim=True) * 1.6 + 0.25).clamp(max=1.0)
    return pictures * (1 + light.clamp(-0.85, 0)) + (room - pictures).clamp(min=0) * light.clamp(0, 1) * 0.8


def _contrasted(pictures: Tensor, scenes: Sequence[Scene]) -> Tensor:
    """Return the pictures with their asked contrast, never under what a form needs to be seen."""
    wanted = torch.tensor(
        [next((_CONTRAST[name] for name in scene.attributes if name in _CONTRAST), _USUAL_CONTRAST) for scene in scenes]
    )
    gain, least = wanted.T[..., None, None, None]
    mean = pictures.mean((2, 3), keepdim=True)
    apart = pictures - mean
    deviation = apart.square().mean((1, 2, 3), keepdim=True).sqrt() * gain
    return (mean + apart * gain * (least / deviation.clamp(min=1e-4)).clamp(1.0, 3.0)).clamp(0, 1)


def _glowing(pictures: Tensor, scenes: Sequence[Scene]) -> Tensor:
    """Return the pictures, neon ones with a bloom around what is bright."""
    neon = torch.tensor([scene.modifier == "neon" for scene in scenes])
    if not bool(neon.any()):
        return pictures
    size = pictures.shape[-2:]
    small = functional.avg_pool2d(pictures, max(1, size[0] // 16))
    bloom = functional.interpolate(small, size=size, mode="bilinear", align_corners=False)
    return torch.where(neon[:, None, None, None], pictures + 0.3 * bloom * (1 - pictures), pictures)


def _lit(pictures: Tensor, gen: torch.Generator) -> Tensor:
    """Return the pictures under uneven light: brightness, a slope, a vignette, brighter and dimmer areas."""
    count, size = pictures.shape[0], pictures.shape[-1]
    line = torch.linspace(-1, 1, size)
    chance = torch.rand((4, count, 1, 1), generator=gen)
    turn = chance[0] * 2 * math.pi
    slope = (line[None, None] * turn.cos() + line[None, :, None] * turn.sin()) * 0.1 * chance[1]
    vignette = (line[None, None] ** 2 + line[None, :, None] ** 2) * 0.09 * chance[2]
    uneven = 0.22 * torch.rand((count, 1, 1), generator=gen) * (torch.rand((count, 1, 1), generator=gen) < 0.5)
    cloudy = fractal(gen, count, 1, 2.5, 1.0, 4.0)[:, 0]
    cloudy = functional.interpolate(cloudy[:, None], (size, size), mode="bilinear")[:, 0]
    return pictures * (0.97 + 0.1 * (chance[3] - 0.5) + slope - vignette + (uneven * cloudy).clamp(-0.5, 0.5))[:, None]
