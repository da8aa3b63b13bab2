"""Compiled effects: one GL program for each pass, its number a constant in it.

Main thread, GL context current. Constants matter: software renderers run every branch of a shader that asks for its
pass at run time, which makes an effect of seven passes seven times as slow.
"""

from collections.abc import Mapping

import moderngl

from app.problems import UserError
from app.render.isf_glsl import Sources, explain, safe
from app.render.target import Target

Uniform = float | int | bool | tuple[float, ...]


class PassProgram:
    """One pass of an effect: the uniforms that the compiler kept, and a unit for each image it samples."""

    def __init__(self, ctx: moderngl.Context, sources: Sources, index: int) -> None:
        vertex, fragment = sources.for_pass(index)
        try:
            self._program = ctx.program(vertex_shader=vertex, fragment_shader=fragment)
        except moderngl.Error as error:
            raise UserError(explain(sources, str(error))) from None
        self._corners = ctx.vertex_array(self._program, [])
        self._names = frozenset(name for name in self._program if isinstance(self._program[name], moderngl.Uniform))
        self.images = tuple(name for name in sources.images if safe(name) in self._names)
        """The names it samples; their units are their places here."""
        for unit, name in enumerate(self.images):
            self._program[safe(name)] = unit

    def draw(self, into: Target, uniforms: Mapping[str, Uniform], clear_alpha: float | None) -> None:
        """Draw into a target with its images bound; cleared first if the corners may leave parts uncovered."""
        for name in self._names & uniforms.keys():
            self._program[name] = uniforms[name]
        into.use()
        if clear_alpha is not None:
            into.framebuffer.clear(alpha=clear_alpha)
        self._corners.render(moderngl.TRIANGLE_STRIP, vertices=4)

    def release(self) -> None:
        """Free the GL objects."""
        self._corners.release()
        self._program.release()


class Program:
    """All passes of an effect by their index; a text that does not compile is a `UserError` "file:line: what"."""

    def __init__(self, ctx: moderngl.Context, sources: Sources) -> None:
        self.passes: dict[int, PassProgram] = {}
        try:
            for index in sources.passes:
                self.passes[index] = PassProgram(ctx, sources, index)
        except UserError:
            self.release()
            raise

    def release(self) -> None:
        """Free the GL objects."""
        for program in self.passes.values():
            program.release()
        self.passes.clear()
