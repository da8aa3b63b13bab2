"""Compiled effects: one GL program for each pass, its number a constant in it, kept on disk.

Any thread with a current context. Constants matter: software renderers run every branch of a shader that asks for its
pass at run time, which makes an effect of seven passes seven times as slow.
"""

import ctypes
from collections.abc import Callable, Mapping
from ctypes import byref, c_int, c_uint
from typing import Any

from app.problems import UserError
from app.render import gl_calls, gl_program
from app.render.gl_calls import Calls
from app.render.isf_glsl import Sources, explain, safe
from app.render.target import Target

Uniform = float | int | bool | tuple[float, ...]
_LONGEST_NAME = 256


class PassProgram:
    """One pass of an effect: the uniforms that the compiler kept, and a unit for each image it samples."""

    def __init__(self, calls: Calls, driver: str, sources: Sources, index: int) -> None:
        vertex, fragment = sources.for_pass(index)
        self._calls = calls
        try:
            stages = (gl_calls.VERTEX, vertex), (gl_calls.FRAGMENT, fragment)
            self._program = gl_program.make(calls, driver, stages)
        except gl_program.CompileError as error:
            raise UserError(explain(sources, str(error))) from None
        self._setters = dict(_setters(calls, self._program))
        self._held: dict[str, Uniform] = {}
        self.images = tuple(name for name in sources.images if safe(name) in self._setters)
        """The names it samples; their units are their places here."""
        calls.UseProgram(self._program)
        for unit, name in enumerate(self.images):
            self._setters[safe(name)](unit)

    def draw(self, into: Target, uniforms: Mapping[str, Uniform], clear_alpha: float | None, corners: int) -> None:
        """Draw into a target with its images bound; cleared first if the corners may leave parts uncovered."""
        calls = self._calls
        calls.UseProgram(self._program)
        for name in self._setters.keys() & uniforms.keys():
            value = uniforms[name]
            if self._held.get(name) != value:
                self._setters[name](*(value if isinstance(value, tuple) else (value,)))
                self._held[name] = value
        into.use()
        if clear_alpha is not None:
            into.framebuffer.clear(alpha=clear_alpha)
        calls.BindVertexArray(corners)
        calls.DrawArrays(gl_calls.TRIANGLE_STRIP, 0, 4)

    def release(self) -> None:
        """Free the GL object."""
        self._calls.DeleteProgram(self._program)


def _setters(calls: Calls, program: int) -> list[tuple[str, Callable[..., None]]]:
    """Return what sets each uniform of a program by its name."""
    count, found = c_int(0), []
    calls.GetProgramiv(program, gl_calls.ACTIVE_UNIFORMS, byref(count))
    for index in range(count.value):
        name, length, size, kind = ctypes.create_string_buffer(_LONGEST_NAME), c_int(0), c_int(0), c_uint(0)
        calls.GetActiveUniform(program, index, _LONGEST_NAME, byref(length), byref(size), byref(kind), name)
        found.append((name.value.decode(), _setter(calls, calls.GetUniformLocation(program, name.value), kind.value)))
    return found


def _setter(calls: Calls, location: int, kind: int) -> Callable[..., None]:
    sets: dict[int, Any] = {
        gl_calls.FLOAT: calls.Uniform1f,
        gl_calls.VEC2: calls.Uniform2f,
        gl_calls.VEC4: calls.Uniform4f,
    }
    if kind in sets:
        call = sets[kind]
        return lambda *values: call(location, *values)
    whole = calls.Uniform1i
    return lambda value: whole(location, int(value))


class Program:
    """All passes of an effect by their index; a text that does not compile is a `UserError` "file:line: what"."""

    def __init__(self, calls: Calls, driver: str, sources: Sources) -> None:
        self.passes: dict[int, PassProgram] = {}
        self.users = 0
        self._calls, self.corners = calls, 0
        try:
            for index in sources.passes:
                self.passes[index] = PassProgram(calls, driver, sources, index)
        except UserError:
            self.release()
            raise
        self.corners = calls.made("VertexArrays")
        """The vertex array of nothing that all passes are drawn with."""

    def release(self) -> None:
        """Free the GL objects. Safe to call twice."""
        for program in self.passes.values():
            program.release()
        self.passes.clear()
        if self.corners:
            self._calls.delete("VertexArrays", self.corners)
            self.corners = 0
