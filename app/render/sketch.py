"""A sketch: one network drawn very small, in pieces that each cost a frame little. Main thread, GL context current.

Thumbnails and the preview of a training run are made of it; what is on air is never touched.
"""

import time
from collections.abc import Iterator

import moderngl

from app.clock import Frame
from app.modulation.values import Values
from app.render.backend import Backend
from app.render.glsl_backend import GlslBackend
from app.render.software import is_software
from app.render.target import Target
from app.style import Style

STRIP_SECONDS = 0.0025
"""Where OpenGL runs on the CPU, a network is drawn in strips that take about this long."""


class Sketch:
    """Owns a backend; `draw` fills a target of the caller's."""

    def __init__(self, ctx: moderngl.Context, backend: Backend) -> None:
        self._ctx = ctx
        self._backend = backend
        self._in_strips = is_software(ctx) and isinstance(backend, GlslBackend)
        self._strip_rows = 4

    @property
    def backend(self) -> Backend:
        """What draws it."""
        return self._backend

    def ready(self, style: Style) -> bool:
        """Return whether `take` compiles nothing that a GPU's driver needs long for; ask again in a later frame."""
        return self._in_strips or self._backend.prepare(style)

    def take(self, style: Style) -> None:
        """Draw this style from now on. `UserError` if it can't be drawn here; the one before stays."""
        self._backend.set_style(style)

    def draw(self, values: Values, frame: Frame, target: Target) -> Iterator[None]:
        """Fill `target`; a piece of it between any two yields."""
        width, height = target.size_px
        row = 0
        while row < height:
            rows = self._strip_rows if self._in_strips else height
            target.framebuffer.scissor = (0, row, width, min(rows, height - row))
            start = time.perf_counter()
            self._backend.draw(values, frame, target)
            if self._in_strips:
                self._ctx.finish()
                seconds = max(time.perf_counter() - start, 1e-5)
                self._strip_rows = int(min(max(rows * STRIP_SECONDS / seconds, 1), 2 * rows))
            row += rows
            yield

    def release(self) -> None:
        """Free the backend. Safe to call twice."""
        self._backend.release()
