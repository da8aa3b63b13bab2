"""What the CUDA backend is measured against: the seed's method, torch eager and compiled, Triton, tiny-cuda-nn.

Every case is the default network with the same weights. Used by benchmarks/cuda.py.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.cppn.inputs import SILENCE, View, fold, grid, pixel_columns, pixel_to_plane
from app.style import Style

SECONDS = 0.5
"""How long one case is repeated."""


@dataclass
class Times:
    """Milliseconds of one case."""

    all_ms: list[float]

    @property
    def ms(self) -> float:
        """The median."""
        return statistics.median(self.all_ms)

    def __str__(self) -> str:
        low, high = np.percentile(self.all_ms, [10, 90])
        return f"{self.ms:.3f} ({low:.3f}–{high:.3f})"


def wall(work: Callable[[], object], least: int = 10) -> Times:
    """Repeat `work`, which waits for its own end, for `SECONDS`; wall time of each."""
    work()
    made: list[float] = []
    end = time.monotonic() + SECONDS
    while len(made) < least or time.monotonic() < end:
        start = time.perf_counter()
        work()
        made.append((time.perf_counter() - start) * 1e3)
    return Times(made)


def _network(style: Style) -> Any:
    """Return the style as the seed ran it: torch, one layer after the other, in half precision."""
    import torch

    layers = [tuple(torch.tensor(part).half().cuda() for part in layer) for layer in style.layers]

    def forward(x: Any) -> Any:
        for weights, biases in layers[:-1]:
            x = torch.sin(torch.nn.functional.linear(x, weights, biases))
        return torch.sigmoid(torch.nn.functional.linear(x, *layers[-1]))

    return forward


def _inputs(style: Style, size_px: tuple[int, int]) -> Any:
    """Return all inputs of all pixels in half precision, as the seed fed them."""
    import torch

    made = torch.zeros(size_px[0] * size_px[1], len(style.arch.inputs))
    made[:, pixel_columns(style.arch.inputs)] = torch.tensor(grid(style.arch.inputs, *size_px, View())).float()
    return made.half().cuda()


def torch_missing() -> str:
    """Return why torch cannot be measured, else ""."""
    try:
        import torch
    except ImportError:
        return "no torch here"
    return "" if torch.cuda.is_available() else "this torch has no CUDA"


def seed_method(style: Style, target: Any, ctx: Any) -> Times | str:
    """The whole frame at once, through the host, into an OpenGL texture."""
    if missing := torch_missing():
        return missing
    import torch

    model, inputs = _network(style), _inputs(style, target.size_px)

    def frame() -> None:
        with torch.inference_mode():
            rgb = (model(inputs) * 255.0).to(torch.uint8).reshape(target.size_px[1], target.size_px[0], 3).cpu().numpy()
        rgba = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
        target.texture.write(np.ascontiguousarray(rgba[::-1]))
        ctx.finish()

    return wall(frame)


def _torch_ms(work: Callable[[], object]) -> Times:
    import torch

    def waited() -> None:
        work()
        torch.cuda.synchronize()

    return wall(waited)


def eager(style: Style, size_px: tuple[int, int], processors: int) -> Times:  # noqa: ARG001
    """Torch, kernel by kernel."""
    import torch

    model, inputs = _network(style), _inputs(style, size_px)
    with torch.inference_mode():
        return _torch_ms(lambda: (model(inputs) * 255.0).to(torch.uint8))


def compiled(style: Style, size_px: tuple[int, int], processors: int) -> Times:  # noqa: ARG001
    """Torch, fused as far as it goes."""
    import torch

    model, inputs = _network(style), _inputs(style, size_px)
    fast = torch.compile(lambda x: (model(x) * 255.0).to(torch.uint8), mode="max-autotune")
    with torch.inference_mode():
        return _torch_ms(lambda: fast(inputs))


def triton(style: Style, size_px: tuple[int, int], processors: int) -> Times:
    """One fused Triton kernel."""
    import torch

    from benchmarks.cuda_triton import TritonNetwork

    bias = fold(style, 1.0, SILENCE)
    network = TritonNetwork(style.layers, bias, pixel_columns(style.arch.inputs), processors)
    out = torch.zeros(size_px[1], size_px[0], 4, dtype=torch.uint8, device="cuda")
    plane = pixel_to_plane(*size_px, View())
    return _torch_ms(lambda: network.draw(plane, out))


def tiny(style: Style, size_px: tuple[int, int], processors: int) -> Times:  # noqa: ARG001
    """The fully fused network of tiny-cuda-nn."""
    import tinycudann
    import torch

    shape = {"otype": "FullyFusedMLP", "activation": "Sine", "output_activation": "Sigmoid", "n_neurons": 128,
             "n_hidden_layers": 4}  # fmt: skip
    model = tinycudann.Network(len(style.arch.inputs), 3, shape)
    inputs = _inputs(style, size_px).float()
    with torch.inference_mode():
        return _torch_ms(lambda: model(inputs))


RIVALS: dict[str, Callable[[Style, tuple[int, int], int], Times]] = {
    "torch eager FP16": eager,
    "torch.compile max-autotune": compiled,
    "Triton": triton,
    "tiny-cuda-nn": tiny,
}
"""Name → what draws `size_px` pixels on a GPU with that many multiprocessors and returns its times."""
