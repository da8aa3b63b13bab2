"""Copies one texture into a target: to fit a picture to another size, or to keep a buffer's content when it grows.

Main thread, GL context current. Whoever makes one releases it.
"""

import moderngl

from app.render.target import Target

_VERTEX = """#version 330
uniform vec2 part;
out vec2 at;
void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    at = corner * part;
    gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}
"""
_FRAGMENT = """#version 330
uniform sampler2D image;
uniform bool flatten;
in vec2 at;
out vec4 colour;
void main() {
    vec4 pixel = texture(image, at);
    colour = flatten ? vec4(pixel.rgb * clamp(pixel.a, 0.0, 1.0), 1.0) : pixel;
}
"""


class Copier:
    """Draws textures into targets, smoothly scaled."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._program = ctx.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
        self._corners = ctx.vertex_array(self._program, [])

    def copy(
        self, image: moderngl.Texture, target: Target, part: tuple[float, float] = (1.0, 1.0), flatten: bool = False
    ) -> None:
        """Fill `target` with the lower left `part` (0..1 of each side) of `image`; `flatten` lays it over black."""
        self._program["part"] = part
        self._program["flatten"] = flatten
        image.use(0)
        self._program["image"] = 0
        target.use()
        self._corners.render(moderngl.TRIANGLE_STRIP, vertices=4)

    def release(self) -> None:
        """Free the GL objects."""
        self._corners.release()
        self._program.release()
