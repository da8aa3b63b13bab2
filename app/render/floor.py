"""How near to the hardware's limit a network is drawn: its arithmetic, and the rate the machine could do at best.

The floor of a frame is its arithmetic at that rate. Of a GPU the maker's figure is taken, of the processor a matrix
product measured once; of an unknown card nothing is claimed. Main thread.
"""

import contextlib
import json
import os
import platform
import time
from dataclasses import dataclass
from functools import cache

import numpy as np

from app import files, paths
from app.cppn.arch import Arch
from app.cppn.inputs import PIXEL_INPUTS
from app.problems import UserError

SIDE = 512
"""Of the square matrices whose product is measured."""
SECONDS = 0.03
SHADER_TFLOPS = {
    "H200": 67.0, "H100": 67.0, "A100": 19.5, "RTX 4090": 82.6, "RTX 5070 Laptop": 18.4, "Apple M4": 3.76,
    "Apple M1": 2.6, "Iris(R) Xe": 2.15, "UHD Graphics 770": 0.8,
}  # fmt: skip
"""Float32 on the shader cores, makers' figures."""
TENSOR_TFLOPS = {"H200": 790.0, "H100": 790.0, "A100": 312.0, "RTX 4090": 330.0, "RTX 5070 Laptop": 74.0}
"""Float16 with float16 sums on the tensor cores, makers' figures at the clocks these cards hold."""


@dataclass(frozen=True, slots=True)
class Peak:
    """The best rate, and where it is known from; 0 where nothing is known."""

    tflops: float
    what: str


def flops_per_pixel(arch: Arch) -> int:
    """Return multiplications and additions of one pixel; what is the same for a whole frame counts nothing."""
    columns = sum(name in PIXEL_INPUTS for name in arch.inputs)
    products = arch.width * columns + sum(rows * fan for rows, fan in arch.shapes[1:])
    return 2 * products


def peak(backend: str, renderer: str, software: bool) -> Peak:
    """Return the best rate of what draws: `backend` by name, OpenGL's renderer string."""
    if backend == "cpu" or (software and backend != "cuda"):
        return Peak(_processor_tflops(), "a float32 matrix product here")
    known = TENSOR_TFLOPS if backend == "cuda" else SHADER_TFLOPS
    name = next((name for name in known if name in renderer), "")
    return Peak(known[name], f"the maker's figure for {name}") if name else Peak(0.0, "")


def told(tflops: float, best: Peak) -> str:
    """Return one line for people."""
    rate = f"{tflops:.2f} TFLOP/s" if tflops >= 1 else f"{tflops * 1000:.0f} GFLOP/s"
    if not best.tflops:
        return f"{rate}; this card's best is not known"
    return f"{rate}, {tflops / best.tflops:.0%} of {best.what}"


def _processor_tflops() -> float:
    """Return what was measured once on this processor, all cores."""
    file, key = paths.cache() / "floor.json", f"{platform.processor() or platform.machine()} {os.cpu_count()}"
    try:
        known = float(json.loads(file.read_text("utf-8"))[key])
        if 0.0 < known < 1e3:
            return known
    except (OSError, ValueError, TypeError, KeyError, IndexError):
        pass
    measured = _matrix_product()
    with contextlib.suppress(UserError):  # a folder that cannot be written only means measuring again
        files.write_json(file, {key: measured})
    return measured


@cache
def _matrix_product() -> float:
    one = np.random.default_rng(1).random((SIDE, SIDE), np.float32)
    out = one @ one
    best, end = float("inf"), time.perf_counter() + SECONDS
    while best == float("inf") or time.perf_counter() < end:
        start = time.perf_counter()
        np.matmul(one, one, out=out)
        best = min(best, time.perf_counter() - start)
    return 2 * SIDE**3 / best / 1e12
