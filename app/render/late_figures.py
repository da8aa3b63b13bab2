"""Four numbers from the GPU, known a few frames later so that asking never waits. Main thread, GL context current."""

import moderngl
import numpy as np

from app.render.target import Target

FRAMES_LATER = 4


class LateFigures:
    """Follows the one texel of a 1 × 1 float target."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._buffer = ctx.buffer(reserve=16)
        self._buffer.clear()
        self._asked = 0
        self.values = (0.0, 0.0, 0.0, 0.0)

    def ask(self, texel: Target) -> None:
        """Call once a frame: takes what was asked for `FRAMES_LATER` frames ago, then asks anew."""
        if self._asked % FRAMES_LATER == 0:
            red, green, blue, alpha = np.frombuffer(self._buffer.read(), np.float32).tolist()
            self.values = (red, green, blue, alpha)
            texel.framebuffer.read_into(self._buffer, (0, 0, 1, 1), components=4, dtype="f4")
        self._asked += 1

    def release(self) -> None:
        """Free the GL object."""
        self._buffer.release()
