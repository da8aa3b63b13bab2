"""The CPU backend: draws a style with every core and uploads the picture. Main thread, GL context current.

What draws is a painter: compiled machine code where possible, else NumPy (see `painters`).
"""

import moderngl
import numpy as np

from app.clock import Frame
from app.cppn.inputs import fold, pixel_to_plane, view_of
from app.cppn.llvm_jit import Refused
from app.modulation.values import Values
from app.render.painters import TilePainter, fastest
from app.render.target import Target
from app.style import Style


class CpuBackend:
    """Draws one style on the processor."""

    def __init__(self, ctx: moderngl.Context) -> None:  # noqa: ARG002 - every backend is made with the context
        self._painter: TilePainter | None = None
        self._reason = ""
        self._buffer = np.zeros(0, np.uint8)

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
        if self._painter is None:
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
        if self._painter is not None:
            self._painter.release()
            self._painter = None
