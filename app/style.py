"""A style: one network's weights and where they came from, as one .safetensors file."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.cppn.arch import Arch

Layer = tuple[NDArray[np.float32], NDArray[np.float32]]
"""(weights (out, in), biases (out,))."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a style file says about itself."""

    w0: float = 10.0
    speed: float = 1.0
    prompts: tuple[str, ...] = ()
    judge: str = ""
    seed: int | None = None
    steps: int = 0
    scores: dict[str, float] = field(default_factory=dict)
    flash_score: float | None = None
    licence: str = ""
    author: str = ""
    created: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """A named network with float32 weights; `layers` fit `arch.shapes`."""

    name: str
    arch: Arch
    layers: tuple[Layer, ...]
    header: Header = field(default_factory=Header)
