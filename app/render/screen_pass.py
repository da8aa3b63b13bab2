"""A full-screen pass: one shipped fragment shader drawn over the whole viewport. Main thread, GL context current."""

from typing import Any

import moderngl

from app import paths


class ScreenPass:
    """One program and the empty vertex array that draws it."""

    def __init__(self, ctx: moderngl.Context, fragment: str, vertex: str = "screen.vert") -> None:
        self._program = ctx.program(
            vertex_shader=paths.shipped("shaders", "lib", vertex).read_text("utf-8"),
            fragment_shader=paths.shipped("shaders", "lib", fragment).read_text("utf-8"),
        )
        self._array = ctx.vertex_array(self._program, [])

    def draw(self, **uniforms: Any) -> None:
        """Set the uniforms and draw into the framebuffer in use."""
        for name, value in uniforms.items():
            self._program[name] = value
        self._array.render(moderngl.TRIANGLES, vertices=3)

    def release(self) -> None:
        """Free the GL objects."""
        self._array.release()
        self._program.release()
