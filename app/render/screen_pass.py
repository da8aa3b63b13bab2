"""A full-screen pass: one shipped fragment shader drawn over the whole viewport. Main thread, GL context current.

All passes of one context that draw the same text share its program; the last one to go frees it.
"""

import re
from typing import Any
from weakref import WeakKeyDictionary

import moderngl

from app import paths

_INCLUDE = re.compile(r'^#include "([a-z_]+\.glsl)"$', re.M)


class _Shared:
    """A program and the empty vertex array that draws it."""

    def __init__(self, ctx: moderngl.Context, fragment: str, vertex: str) -> None:
        self.program = ctx.program(
            vertex_shader=_source(vertex),
            fragment_shader=_source(fragment),
        )
        self.array = ctx.vertex_array(self.program, [])
        self.users = 0


_known: "WeakKeyDictionary[moderngl.Context, dict[tuple[str, str], _Shared]]" = WeakKeyDictionary()


class ScreenPass:
    """One use of a pass."""

    def __init__(self, ctx: moderngl.Context, fragment: str, vertex: str = "screen.vert") -> None:
        self._ctx, self._key = ctx, (fragment, vertex)
        known = _known.setdefault(ctx, {})
        if self._key not in known:
            known[self._key] = _Shared(ctx, fragment, vertex)
        self._shared: _Shared | None = known[self._key]
        self._shared.users += 1

    def draw(self, **uniforms: Any) -> None:
        """Set the uniforms and draw into the framebuffer in use."""
        if self._shared is None:
            raise RuntimeError(f"{self._key[0]} was released")
        for name, value in uniforms.items():
            self._shared.program[name] = value
        self._shared.array.render(moderngl.TRIANGLES, vertices=3)

    def release(self) -> None:
        """Free the GL objects if nobody else uses them. Safe to call twice."""
        shared, self._shared = self._shared, None
        if shared is None:
            return
        shared.users -= 1
        if not shared.users:
            del _known[self._ctx][self._key]
            shared.array.release()
            shared.program.release()


def _source(name: str) -> str:
    """Return a shipped shader's text, with other shipped files in place of its `#include`s."""
    text = paths.shipped("shaders", "lib", name).read_text("utf-8")
    return _INCLUDE.sub(lambda found: _source(found[1]), text)
