"""Untrained networks worth looking at: seeded random weights and a palette. Pure NumPy.

The *split* initialisation gives coordinates and sound each their own scale, so that music moves the picture
without replacing it. The palette fits the last layer to colours: a random projection alone makes grey mush.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.cppn import inputs, reference
from app.cppn.arch import Arch
from app.style import Header, Layer, Style

LEVELS = (0.02, 0.98)
"""Palette colours are held inside these, where their logits stay moderate."""
HIDDEN_GAIN = {"finer": 0.3}
"""Scales hidden weights and biases: finer's slope grows with its argument, the others start well at 1."""
SAMPLE = 24
"""Side of the square of pixels that palette statistics are taken from."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Four colours (r, g, b in 0..1): a main axis `dark`–`light` and a second one `cool`–`warm`.

    `gain` above 1 pushes more of the picture to the ends of both axes; `balance` moves it along the main axis, in
    standard deviations: below 0 darker, above 0 lighter.
    """

    dark: tuple[float, float, float]
    light: tuple[float, float, float]
    cool: tuple[float, float, float]
    warm: tuple[float, float, float]
    gain: float = 1.0
    balance: float = 0.0


def random_layers(
    rng: np.random.Generator, arch: Arch, w0: float, scale: Mapping[str, float] | None = None
) -> tuple[Layer, ...]:
    """Return split-initialised weights for any architecture.

    Coordinate columns U(±w0/2) per input of span 1, so that ±π coordinates get U(±w0/2)/π; time columns
    and sound columns U(±1/√n) with n of both together; hidden layers U(±√(6/fan_in)) with biases U(±π); the last
    layer the same with zero bias. `scale` multiplies the columns of the inputs it names: {"y": 0.25} draws the
    picture out upwards.
    """
    shapes = arch.shapes
    gain = HIDDEN_GAIN.get(arch.activation, 1.0)
    layers = [(_first(rng, arch, w0, scale or {}), _uniform(rng, (arch.width,), gain * math.pi))]
    for rows, columns in shapes[1:-1]:
        weights = _uniform(rng, (rows, columns), gain * math.sqrt(6.0 / columns))
        layers.append((weights, _uniform(rng, (rows,), gain * math.pi)))
    rows, columns = shapes[-1]
    layers.append((_uniform(rng, (rows, columns), math.sqrt(6.0 / columns)), np.zeros(rows)))
    return tuple((weights.astype(np.float32), biases.astype(np.float32)) for weights, biases in layers)


def random_style(
    seed: int,
    arch: Arch | None = None,
    w0: float = 10.0,
    name: str = "random",
    palette: Palette | None = None,
    header: Header | None = None,
    scale: Mapping[str, float] | None = None,
) -> Style:
    """Return an untrained style; the same arguments give the same weights. Without a palette it draws its
    own; without `scale` it stretches the plane one way, since forms as wide as high look like camouflage.
    """
    rng = np.random.default_rng(seed)
    arch = arch or Arch()
    header = header or Header(w0=w0, seed=seed)
    if scale is None:
        scale = {str(rng.choice(["x", "y"])): float(rng.uniform(0.15, 0.4))}
    style = Style(name, arch, random_layers(rng, arch, w0, scale), header)
    return with_palette(style, palette or random_palette(rng), rng)


def with_palette(style: Style, palette: Palette, rng: np.random.Generator) -> Style:
    """Return `style` with a last layer whose colours lie between the palette's four.

    Two random projections of the last hidden layer are made independent and of unit variance over sample pixels,
    times and sounds; the logit of the colour is then a plane through the palette over these two numbers.
    """
    values = _sample(style, rng)
    mean = values.mean(axis=0)
    q = rng.uniform(-1.0, 1.0, (2, values.shape[1]))
    whiten = np.linalg.inv(np.linalg.cholesky(np.cov(q @ (values - mean).T) + 1e-9 * np.eye(2)))
    q = whiten @ q
    dark, light, cool, warm = (_logit(colour) for colour in (palette.dark, palette.light, palette.cool, palette.warm))
    axes = np.stack([light - dark, warm - cool], axis=1) * (palette.gain / 2.6)
    weights = axes @ q
    bias = (dark + light + cool + warm) / 4.0 + axes[:, 0] * palette.balance - weights @ mean
    last = (weights.astype(np.float32), bias.astype(np.float32))
    return Style(style.name, style.arch, (*style.layers[:-1], last), style.header)


def random_palette(rng: np.random.Generator) -> Palette:
    """Return a deep dark, a bright light near it in hue, and two saturated accents a third of the wheel apart."""
    hue = float(rng.uniform())
    step = float(rng.uniform(0.06, 0.16)) * float(rng.choice([-1.0, 1.0]))
    return Palette(
        hsv(hue, 0.85, 0.08),
        hsv(hue + step, 0.35, 0.97),
        hsv(hue - step, 0.9, 0.45),
        hsv(hue + 3 * step, 0.85, 0.85),
        balance=-0.4,
    )


def hsv(hue: float, saturation: float, value: float) -> tuple[float, float, float]:
    """Return (r, g, b) for a hue in turns, saturation and value in 0..1."""
    red, green, blue = (
        value * (1.0 - saturation * (1.0 - min(max(abs((hue + shift) % 1.0 * 6.0 - 3.0) - 1.0, 0.0), 1.0)))
        for shift in (0.0, 2.0 / 3.0, 1.0 / 3.0)
    )
    return red, green, blue


def _logit(colour: Sequence[float]) -> NDArray[np.float64]:
    p = np.clip(np.asarray(colour, np.float64), *LEVELS)
    return np.asarray(np.log(p / (1.0 - p)))


def _sample(style: Style, rng: np.random.Generator) -> NDArray[np.float64]:
    """Last hidden layer's values over a wide picture at eight random times and sounds."""
    pixels = inputs.grid(style.arch.inputs, SAMPLE, SAMPLE, inputs.View(), 16 / 9)
    parts = []
    for _ in range(8):
        heard = tuple(rng.uniform(0.0, 1.0, len(inputs.SILENCE)))
        bias = inputs.fold(style, float(rng.uniform(0.0, 60.0)), heard)
        parts.append(reference.hidden(style, pixels, bias))
    return np.concatenate(parts)


def _uniform(rng: np.random.Generator, shape: tuple[int, ...], bound: float) -> NDArray[np.float64]:
    return rng.uniform(-bound, bound, shape)


def _first(rng: np.random.Generator, arch: Arch, w0: float, scale: Mapping[str, float]) -> NDArray[np.float64]:
    per_frame = sum(name not in inputs.PIXEL_INPUTS for name in arch.inputs)
    columns = []
    for name in arch.inputs:
        pixel = inputs.PIXEL_INPUTS.get(name)
        bound = w0 / 2.0 / pixel.span if pixel else 1.0 / math.sqrt(per_frame)
        columns.append(rng.uniform(-bound, bound, arch.width) * scale.get(name, 1.0))
    return np.stack(columns, axis=1)
