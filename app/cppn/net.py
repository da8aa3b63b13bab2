"""The network in torch, for training: the same inputs and weights as everywhere else, differentiable.

Any process. Inputs come from `app.cppn.inputs`, so that what is trained is what is shown.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from app.cppn import inputs
from app.cppn.arch import Arch
from app.style import Header, Layer, Style

Tensor = Any


def _atan_pair(z: Tensor) -> Tensor:
    a = torch.atan(z)
    return torch.cat([a / 0.67, (a * a - 0.45) / 0.396], dim=-1)


ACTIVATE = {
    "sin": torch.sin,
    "cos": torch.cos,
    "gaussian": lambda z: torch.exp(-z * z),
    "tanh": torch.tanh,
    "atan": _atan_pair,
    "finer": lambda z: torch.sin((z.abs() + 1.0) * z),
}
"""The same six as `reference.ACTIVATE`."""
TILE_PIXELS = 8192
"""Pixels drawn at once. What a tile needs stays in the processor's cache, and its memory is used again by the next
tile: whole pictures take new pages from the system for each layer, which costs more than the network itself."""


class Net(nn.Module):
    """A style's weights as parameters; `speed` is the style's own."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self.arch: Arch = style.arch
        self.speed = style.header.speed
        self._pixel = inputs.pixel_columns(style.arch.inputs)
        self._frame = [i for i in range(len(style.arch.inputs)) if i not in self._pixel]
        self.weights = nn.ParameterList(torch.tensor(weights) for weights, _ in style.layers)
        self.biases = nn.ParameterList(torch.tensor(biases) for _, biases in style.layers)

    def forward(
        self, plane: Tensor, seconds: Sequence[float], heard: NDArray[np.float64], hidden: torch.dtype = torch.float32
    ) -> Tensor:
        """Return colours (n, 3, h, w) in 0..1.

        `plane` (n, h, w, 2) are x, y as `inputs.pixel_to_plane` gives them; `seconds` n times, `heard` (n, 9) sounds.
        Hidden layers are worked out in `hidden`; places and colours are always float32.
        """
        height, width = plane.shape[1:3]
        now = self._now(seconds, heard).to(self.weights[0])
        biases = now @ self.weights[0][:, self._frame].T + self.biases[0]
        layers = [(w.to(hidden), b.to(hidden)) for w, b in zip(self.weights[1:-1], self.biases[1:-1], strict=True)]
        pixels = [
            torch.cat([self._colours(part, bias, layers) for part in picture.reshape(-1, 2).split(TILE_PIXELS)])
            for picture, bias in zip(plane, biases, strict=True)
        ]
        return torch.stack(pixels).reshape(-1, height, width, 3).permute(0, 3, 1, 2)

    def _colours(self, plane: Tensor, bias: Tensor, layers: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """Return colours (pixels, 3) of some pixels of one picture."""
        x, y = plane[:, 0], plane[:, 1]
        columns = [inputs.PIXEL_INPUTS[self.arch.inputs[i]].array(x, y) for i in self._pixel]
        first, *others = (ACTIVATE[name] for name in self.arch.layer_activations)
        h = first(nn.functional.linear(torch.stack(columns, dim=-1), self.weights[0][:, self._pixel], bias))
        for (weights, biases), activate in zip(layers, others, strict=True):
            h = activate(nn.functional.linear(h.to(weights), weights, biases))
        return torch.sigmoid(nn.functional.linear(h.float(), self.weights[-1], self.biases[-1]))

    def style(self, name: str, header: Header) -> Style:
        """Return the weights as a style."""
        layers: list[Layer] = [
            (weights.detach().cpu().numpy().copy(), biases.detach().cpu().numpy().copy())
            for weights, biases in zip(self.weights, self.biases, strict=True)
        ]
        return Style(name, self.arch, tuple(layers), header)

    def _now(self, seconds: Sequence[float], heard: NDArray[np.float64]) -> Tensor:
        rows = [
            inputs.frame_inputs(self.arch.inputs, t * self.speed, sound)[self._frame]
            for t, sound in zip(seconds, heard.tolist(), strict=True)
        ]
        return torch.tensor(np.array(rows), dtype=torch.float32)


def whole(height_px: int, aspect: float) -> Tensor:
    """Return the picture coordinates (1, h, w, 2) of all pixels of a whole picture, at their middles."""
    width_px = max(1, round(height_px * aspect))
    rows, columns = (torch.arange(height_px) + 0.5) / height_px, (torch.arange(width_px) + 0.5) / width_px
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack([x, y], dim=-1)[None]


def plane_of(places: Tensor, aspect: float) -> Tensor:
    """Return x, y (…, 2) for picture coordinates (…, 2): 0..1 from the left and from the top of a picture."""
    affine = inputs.pixel_to_plane(1, 1, inputs.View(), aspect)
    matrix = torch.tensor(affine[:, :2], dtype=torch.float32)
    up = torch.stack([places[..., 0], 1.0 - places[..., 1]], dim=-1)
    return up @ matrix.T + torch.tensor(affine[:, 2], dtype=torch.float32)
