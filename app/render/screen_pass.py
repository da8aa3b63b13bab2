"""A full-screen pass: one shipped fragment shader drawn over the whole viewport. Main thread, GL context current."""

import re
from typing import Any

import moderngl

from app import paths

_INCLUDE = re.compile(r'^#include "([a-z_]+\.glsl)"$', re.M)


class ScreenPass:
    """One program and the empty vertex array that draws it."""

    def __init__(self, ctx: moderngl.Context, fragment: str, vertex: str = "screen.vert") -> None:
        self._program = ctx.program(vertex_shader=_source(vertex), fragment_shader=_source(fragment))
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


def _source(name: str) -> str:
    """Return a shipped shader's text, with other shipped files in place of its `#include`s."""
    text = paths.shipped("shaders", "lib", name).read_text("utf-8")
    return _INCLUDE.sub(lambda found: _source(found[1]), text)
