"""Colour, noise, blur and edges of views: one small function for each such transform. Torch; training only.

Each takes pixels (n, 3, height, width) and gives as many, differentiably. Sizes in pixels are those of the picture's
resolution; `scale` says how many of the view's pixels one of them is.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

Tensor = Any
GREY = (0.2989, 0.587, 0.114)
"""Weights of red, green and blue in a grey (ITU-R BT.601)."""
MAX_RADIUS = 160
MAX_NOISE_SIDE = 4096
FOURIER_FACTOR = 15.0
FOURIER_SIDE = 224
"""CLIPig's factor gives its noise at this size of view; other sizes are brought to the same."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a pixel transform works with: its numbers, view pixels per picture pixel (x, y), and chance."""

    numbers: Mapping[str, tuple[float, ...]]
    scale: tuple[float, float]
    generator: torch.Generator

    def normal(self, *shape: int) -> Tensor:
        """Return Gaussian noise of this shape."""
        return torch.randn(shape, generator=self.generator, device=self.generator.device)

    def color(self, name: str, like: Tensor) -> Tensor:
        """Return three numbers as (1, 3, 1, 1)."""
        return torch.tensor(self.numbers[name], dtype=like.dtype, device=like.device).reshape(1, 3, 1, 1)


def gaussian_blur(pixels: Tensor, numbers: Mapping[str, tuple[float, ...]], scale: tuple[float, float]) -> Tensor:
    """Blur by `kernel_size` and `sigma` in picture pixels, x then y; edges are mirrored.

    An even kernel is taken one larger and a fraction cut off, as CLIPig does; sigma is 0.3((k-1)/2-1)+0.8 unless given.
    """
    sigmas = numbers.get("sigma", ())
    for axis, size in enumerate(numbers["kernel_size"]):
        kernel = max(1, int(size)) | 1
        sigma = max(0.0001, sigmas[axis]) if sigmas else 0.3 * ((kernel - 1) * 0.5 - 1.0) + 0.8
        if kernel > 1:
            pixels = _blur_axis(pixels, 3 - axis, (kernel - 1) / 2.0 * scale[axis], sigma * scale[axis])
    return pixels


def _blur_axis(pixels: Tensor, dim: int, reach: float, sigma: float) -> Tensor:
    radius = min(max(1, math.ceil(reach)), MAX_RADIUS, pixels.shape[dim] - 1)
    taps = torch.arange(-radius, radius + 1, dtype=pixels.dtype, device=pixels.device)
    weights = torch.exp(-0.5 * (taps / max(sigma, 1e-3)) ** 2)
    weights = weights / weights.sum()
    across = dim == 3
    padded = functional.pad(pixels, (radius, radius, 0, 0) if across else (0, 0, radius, radius), mode="reflect")
    kernel = weights.reshape((1, 1, 1, -1) if across else (1, 1, -1, 1)).repeat(3, 1, 1, 1)
    return functional.conv2d(padded, kernel, groups=3)


def add(pixels: Tensor, look: Look) -> Tensor:
    """Add a colour."""
    return pixels + look.color("color", pixels)


def mul(pixels: Tensor, look: Look) -> Tensor:
    """Multiply by a colour."""
    return pixels * look.color("color", pixels)


def mean(pixels: Tensor, look: Look) -> Tensor:
    """Shift every channel of each view so that its mean is `mean`."""
    return pixels + look.color("mean", pixels) - pixels.mean((2, 3), keepdim=True)


def blur(pixels: Tensor, look: Look) -> Tensor:
    """Blur."""
    return gaussian_blur(pixels, look.numbers, look.scale)


def edge(pixels: Tensor, look: Look) -> Tensor:
    """Leave what is brighter than its surroundings."""
    smooth = gaussian_blur(pixels, look.numbers, look.scale)
    return ((pixels - smooth) * look.color("amount", pixels)).clamp(0.0, 1.0)


def clamp(pixels: Tensor, look: Look) -> Tensor:
    """Keep colours between two values."""
    low, high = look.numbers["range"]
    return pixels.clamp(low, max(low, high))


def grey(pixels: Tensor) -> Tensor:
    """Return the grey of each pixel, (n, 1, height, width)."""
    weights = torch.tensor(GREY, dtype=pixels.dtype, device=pixels.device).reshape(1, 3, 1, 1)
    return (pixels * weights).sum(1, keepdim=True)


def contrast(pixels: Tensor, look: Look) -> Tensor:
    """Move colours away from the view's mean grey, within 0..1."""
    factor = look.numbers["factor"][0]
    return (factor * pixels + (1.0 - factor) * grey(pixels).mean((2, 3), keepdim=True)).clamp(0.0, 1.0)


def saturation(pixels: Tensor, look: Look) -> Tensor:
    """Move colours away from their own grey, within 0..1."""
    factor = look.numbers["factor"][0]
    return (factor * pixels + (1.0 - factor) * grey(pixels)).clamp(0.0, 1.0)


def quantize(pixels: Tensor, look: Look) -> Tensor:
    """Round down to steps. The gradient is that of no rounding, else nothing before it could learn."""
    step = look.color("step", pixels).clamp(min=1e-4)
    rounded = torch.floor(pixels / step) * step
    return pixels + (rounded - pixels).detach()


def noise(pixels: Tensor, look: Look) -> Tensor:
    """Add Gaussian noise, its own for each channel."""
    return pixels + look.normal(*pixels.shape) * look.color("std", pixels)


def bwnoise(pixels: Tensor, look: Look) -> Tensor:
    """Add the same Gaussian noise to all channels."""
    count, _, height, width = pixels.shape
    return pixels + look.normal(count, 1, height, width) * look.numbers["std"][0]


def rnoise(pixels: Tensor, look: Look) -> Tensor:
    """Add Gaussian noise made at another resolution."""
    width, height = (min(MAX_NOISE_SIDE, max(1, int(side))) for side in look.numbers["resolution"])
    coarse = look.normal(pixels.shape[0], 3, height, width)
    shown = functional.interpolate(coarse, size=pixels.shape[2:], mode="bilinear", antialias=True)
    return pixels + shown * look.color("std", pixels)


def fnoise(pixels: Tensor, look: Look) -> Tensor:
    """Add Gaussian noise to the real and imaginary parts of the Fourier space."""
    count, channels, height, width = pixels.shape
    space = torch.fft.rfft2(pixels)
    std = look.color("std", pixels) * FOURIER_FACTOR * math.sqrt(height * width) / FOURIER_SIDE
    drawn = look.normal(2, count, channels, *space.shape[2:]) * std
    return torch.fft.irfft2(space + torch.complex(drawn[0], drawn[1]), s=(height, width))


PIXEL_TRANSFORMS: dict[str, Callable[[Tensor, Look], Tensor]] = {
    function.__name__: function
    for function in (
        add, mul, mean, blur, edge, clamp, contrast, saturation, quantize, noise, bwnoise, rnoise, fnoise,
    )
}  # fmt: skip
