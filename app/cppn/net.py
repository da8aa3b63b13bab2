"""The network in torch: one tile of pixels at a time, in buffers made once. Used by the CPU backend's threads.

A `Tile` belongs to one thread. Float32 sines and cosines come from NumPy, whose vector code is about twice as
fast as torch's; both libraries work on the same memory.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from app.cppn.inputs import PIXEL_INPUTS, Doubles, pixel_columns
from app.style import Style

BUFFER_BYTES = 1024 * 1024
"""One layer's float32 values of a tile. 128 KB costs 15 % more, 512 KB to 2 MB measure the same."""


def _sin_(z: torch.Tensor) -> None:
    if z.dtype == torch.float32:
        np.sin(z.numpy(), out=z.numpy())
    else:
        z.sin_()


def _cos_(z: torch.Tensor) -> None:
    if z.dtype == torch.float32:
        np.cos(z.numpy(), out=z.numpy())
    else:
        z.cos_()


def _gaussian_(z: torch.Tensor) -> None:
    z.square_().neg_().exp_()


def _finer_(z: torch.Tensor) -> None:
    z.mul_(torch.abs(z) + 1.0)
    _sin_(z)


def _tanh_(z: torch.Tensor) -> None:
    z.tanh_()


ACTIVATE: dict[str, Callable[[torch.Tensor], None]] = {
    "sin": _sin_,
    "cos": _cos_,
    "gaussian": _gaussian_,
    "tanh": _tanh_,
    "finer": _finer_,
}
"""In place, by name. `atan` doubles its values and is done in `Tile`."""


class Weights:
    """A style's numbers as torch tensors, shared by all tiles: pixel columns first, then the hidden layers.

    The first layer stays float32 at any `dtype`: sixteen bits cannot tell neighbouring pixels apart.
    """

    def __init__(self, style: Style, dtype: torch.dtype) -> None:
        self.activations = style.arch.layer_activations
        self.inputs = tuple(name for name in style.arch.inputs if name in PIXEL_INPUTS)
        self.width, self.fan_out, self.dtype = style.arch.width, style.arch.fan_out, dtype
        columns = pixel_columns(style.arch.inputs)
        self.first = torch.from_numpy(np.ascontiguousarray(style.layers[0][0][:, columns].T))
        self.layers = [
            (torch.from_numpy(np.ascontiguousarray(w.T)).to(dtype), torch.from_numpy(b.copy()).to(dtype))
            for w, b in style.layers[1:]
        ]


class Tile:
    """Buffers for up to `pixels` pixels of one architecture and precision."""

    def __init__(self, weights: Weights) -> None:
        w = weights
        self.pixels = max(64, BUFFER_BYTES // (w.fan_out * 4) // 64 * 64)
        self._z32 = torch.empty(self.pixels, w.width)
        self._z = [torch.empty(self.pixels, w.width, dtype=w.dtype) for _ in range(2)]
        self._pair = torch.empty(self.pixels, w.fan_out, dtype=w.dtype)
        self._points = torch.empty(self.pixels, len(w.inputs))
        self._out = torch.empty(self.pixels, 3, dtype=w.dtype)

    def run(self, weights: Weights, bias: torch.Tensor, x: Doubles, y: Doubles) -> NDArray[np.float32]:
        """Return colours (n, 3) in 0..1 for the points x, y (n,) and a folded first bias (width,)."""
        n = x.size
        h = self._activate(weights.activations[0], self._first(weights, bias, x, y), weights)
        for i, (activation, (matrix, b)) in enumerate(zip(weights.activations[1:], weights.layers[:-1], strict=True)):
            z = self._z[(i + 1) % 2][:n]
            torch.addmm(b, h, matrix, out=z)
            h = self._activate(activation, z, weights)
        out = self._out[:n]
        torch.addmm(weights.layers[-1][1], h, weights.layers[-1][0], out=out)
        colours: NDArray[np.float32] = out.float().sigmoid_().numpy()
        return colours

    def _first(self, weights: Weights, bias: torch.Tensor, x: Doubles, y: Doubles) -> torch.Tensor:
        points = self._points[: x.size]
        table = points.numpy()
        for i, name in enumerate(weights.inputs):
            table[:, i] = PIXEL_INPUTS[name].array(x, y)
        z = self._z32[: x.size]
        return torch.addmm(bias, points, weights.first, out=z)

    def _activate(self, name: str, z: torch.Tensor, weights: Weights) -> torch.Tensor:
        if name == "atan":
            pair = self._pair[: z.shape[0]]
            z.atan_()
            torch.div(z, 0.67, out=pair[:, : weights.width])
            torch.mul(z, z, out=pair[:, weights.width :]).sub_(0.45).div_(0.396)
            return pair
        ACTIVATE[name](z)
        return z if z.dtype == weights.dtype else self._z[0][: z.shape[0]].copy_(z)
