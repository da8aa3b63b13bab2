"""The oracle: the network in float64 NumPy, plain and slow. Every backend is held to its pictures."""

from collections.abc import Callable, Sequence

import numpy as np

from app.cppn.inputs import SILENCE, Doubles, View, fold, grid, pixel_columns
from app.style import Style

ROWS_AT_ONCE = 16384


def _atan_pair(z: Doubles) -> Doubles:
    """Odd and even halves, each of about unit variance ("unbiased" arctangents of the lucid library)."""
    a = np.arctan(z)
    return np.concatenate([a / 0.67, (a * a - 0.45) / 0.396], axis=1)


ACTIVATE: dict[str, Callable[[Doubles], Doubles]] = {
    "sin": np.sin,
    "cos": np.cos,
    "gaussian": lambda z: np.exp(-z * z),
    "tanh": np.tanh,
    "atan": _atan_pair,
    "finer": lambda z: np.sin((np.abs(z) + 1.0) * z),
}


def hidden(style: Style, pixels: Doubles, bias: Doubles) -> Doubles:
    """Return the last hidden layer's values (n, fan_out) for per-pixel inputs (n, p) and a folded bias (width,)."""
    names = style.arch.layer_activations
    first = style.layers[0][0].astype(np.float64)[:, pixel_columns(style.arch.inputs)]
    h = ACTIVATE[names[0]](pixels @ first.T + bias)
    for (weights, biases), name in zip(style.layers[1:-1], names[1:], strict=True):
        h = ACTIVATE[name](h @ weights.astype(np.float64).T + biases)
    return h


def colours(style: Style, pixels: Doubles, bias: Doubles) -> Doubles:
    """Return colours (n, 3) in 0..1 for per-pixel inputs (n, p) and a folded bias (width,)."""
    weights, biases = style.layers[-1]
    z = hidden(style, pixels, bias) @ weights.astype(np.float64).T + biases
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * z))


def render(
    style: Style,
    width: int,
    height: int,
    seconds: float = 0.0,
    heard: Sequence[float] = SILENCE,
    view: View | None = None,
    aspect: float | None = None,
) -> Doubles:
    """Return the picture (height, width, 3) in 0..1, top row first."""
    pixels = grid(style.arch.inputs, width, height, view or View(), aspect)
    bias = fold(style, seconds, heard)
    parts = [colours(style, pixels[i : i + ROWS_AT_ONCE], bias) for i in range(0, len(pixels), ROWS_AT_ONCE)]
    return np.concatenate(parts).reshape(height, width, 3)
