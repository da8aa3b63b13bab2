"""The witness's practice pictures: a scene becomes a small picture, painted shape by shape with pillow. Pure.

It shares no drawing code with the guide's pictures, so that the two judges don't share their blind spots.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from app.training.judges.builtin import witness_geometry as geometry
from app.training.judges.builtin import witness_matter as matter
from app.training.judges.builtin import witness_nature as nature
from app.training.judges.builtin import witness_screens as screens
from app.training.judges.builtin.scene import Scene
from app.training.judges.builtin.witness_easel import Easel, Field, remapped
from app.training.judges.builtin.witness_paint import paints

_SUPERSAMPLING = 2
_FORMS: dict[str, Callable[[Easel], Image.Image]] = {
    "stripes": geometry.stripes, "checks": geometry.checks, "dots": geometry.dots, "rings": geometry.rings,
    "spiral": geometry.spiral, "waves": nature.waves, "clouds": nature.clouds, "cells": nature.cells,
    "plaid": geometry.plaid, "rays": geometry.rays, "gradient": nature.gradient, "lightning": nature.lightning,
    "grid": screens.grid, "glitch": screens.glitch, "watercolor": matter.watercolor, "nebula": nature.nebula,
    "fire": nature.fire, "labyrinth": matter.labyrinth, "blobs": matter.blobs, "triangles": geometry.triangles,
    "marble": matter.marble, "pixels": geometry.pixels,
}  # fmt: skip
_THIN = ("lightning", "grid", "nebula")
"""Forms of fine lines or points: they bear less blur."""
_UPRIGHT = ("pixels", "glitch", "fire", "gradient")
"""Forms that a bend of space would turn into another; only a chaotic scene bends them, and less."""

_OWN_GROUND = {"fire": 0.03, "nebula": 0.03, "watercolor": 0.97}
"""Forms that lie on a dark or a paper of their own: the share of the picture that is darker than it."""
_KALEIDOSCOPIC = ("checks", "dots", "clouds", "cells", "lightning", "grid", "labyrinth", "blobs", "triangles")
"""Forms that the sectors of a kaleidoscope leave what they are; the others are mirrored."""


def draw(scenes: Sequence[Scene], size_px: int, seed: int) -> NDArray[np.uint8]:
    """Return (n, 3, size_px, size_px) pictures of the scenes, RGB 0..255; the same for the same seed and place."""
    pictures = [_picture(scene, size_px, np.random.default_rng((seed, place))) for place, scene in enumerate(scenes)]
    return np.stack(pictures).transpose(0, 3, 1, 2)


def _picture(scene: Scene, size_px: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    width = size_px * _SUPERSAMPLING
    scale = _scale(scene, rng)
    easel = Easel(rng, width, paints(scene, rng), 13.5 * scale * width / 64, scale, scene.attributes)
    picture = _bent(easel, _FORMS[scene.form](easel), scene)
    picture = _edged(easel, picture.reduce(_SUPERSAMPLING), scene, size_px / 64)
    return _lit(easel, np.asarray(picture, np.float32), scene)


def _scale(scene: Scene, rng: np.random.Generator) -> float:
    if "fine" in scene.attributes:
        return float(rng.uniform(0.5, 0.68))
    return float(rng.uniform(1.55, 2.1) if "coarse" in scene.attributes else rng.uniform(0.78, 1.3))


def _bent(easel: Easel, picture: Image.Image, scene: Scene) -> Image.Image:
    """Fold the plane for symmetry, warp it for chaos; now and then warp it a little unasked."""
    chaotic, symmetric = "chaotic" in scene.attributes, "symmetric" in scene.attributes
    slight = "calm" not in scene.attributes and scene.form not in _UPRIGHT and easel.chance(0.5)
    if not (chaotic or symmetric or slight):
        return picture
    y, x = np.indices((easel.width_px, easel.width_px), dtype=np.float32)
    if symmetric:
        x, y = _folded(easel, x, y, scene.form)
    if chaotic or slight:
        pull = easel.unit * (easel.between(4.5, 7) if chaotic else easel.between(0.8, 3.5))
        pull *= 0.6 if scene.form in _UPRIGHT else 1.0
        bumps = easel.between(2, 3)
        x, y = x + pull * easel.noise(bumps), y + pull * easel.noise(bumps)
    return remapped(picture, x, y)


def _folded(easel: Easel, x: Field, y: Field, form: str) -> tuple[Field, Field]:
    """Mirror left and right, four ways, or in the sectors of a kaleidoscope."""
    middle = np.float32(easel.width_px / 2)
    across, down = x - middle, y - middle
    if form not in _KALEIDOSCOPIC or easel.chance(0.35):
        both = form not in _UPRIGHT and easel.chance(0.5)
        return np.abs(across) + middle * 0.5, np.abs(down) + middle * 0.5 if both else y
    sector = np.float32(2 * np.pi / easel.count(3, 6))
    angle = np.abs((np.arctan2(down, across) + np.pi) % sector - sector / 2) + np.float32(easel.between(0, 6.3))
    radius = np.hypot(across, down)
    return middle * 0.8 + radius * np.cos(angle), middle * 0.8 + radius * np.sin(angle)


def _edged(easel: Easel, picture: Image.Image, scene: Scene, unit: float) -> Image.Image:
    """Blur or sharpen; a picture that nobody asked either of is often a bit soft."""
    thin = 0.6 if scene.form in _THIN or "fine" in scene.attributes else 1.0
    if "soft" in scene.attributes:
        return picture.filter(ImageFilter.GaussianBlur(easel.between(1.1, 1.7) * thin * unit))
    if "sharp" in scene.attributes:
        return picture.filter(ImageFilter.UnsharpMask(unit, 70, 0))
    if easel.chance(0.5):
        return picture
    return picture.filter(ImageFilter.GaussianBlur(easel.between(0.3, 1.3) * thin * unit))


def _lit(easel: Easel, pixels: Field, scene: Scene) -> NDArray[np.uint8]:
    """Contrast as asked; light from a side, dim corners and exposure as they fall."""
    if "faint" in scene.attributes:
        base = np.array(easel.paints.field, np.float32)
        if scene.form in _OWN_GROUND:
            base = np.quantile(pixels, _OWN_GROUND[scene.form], (0, 1)).astype(np.float32)
        pixels = base + (pixels - base) * np.float32(easel.between(0.4, 0.52))
    elif "contrasty" in scene.attributes:
        mean = pixels.mean((0, 1))
        pixels = mean + (pixels - mean) * np.float32(easel.between(1.3, 1.5))
    edge = np.linspace(-1, 1, len(pixels), dtype=np.float32)
    angle = easel.between(0, 6.3)
    light = 1 + easel.between(0, 0.14) * (edge[None] * np.cos(angle) + edge[:, None] * np.sin(angle))
    if easel.chance(0.4):
        rows = np.linspace(0, easel.width_px - 1, len(pixels)).astype(int)
        light = light + easel.between(0.05, 0.35) * easel.noise(easel.between(1.5, 3.0))[np.ix_(rows, rows)]
    if easel.chance(0.4):
        light = light - easel.between(0.05, 0.25) * (edge[None] ** 2 + edge[:, None] ** 2) / 2
    lit: NDArray[np.uint8] = (pixels * (light * easel.between(0.92, 1.05))[..., None]).clip(0, 255).astype(np.uint8)
    return lit
