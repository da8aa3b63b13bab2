"""The CPU backend: draws a style with every core, tile by tile, and uploads the picture.

Main thread, GL context current; the tiles run on the backend's own threads, which touch no GL and hold no lock.
bfloat16 is used only where a probe, made once per process, finds it faster and this style's picture stays as good.
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count

import moderngl
import numpy as np
import torch
from numpy.typing import NDArray

from app.clock import Frame
from app.cppn.inputs import SILENCE, Doubles, View, fold, pixel_to_plane, view_of
from app.cppn.net import Tile, Weights
from app.modulation.values import Values
from app.render.target import Target
from app.style import Style

Picture = NDArray[np.uint8]
"""Shape (height, width, 4), bottom row first."""

BF16_LEVELS = 2
"""How far, of 255, bfloat16 may be from float32 on a small picture; whole pictures then stay within 3."""
BF16_CHECK_PX = (48, 27)


def thread_count() -> int:
    """Return how many threads draw: all cores, less one for everything else where there are more than four."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores - 1 if cores > 4 else cores


class Painter:
    """Draws a style into memory with `threads` threads; needs no GL. `release` ends them."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, "clavilux-cpu", torch.set_num_threads, (1,))

    def take(self, style: Style, dtype: torch.dtype) -> None:
        """Draw `style` from now on, its hidden layers in `dtype`."""
        self.style = style
        self.weights = Weights(style, dtype)
        self._tiles = [Tile(self.weights) for _ in range(self._threads)]

    def paint(self, bias: Doubles, affine: Doubles, picture: Picture) -> None:
        """Fill `picture`, opaque; `bias` as of `fold`, `affine` as of `pixel_to_plane`."""
        turn = count()
        first_bias = torch.from_numpy(bias.astype(np.float32))
        parts = [self._pool.submit(self._work, tile, turn, first_bias, affine, picture) for tile in self._tiles]
        for part in parts:
            part.result()

    def _work(self, tile: Tile, turn: "count[int]", bias: torch.Tensor, affine: Doubles, picture: Picture) -> None:
        """Paint tiles until none is left; `next(turn)` hands each out once."""
        height, width = picture.shape[:2]
        flat = picture.reshape(height * width, 4)
        with torch.inference_mode():
            while (start := next(turn) * tile.pixels) < len(flat):
                at = np.arange(start, min(start + tile.pixels, len(flat)))
                i, j = at % width + 0.5, at // width + 0.5
                x, y = (row[0] * i + row[1] * j + row[2] for row in affine)
                colours = tile.run(self.weights, bias, x, y)
                colours *= 255.0
                flat[start : start + at.size, :3] = np.rint(colours, out=colours)
                flat[start : start + at.size, 3] = 255

    def release(self) -> None:
        """End the threads."""
        self._pool.shutdown()


@cache
def bf16_is_faster() -> bool:
    """Time one hidden layer in both precisions on one thread, once per process (about 20 ms)."""
    with ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        return pool.submit(lambda: _layer_seconds(torch.bfloat16) < 0.9 * _layer_seconds(torch.float32)).result()


def _layer_seconds(dtype: torch.dtype) -> float:
    h, weights, bias = (
        torch.ones(2048, 128, dtype=dtype),
        torch.ones(128, 128, dtype=dtype),
        torch.ones(128, dtype=dtype),
    )
    out = torch.empty_like(h)

    def layer() -> None:
        torch.addmm(bias, h, weights, out=out)
        if dtype == torch.float32:
            np.sin(out.numpy(), out=out.numpy())
        else:
            out.sin_()

    return min(_seconds(layer) for _ in range(5))


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class CpuBackend:
    """Draws one style on the processor."""

    def __init__(self, ctx: moderngl.Context) -> None:  # noqa: ARG002 - every backend is made with the context
        self._painter = Painter(thread_count())
        self._ready = False
        self._buffer = np.zeros(0, np.uint8)

    @property
    def detail(self) -> str:
        """One line for the Stats panel."""
        precision = str(self._painter.weights.dtype).removeprefix("torch.") if self._ready else "no style"
        return f"{thread_count()} CPU threads, {precision}"

    def set_style(self, style: Style) -> None:
        """Take another style, in the fastest precision that keeps its picture."""
        self._painter.take(style, torch.float32)
        if bf16_is_faster():
            exact = self._sample(style)
            self._painter.take(style, torch.bfloat16)
            if np.abs(self._sample(style) - exact).max() > BF16_LEVELS:
                self._painter.take(style, torch.float32)
        self._ready = True

    def draw(self, values: Values, frame: Frame, target: Target) -> None:  # noqa: ARG002 - values hold the time
        """Fill the target's region."""
        if not self._ready:
            raise RuntimeError("set_style comes before draw")
        width, height = target.region_px
        needed = target.size_px[0] * target.size_px[1] * 4
        if self._buffer.size < needed:
            self._buffer = np.zeros(needed, np.uint8)
        picture = self._buffer[: height * width * 4].reshape(height, width, 4)
        bias = fold(self._painter.style, values.style_seconds, values.heard)
        affine = pixel_to_plane(width, height, view_of(values), target.size_px[0] / target.size_px[1])
        self._painter.paint(bias, affine, picture)
        target.texture.write(picture, viewport=(0, 0, width, height), alignment=1)

    def release(self) -> None:
        """End the threads."""
        self._painter.release()

    def _sample(self, style: Style) -> NDArray[np.int16]:
        picture = np.zeros((BF16_CHECK_PX[1], BF16_CHECK_PX[0], 4), np.uint8)
        self._painter.paint(fold(style, 1.0, SILENCE), pixel_to_plane(*BF16_CHECK_PX, View()), picture)
        return picture.astype(np.int16)
