"""Marks: which cells of a picture are to be drawn in full. Main thread, GL context current.

One texel a cell; a backend asks for them in the way that suits it: as a texture, as a depth buffer in which all other
pixels fail, or as a list.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import moderngl
import numpy as np
from numpy.typing import NDArray

from app.render.screen_pass import ScreenPass
from app.render.target import Target

CELL_PX = 16
"""Side of a cell: two tiles of the compute shader, whole tiles of the processor's kernel."""
FRAMES_LATER = 4


class Marks:
    """Of one picture of at most `size_px`, its lower left cell first."""

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int]) -> None:
        self._ctx = ctx
        self._size_px = size_px
        cells = _cells(size_px)
        self._picture = ctx.texture(cells, 1, dtype="f1", alignment=1)
        self._picture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._framebuffer = ctx.framebuffer([self._picture])
        self._find, self._screen = ScreenPass(ctx, "marks.frag"), ScreenPass(ctx, "marks_depth.frag")
        self._depth: moderngl.Renderbuffer | None = None
        self._late = [ctx.buffer(reserve=cells[0] * cells[1]) for _ in range(FRAMES_LATER)]
        self._count = 0
        self.cells = (0, 0)
        self.share = 0.0
        """Of the cells, how many were marked a few frames ago, 0..1."""

    def find(self, half: Target, region_px: tuple[int, int], most: float) -> None:
        """Mark where enlarging `half` to `region_px` may be wrong by more than `most` (0..1)."""
        self.cells = _cells(region_px)
        self._ctx.disable(moderngl.BLEND)
        self._framebuffer.use()
        self._framebuffer.viewport = (0, 0, *self.cells)
        half.texture.use(0)
        self._find.draw(image=0, region=half.region_px, cell=CELL_PX // 2, most=most)
        self._note()

    def _note(self) -> None:
        """Have the marks counted without waiting for them."""
        buffer = self._late[self._count % FRAMES_LATER]
        if self._count >= FRAMES_LATER:
            self.share = float(self._in_use(buffer.read()).mean() / 255)
        self._count += 1
        self._picture.read_into(buffer, alignment=1)

    def _in_use(self, raw: bytes) -> NDArray[np.uint8]:
        width, height = self._picture.size
        return np.frombuffer(raw, np.uint8).reshape(height, width)[: self.cells[1], : self.cells[0]]

    def corners(self) -> NDArray[np.int64]:
        """Return the lower left pixel of every marked cell, (n, 2). Waits for the GPU."""
        rows, columns = np.nonzero(self._in_use(self._picture.read(alignment=1)))
        return np.stack([columns, rows], axis=1) * CELL_PX

    def use(self, unit: int) -> None:
        """Bind them as a texture."""
        self._picture.use(unit)

    @contextmanager
    def only(self, target: Target) -> Iterator[None]:
        """Bind `target` so that of what is drawn inside, at depth 0.5, pixels of marked cells alone are touched."""
        if self._depth is None:
            self._depth = self._ctx.depth_renderbuffer(self._size_px)
        masked = self._ctx.framebuffer([target.texture], self._depth)
        masked.use()
        masked.viewport = (0, 0, *target.region_px)
        masked.color_mask = (False,) * 4
        self._ctx.enable(moderngl.DEPTH_TEST)
        self._ctx.depth_func = "1"
        self._picture.use(0)
        self._screen.draw(marks=0, cell=CELL_PX)
        masked.color_mask = (True,) * 4
        self._ctx.depth_func = "<"
        try:
            yield
        finally:
            self._ctx.disable(moderngl.DEPTH_TEST)
            target.use()
            masked.release()

    def release(self) -> None:
        """Free the GL objects."""
        for made in (self._picture, self._framebuffer, self._find, self._screen, self._depth, *self._late):
            if made is not None:
                made.release()


def _cells(size_px: tuple[int, int]) -> tuple[int, int]:
    return -(-size_px[0] // CELL_PX), -(-size_px[1] // CELL_PX)
