"""Draws a style into memory with the compiled kernel, on every core. No GL, no torch.

Main thread; the pool's threads only run the kernel, without the interpreter's lock, and sleep between pictures.
They take tiles from one counter in memory, so that none waits for another. `Refused` where nothing can be compiled.
"""

import os
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
from numpy.typing import NDArray

from app.cppn import reference
from app.cppn.inputs import SILENCE, Doubles, View, fold, pixel_to_plane
from app.cppn.llvm import Kernel, kernel_of, scratch_floats
from app.cppn.llvm_jit import Compiled, Machine, Refused, host, load
from app.cppn.llvm_pack import Packed, aligned, pack
from app.style import Style

__all__ = ["CompiledPainter", "Refused", "cores", "paint_alike"]

BF16_LEVELS = 3.0
"""How far, of 255, a bfloat16 picture may be from the exact one."""
PROBE_PX = (48, 27)


def cores() -> int:
    """Return how many threads draw: all cores, less one for everything else where there are more than four."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return count - 1 if count > 4 else count
