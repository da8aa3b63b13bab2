"""Pictures as video has them: NV12, made on the GPU. Main thread, GL context current.

NV12 is brightness for every pixel, then blue and red difference in turn for every 2 × 2 pixels; BT.709, limited range,
top row first. That is 1.5 bytes a pixel to fetch instead of 4, and nothing is left to convert on the processor.
"""

import moderngl

from app.render.target import Target

_VERTEX = """#version 330
void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }
"""
_FRAGMENT = """#version 330
uniform sampler2D picture;
uniform vec2 used, half_texel;
uniform ivec2 size;
out float level;
const vec3 LIGHT = vec3(0.2126, 0.7152, 0.0722);
vec3 seen(vec2 place) {
    vec2 at = vec2(place.x, float(size.y) - place.y) / vec2(size) * used;
    return texture(picture, clamp(at, half_texel, used - half_texel)).rgb;
}
void main() {
    ivec2 p = ivec2(gl_FragCoord.xy);
    if (p.y < size.y) {
        level = (16.0 + 219.0 * dot(LIGHT, seen(vec2(p) + 0.5))) / 255.0;
        return;
    }
    vec3 mean = seen(vec2(p.x / 2, p.y - size.y) * 2.0 + 1.0);
    float light = dot(LIGHT, mean);
    float difference = (p.x & 1) == 0 ? (mean.b - light) / 1.8556 : (mean.r - light) / 1.5748;
    level = (128.0 + 224.0 * difference) / 255.0;
}
"""


class Planes:
    """One picture of `size_px` (even) as NV12, in a texture of one byte a texel and 3/2 the height.

    `moderngl.Error` where that is more than the driver takes.
    """

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int]) -> None:
        self._ctx = ctx
        self.size_px = (size_px[0], size_px[1] * 3 // 2)
        """Of the texture."""
        self._texture = ctx.texture(self.size_px, 1)
        try:
            self._framebuffer = ctx.framebuffer([self._texture])
        except moderngl.Error:
            self._texture.release()
            raise
        self._program = ctx.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
        self._program["size"] = size_px
        self._triangle = ctx.vertex_array(self._program, [])

    def draw(self, image: Target) -> None:
        """Convert the region of `image`, scaled where it has another size."""
        sizes = list(zip(image.region_px, image.size_px, strict=True))
        self._program["used"] = tuple(used / whole for used, whole in sizes)
        self._program["half_texel"] = tuple(0.5 / whole for _, whole in sizes)
        self._framebuffer.use()
        self._ctx.disable(moderngl.BLEND | moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        image.texture.use(0)
        self._triangle.render(moderngl.TRIANGLES, vertices=3)

    def read_into(self, buffer: moderngl.Buffer) -> None:
        """Begin to copy the bytes into a buffer of the GPU's."""
        self._framebuffer.read_into(buffer, (0, 0, *self.size_px), components=1, alignment=1)

    def release(self) -> None:
        """Free the GL objects."""
        for made in (self._triangle, self._program, self._framebuffer, self._texture):
            made.release()
