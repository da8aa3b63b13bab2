"""Pictures from the GPU into memory without making the show wait for it.

Main thread, GL context current. Each picture is copied into one of a few pixel buffers and fetched a picture or two
later, when the copy is long done. Rows stay bottom first, as OpenGL has them.
"""

import moderngl
import numpy as np
from numpy.typing import NDArray

from app.render.target import Target

Pixels = NDArray[np.uint8]
"""Shape (height, width * 4), RGBA, bottom row first."""

_VERTEX = """#version 330
out vec2 at;
void main() {
    at = vec2(gl_VertexID == 1 ? 2.0 : 0.0, gl_VertexID == 2 ? 2.0 : 0.0);
    gl_Position = vec4(at * 2.0 - 1.0, 0.0, 1.0);
}
"""
_FRAGMENT = """#version 330
uniform sampler2D picture;
uniform vec2 used;
uniform vec2 half_texel;
in vec2 at;
out vec4 colour;
void main() { colour = texture(picture, clamp(at * used, half_texel, used - half_texel)); }
"""


class Scaler:
    """Draws the used region of one target over the whole of its own, in another size."""

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int]) -> None:
        self._ctx = ctx
        self.target = Target(ctx, size_px)
        self._program = ctx.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
        self._triangle = ctx.vertex_array(self._program, [])

    def draw(self, image: Target) -> None:
        """Fill `target` with the region of `image`."""
        sizes = list(zip(image.region_px, image.size_px, strict=True))
        self._program["used"] = tuple(used / whole for used, whole in sizes)
        self._program["half_texel"] = tuple(0.5 / whole for _, whole in sizes)
        self.target.use()
        self._ctx.disable(moderngl.BLEND | moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        image.texture.use(0)
        self._triangle.render(moderngl.TRIANGLES, vertices=3)

    def release(self) -> None:
        """Free the GL objects."""
        self._triangle.release()
        self._program.release()
        self.target.release()


class Readback:
    """A queue of pictures under way from the GPU, at most `depth` of them beside the one just begun."""

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int], depth: int) -> None:
        self._ctx = ctx
        self._size_px = size_px
        self._depth = depth
        self._buffers = [ctx.buffer(reserve=size_px[0] * size_px[1] * 4) for _ in range(depth + 1)]
        self._idle = list(self._buffers)
        self._under_way: list[tuple[int, moderngl.Buffer]] = []
        self._scaler: Scaler | None = None

    def begin(self, image: Target, slot: int) -> None:
        """Start copying the region of `image`, scaled to the recording's size; call `fetch` until not `ready` first."""
        framebuffer = self._in_size(image).framebuffer
        buffer = self._idle.pop()
        framebuffer.read_into(buffer, (0, 0, *self._size_px), components=4, alignment=1)
        self._under_way.append((slot, buffer))

    @property
    def ready(self) -> bool:
        """Whether the oldest picture has had its time."""
        return len(self._under_way) > self._depth

    @property
    def oldest_slot(self) -> int | None:
        """Slot of the oldest picture under way."""
        return self._under_way[0][0] if self._under_way else None

    def fetch(self, pixels: Pixels | None) -> None:
        """Copy the oldest picture into `pixels`, or let it go where that is None."""
        _, buffer = self._under_way.pop(0)
        if pixels is not None:
            buffer.read_into(pixels)
        self._idle.append(buffer)

    def release(self) -> None:
        """Free the GL objects."""
        for buffer in self._buffers:
            buffer.release()
        if self._scaler is not None:
            self._scaler.release()

    def _in_size(self, image: Target) -> Target:
        if image.region_px == self._size_px:
            return image
        if self._scaler is None:
            self._scaler = Scaler(self._ctx, self._size_px)
        self._scaler.draw(image)
        return self._scaler.target
