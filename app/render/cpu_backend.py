"""The CPU backend: draws a style with every core and uploads the picture. Main thread, GL context current.

What draws is a painter: compiled machine code where possible, else NumPy (see `painters`).
"""

import moderngl
import numpy as np
from numpy.typing import NDArray

from app.clock import Frame
from app.cppn.inputs import Doubles, fold, view_of
from app.cppn.llvm_jit import Refused
from app.cppn.painter import Picture
from app.modulation.values import Values
from app.render.backend import Apart
from app.render.marks import CELL_PX, Marks
from app.render.painters import TilePainter, fastest
from app.render.target import Target
from app.style import Style


class CpuBackend(Apart):
    """Draws one style on the processor."""

    def __init__(self, ctx: moderngl.Context) -> None:  # noqa: ARG002 - every backend is made with the context
        self._painter: TilePainter | None = None
        self._reason = ""
        self._buffer = np.zeros((0, 4), np.uint8)

    @property
    def detail(self) -> str:
        """One line for the Stats panel."""
        if self._painter is None:
            return "no style"
        return ": ".join(part for part in (self._painter.detail, self._reason) if part)

    def prepare(self, style: Style) -> bool:  # noqa: ARG002 - every backend is asked alike
        """Nothing is prepared: it compiles in a fraction of a second, once for each shape."""
        return True

    def set_style(self, style: Style) -> None:
        """Take another style, with the painter it has if that can."""
        if self._painter is not None:
            try:
                self._painter.take(style)
                return
            except Refused:
                self.release()
        self._painter, self._reason = fastest(style)

    def draw(self, values: Values, frame: Frame, target: Target) -> None:  # noqa: ARG002 - values hold the time
        """Fill the target's region."""
        width, height = target.region_px
        picture = self._memory(target.size_px[0] * target.size_px[1])[: height * width].reshape(height, width, 4)
        self._paint(values, target.plane(view_of(values)), picture)
        target.texture.write(picture, viewport=(0, 0, width, height), alignment=1)

    redraws = True

    def redraw(self, values: Values, target: Target, marks: Marks) -> None:
        """Fill the marked cells: all of them are one painting of many small pictures."""
        corners = marks.corners()
        if not len(corners):
            return
        across, up = marks.cells
        cells = self._memory((across * up + len(corners)) * CELL_PX**2)
        painted = cells[: len(corners) * CELL_PX**2].reshape(-1, CELL_PX, CELL_PX, 4)
        whole = cells[painted.size // 4 :][: across * up * CELL_PX**2].reshape(up, CELL_PX, across, CELL_PX, 4)
        plane = target.plane(view_of(values))
        planes = np.repeat(plane[None], len(corners), axis=0)
        planes[:, :, 2] += corners @ plane[:, :2].T
        self._paint(values, planes, painted)
        whole[corners[:, 1] // CELL_PX, :, corners[:, 0] // CELL_PX] = painted
        width, height = target.region_px
        picture = whole.reshape(up * CELL_PX, across * CELL_PX, 4)[:height, :width]
        target.texture.write(np.ascontiguousarray(picture), viewport=(0, 0, width, height), alignment=1)

    def _memory(self, pixels: int) -> NDArray[np.uint8]:
        """Return memory for so many pixels, (n, 4); the same as long as it is large enough."""
        if len(self._buffer) < pixels:
            self._buffer = np.zeros((pixels, 4), np.uint8)
        return self._buffer

    def _paint(self, values: Values, plane: Doubles, picture: Picture) -> None:
        if self._painter is None:
            raise RuntimeError("set_style comes before draw")
        bias = fold(self._painter.style, values.style_seconds, values.heard)
        self._painter.paint(bias, plane, picture)

    def release(self) -> None:
        """End the threads."""
        if self._painter is not None:
            self._painter.release()
            self._painter = None
