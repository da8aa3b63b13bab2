"""The CPU backend: draws a style with every core, tile by tile, and uploads the picture.

Main thread, GL context current; the tiles run on the backend's own threads, which touch no GL and hold no lock.
bfloat16 is used only where a probe, made once per process, finds it faster here and the picture as good.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import moderngl
import numpy as np
import torch
from numpy.typing import NDArray

from app.clock import Frame
from app.cppn.inputs import Doubles, fold, pixel_to_plane, view_of
from app.cppn.net import Tile, Weights
from app.modulation.values import Values
from app.render.target import Target
from app.style import Style

BF16_LEVELS = 3.0
"""How far, of 255, a bfloat16 picture may be from the float32 one."""


def thread_count() -> int:
    """Return how many threads draw: all cores, less one for everything else where there are more than four."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores - 1 if cores > 4 else cores


class Painter:
    """Draws a style into memory. Usable without GL; `release` stops its threads."""

    def __init__(self, style: Style, dtype: torch.dtype, threads: int) -> None:
        self.style = style
        self.weights = Weights(style, dtype)
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, "clavilux-cpu", torch.set_num_threads, (1,))
        self._tiles = [Tile(self.weights) for _ in range(threads)]

    def paint(self, bias: Doubles, affine: Doubles, picture: NDArray[np.uint8]) -> None:
        """Fill `picture` (height, width, 4), bottom row first, opaque; `affine` as of `pixel_to_plane`."""
        height, width = picture.shape[:2]
        pixels = height * width
        flat = picture.reshape(pixels, 4)
        first_bias = torch.from_numpy(bias.astype(np.float32))
        step = self._tiles[0].pixels
        turn = count()

        def work(tile: Tile) -> None:
            with torch.inference_mode():
                while (start := next(turn) * step) < pixels:
                    at = np.arange(start, min(start + step, pixels))
                    i, j = at % width + 0.5, at // width + 0.5
                    x, y = (row[0] * i + row[1] * j + row[2] for row in affine)
                    rgb = tile.run(self.weights, first_bias, x, y)
                    np.multiply(rgb, 255.0, out=rgb)
                    np.rint(rgb, out=rgb)
                    flat[start : start + step, :3] = rgb
                    flat[start : start + step, 3] = 255

        list(self._pool.map(work, self._tiles))

    def release(self) -> None:
        """Stop the threads."""
        self._pool.shutdown()


class CpuBackend:
    """Draws one style on the processor."""

    def __init__(self, ctx: moderngl.Context) -> None:  # noqa: ARG002 - every backend is made with the context
        self._painter: Painter | None = None
        self._buffer = np.zeros(0, np.uint8)

    @property
    def detail(self) -> str:
        """One line for the Stats panel."""
        precision = "bfloat16" if self._painter and self._painter.weights.dtype == torch.bfloat16 else "float32"
        return f"{thread_count()} CPU threads, {precision}"

    def set_style(self, style: Style) -> None:
        """Take another style."""
        painter = Painter(style, torch.float32, thread_count())
        self.release()
        self._painter = painter

    def draw(self, values: Values, frame: Frame, target: Target) -> None:  # noqa: ARG002 - values hold the time
        """Fill the target's region."""
        if self._painter is None:
            raise RuntimeError("set_style comes before draw")
        width, height = target.region_px
        if self._buffer.size < target.size_px[0] * target.size_px[1] * 4:
            self._buffer = np.zeros(target.size_px[0] * target.size_px[1] * 4, np.uint8)
        picture = self._buffer[: height * width * 4].reshape(height, width, 4)
        bias = fold(self._painter.style, values.style_seconds, values.heard)
        affine = pixel_to_plane(width, height, view_of(values), target.size_px[0] / target.size_px[1])
        self._painter.paint(bias, affine, picture)
        target.texture.write(picture, viewport=(0, 0, width, height), alignment=1)

    def release(self) -> None:
        """Stop the threads."""
        if self._painter is not None:
            self._painter.release()
            self._painter = None
