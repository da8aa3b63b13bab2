"""Targets: a texture with its framebuffer, allocated once and drawn into by regions.

Main thread, GL context current. Whoever makes one releases it. Row 0 of a texture is the bottom, as in OpenGL;
`read` gives the top row first, as in files.
"""

from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from app.cppn.inputs import Doubles, View, pixel_to_plane


@dataclass(frozen=True, slots=True)
class Lattice:
    """Which pixels of a picture of `whole_px` a region holds: every `step_px`th, beginning at `first_px`."""

    whole_px: tuple[int, int]
    first_px: tuple[int, int] = (0, 0)
    step_px: tuple[int, int] = (1, 1)


class Target:
    """A colour texture that can be drawn into; `region_px` is the part in use (lower left), at most `size_px`.

    The region is a whole picture, or, with a `lattice`, some of the pixels of a larger one. `moderngl.Error` where the
    driver has no room for it.
    """

    def __init__(
        self, ctx: moderngl.Context, size_px: tuple[int, int], dtype: str = "f1", aspect: float | None = None
    ) -> None:
        self.size_px = size_px
        self.aspect = aspect or size_px[0] / size_px[1]
        """Width / height of the finished picture that the region is stretched over."""
        self.region_px = size_px
        self.lattice: Lattice | None = None
        self.texture = ctx.texture(size_px, 4, dtype=dtype)
        self.texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self.texture.repeat_x = self.texture.repeat_y = False
        try:
            self.framebuffer = ctx.framebuffer([self.texture])
        except moderngl.Error:
            self.texture.release()
            raise
        self.framebuffer.clear()

    def use(self) -> None:
        """Bind for drawing, viewport set to the region."""
        self.framebuffer.use()
        self.framebuffer.viewport = (0, 0, *self.region_px)

    def plane(self, view: View) -> Doubles:
        """Return the affine from the region's pixels to the plane, as of `pixel_to_plane`.

        However many pixels the region has, it covers what the finished picture does.
        """
        lattice = self.lattice or Lattice(self.region_px)
        affine = pixel_to_plane(*lattice.whole_px, view, self.aspect)
        scale, first = np.array(lattice.step_px), np.array(lattice.first_px)
        moved = affine[:, 2] + affine[:, :2] @ (first + 0.5 - 0.5 * scale)
        return np.column_stack([affine[:, :2] * scale, moved])

    def read(self) -> NDArray[np.uint8]:
        """Return the region as (height, width, 4) uint8, top row first. Waits for the GPU."""
        width, height = self.region_px
        raw = self.framebuffer.read((0, 0, width, height), components=4, alignment=1)
        return np.frombuffer(raw, np.uint8).reshape(height, width, 4)[::-1].copy()

    def release(self) -> None:
        """Free the GL objects."""
        self.framebuffer.release()
        self.texture.release()
