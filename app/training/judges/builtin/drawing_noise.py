"""Smooth random fields for the guide's picture drawer: periodic textures made from random spectra, and their lookup.

Pure torch, batched; runs where the judge is trained. All chance comes from the given generator.
"""

import math
from typing import Any

import torch
from torch.nn import functional

Tensor = Any
TEXTURE_PX = 64
SPAN = 4.0
"""Edge length of one texture in picture units (a picture spans -1..1); it repeats beyond."""


def _waves_per_texture() -> Tensor:
    across = torch.fft.rfftfreq(TEXTURE_PX) * TEXTURE_PX
    down = torch.fft.fftfreq(TEXTURE_PX) * TEXTURE_PX
    return (across[None, :] ** 2 + down[:, None] ** 2).sqrt()


def _unit(texture: Tensor) -> Tensor:
    texture = texture - texture.mean((-2, -1), keepdim=True)
    return texture / texture.std((-2, -1), keepdim=True).clamp(min=1e-6)


def fractal(gen: torch.Generator, count: int, channels: int, slope: float, first: float, last: float) -> Tensor:
    """Return (count, channels, h, w) textures of mean 0 and deviation 1 whose amplitude falls as 1 / waves ** slope.

    `first` and `last` bound the waves per texture.
    """
    waves = _waves_per_texture()
    gain = waves.clamp(min=1.0) ** -slope * torch.sigmoid((waves - first) * 3 + 3) * torch.sigmoid((last - waves) * 2)
    gain[0, 0] = 0.0
    white = torch.randn((count, channels, TEXTURE_PX, TEXTURE_PX), generator=gen)
    return _unit(torch.fft.irfft2(torch.fft.rfft2(white) * gain, s=(TEXTURE_PX, TEXTURE_PX)))


def winding(gen: torch.Generator, count: int, waves: float) -> Tensor:
    """Return (count, 1, h, w) textures of winding lines of equal width, `waves` of them per texture.

    Band-passed noise, flattened and band-passed again: the fixed point of Swift-Hohenberg-like pattern growth.
    """
    gain = torch.exp(-(((_waves_per_texture() - waves) / (0.16 * waves)) ** 2))
    texture = torch.randn((count, 1, TEXTURE_PX, TEXTURE_PX), generator=gen)
    for _ in range(8):
        texture = _unit(torch.fft.irfft2(torch.fft.rfft2(torch.tanh(2.0 * texture)) * gain, s=(TEXTURE_PX, TEXTURE_PX)))
    return texture


def look_up(texture: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return (n, channels, h, w): the textures (n, channels, ...) at x, y (n, h, w), in picture units, repeating."""
    padded = functional.pad(texture, (0, 1, 0, 1), mode="circular")
    place = torch.stack([x, y], -1).div(SPAN).remainder(1.0) * 2.0 - 1.0
    return functional.grid_sample(padded, place, mode="bilinear", padding_mode="border", align_corners=True)


def evened(field: Tensor) -> Tensor:
    """Return a normal field (mean 0, deviation 1) spread evenly over 0..1."""
    return 0.5 + 0.5 * torch.erf(field / math.sqrt(2.0))
