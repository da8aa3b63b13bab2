"""Targets: a texture with its framebuffer, allocated once and drawn into by regions.

Main thread, GL context current. Whoever makes one releases it. Row 0 of a texture is the bottom, as in OpenGL;
`read` gives the top row first, as in files.
"""

import moderngl
import numpy as np
from numpy.typing import NDArray


class Target:
    """A colour texture that can be drawn into; `region_px` is the part in use (lower left), at most `size_px`."""

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int], dtype: str = "f1") -> None:
        self.size_px = size_px
        self.region_px = size_px
        self.texture = ctx.texture(size_px, 4, dtype=dtype)
        self.texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self.texture.repeat_x = self.texture.repeat_y = False
        self.framebuffer = ctx.framebuffer([self.texture])
        self.framebuffer.clear()

    def use(self) -> None:
        """Bind for drawing, viewport set to the region."""
        self.framebuffer.use()
        self.framebuffer.viewport = (0, 0, *self.region_px)

    def read(self) -> NDArray[np.uint8]:
        """Return the region as (height, width, 4) uint8, top row first. Waits for the GPU."""
        width, height = self.region_px
        raw = self.framebuffer.read((0, 0, width, height), components=4, alignment=1)
        return np.frombuffer(raw, np.uint8).reshape(height, width, 4)[::-1].copy()

    def release(self) -> None:
        """Free the GL objects."""
        self.framebuffer.release()
        self.texture.release()
