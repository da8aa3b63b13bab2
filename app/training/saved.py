"""A run's networks as arrays and back: what a checkpoint holds of them. Torch, no files."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from app.cppn.arch import ACTIVATIONS, Arch
from app.cppn.init import random_style
from app.cppn.inputs import INPUTS
from app.cppn.net import Net
from app.style import Header, Style


def pack(net: Net, smooth: Net) -> dict[str, Any]:
    """Return shape and weights of a network and of its smoothed twin."""
    arch = net.arch
    shape = np.array([arch.width, arch.depth, ACTIVATIONS.index(arch.activation)])
    arrays = {"shape": shape, "inputs": np.array([INPUTS.index(name) for name in arch.inputs])}
    for group, each in (("net", net), ("smooth", smooth)):
        arrays |= {f"{group}.{i}": p.detach().cpu().numpy().copy() for i, p in enumerate(each.parameters())}
    return arrays


def frame(arrays: Mapping[str, Any], header: Header) -> Style:
    """Return a style of the packed shape, whose weights are about to be replaced by `fill`."""
    width, depth, activation = (int(value) for value in np.array(arrays["shape"]))
    inputs = tuple(INPUTS[int(i)] for i in np.array(arrays["inputs"]))
    arch = Arch(inputs, width, depth, ACTIVATIONS[activation])
    return random_style(0, arch, header.w0, header=header, scale={})


def fill(arrays: Mapping[str, Any], net: Net, smooth: Net) -> None:
    """Set the weights of both networks to what was packed."""
    for group, each in (("net", net), ("smooth", smooth)):
        for i, parameter in enumerate(each.parameters()):
            parameter.data.copy_(torch.as_tensor(np.array(arrays[f"{group}.{i}"])))


def under(prefix: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arrays whose names begin with a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}
