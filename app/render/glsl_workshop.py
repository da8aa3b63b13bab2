"""The workshop: compiles networks' shaders beside the show and measures which way draws them fastest.

It works in the thread beside the show; the main thread asks with `prepared`, which never waits. What was compiled
reaches the show through the folder of kept programs.
"""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import moderngl
import numpy as np

from app.cppn.arch import Arch
from app.cppn.glsl import TRIANGLE, pack_head
from app.render import gl_calls, gl_program, glsl_ways, side_thread
from app.render.gl_calls import Calls
from app.render.glsl_ways import Recipe
from app.render.software import is_software
from app.style import Style

FRAMES = 5
"""Drawn with each way; the quickest counts."""
REMEMBERED = 64
"""Families whose best recipe is known at once."""
GPU_PX, SOFTWARE_PX = (640, 360), (48, 27)


@dataclass(frozen=True, slots=True)
class _Task:
    family: str
    arch: Arch
    recipes: list[Recipe]


class Workshop:
    """Belongs to one context."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self.calls = gl_calls.of(ctx)
        self.driver = glsl_ways.driver_of(ctx)
        self._ctx = ctx
        self._size_px = SOFTWARE_PX if is_software(ctx) else GPU_PX
        self._best: dict[str, Recipe | None] = {}

    def prepared(self, style: Style) -> bool:
        """Return whether nothing has to be waited for; if something has, begin it as soon as the thread is free."""
        thread = side_thread.of(self._ctx)
        if not thread.possible:
            return True
        family = glsl_ways.family(self._ctx, style)
        if family not in self._best and not thread.busy:
            task = _Task(family, style.arch, self._recipes(style))
            thread.begin(lambda possible: self._work(task, possible))
            return False
        return family in self._best

    def best(self, style: Style) -> Recipe | None:
        """Return what `prepared` found best for a style; None where that was not asked, not ready or not possible."""
        return self._best.get(glsl_ways.family(self._ctx, style))

    def _recipes(self, style: Style) -> list[Recipe]:
        """What to make: the way that is known to be fastest, else all of them, to be measured."""
        ways = [glsl_ways.quick(self._ctx, style.arch), *glsl_ways.others(self._ctx, style)]
        known = glsl_ways.fastest_known(self.driver, style.arch)
        return [recipe for recipe in ways if recipe.way == known] or ways

    def _work(self, task: _Task, possible: bool) -> None:
        best = None
        try:
            best = self._fastest(task) if possible else None
        finally:
            for old in list(self._best)[: 1 - REMEMBERED]:
                del self._best[old]
            self._best[task.family] = best

    def _fastest(self, task: _Task) -> Recipe | None:
        """Compile all recipes, keep them on disk, draw with each; return the quickest."""
        times: list[tuple[float, Recipe]] = []
        with _Easel(self.calls, self._size_px) as easel:
            for recipe in task.recipes:
                with contextlib.suppress(gl_program.CompileError):  # another way, or `set_style` says why
                    program = compiled(self.calls, self.driver, recipe)
                    times.append((easel.seconds(recipe, program, FRAMES if len(task.recipes) > 1 else 1), recipe))
                    self.calls.DeleteProgram(program)
        if not times:
            return None
        best = min(times, key=lambda pair: pair[0])[1]
        if len(times) > 1:
            glsl_ways.remember(self.driver, task.arch, best.way)
        return best


def compiled(calls: Calls, driver: str, recipe: Recipe) -> int:
    """Return a program whose blocks are bound in order. `CompileError`."""
    program = gl_program.make(calls, driver, recipe.stages)
    for i, name in enumerate(recipe.blocks):
        index = calls.GetUniformBlockIndex(program, name.encode())
        if index != 0xFFFFFFFF:
            calls.UniformBlockBinding(program, index, i)
    return program


class _Easel:
    """A hidden picture in the context at hand; weights are zeros, which cost as much as any."""

    def __init__(self, calls: Calls, size_px: tuple[int, int]) -> None:
        self._calls, self._size_px = calls, size_px

    def __enter__(self) -> "_Easel":
        calls = self._calls
        kinds = ("Textures", "Framebuffers", "VertexArrays", "Buffers", "Buffers")
        self._made = [(kind, calls.made(kind)) for kind in kinds]
        texture, framebuffer, array, self._frame, self._zeros = (name for _, name in self._made)
        calls.BindTexture(gl_calls.TEXTURE_2D, texture)
        size = (gl_calls.RGBA8, *self._size_px, 0, gl_calls.RGBA, gl_calls.BYTE)
        calls.TexImage2D(gl_calls.TEXTURE_2D, 0, *size, None)
        calls.BindFramebuffer(gl_calls.FRAMEBUFFER, framebuffer)
        calls.FramebufferTexture2D(gl_calls.FRAMEBUFFER, gl_calls.COLOUR_0, gl_calls.TEXTURE_2D, texture, 0)
        calls.Viewport(0, 0, *self._size_px)
        calls.BindVertexArray(array)
        self._texture = texture
        return self

    def __exit__(self, *_: object) -> None:
        for kind, name in reversed(self._made):
            self._calls.delete(kind, name)

    def seconds(self, recipe: Recipe, program: int, frames: int) -> float:
        """Return the quickest of `frames` pictures, after one that nobody times."""
        self._bind(recipe)
        self._calls.UseProgram(program)
        taken = list(self._draw(recipe, frames + 1))[1:]
        self._calls.UseProgram(0)
        return min(taken)

    def _bind(self, recipe: Recipe) -> None:
        calls, plan = self._calls, recipe.plan
        head = pack_head(np.zeros((2, 3)), plan.counts, self._size_px)
        self._fill(self._frame, np.concatenate([head, np.zeros((plan.bias_size, 4), np.float32)]))
        self._fill(self._zeros, np.zeros((max(4096, plan.weight_size), 4), np.float32))
        calls.BindBufferBase(gl_calls.UNIFORM, 0, self._frame)
        for binding in range(1, len(recipe.blocks)):
            calls.BindBufferBase(gl_calls.UNIFORM, binding, self._zeros)
        if recipe.way == "tiles":
            calls.BindBufferBase(gl_calls.STORAGE, 1, self._zeros)
            calls.BindImageTexture(0, self._texture, 0, 0, 0, gl_calls.WRITE_ONLY, gl_calls.RGBA8)

    def _fill(self, buffer: int, data: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> None:
        self._calls.BindBuffer(gl_calls.UNIFORM, buffer)
        self._calls.BufferData(gl_calls.UNIFORM, data.nbytes, data.ctypes.data, gl_calls.STATIC_DRAW)

    def _draw(self, recipe: Recipe, frames: int) -> Iterator[float]:
        for _ in range(frames):
            start = time.perf_counter()
            if recipe.way == "tiles":
                dispatch(self._calls, self._size_px)
            else:
                self._calls.DrawArrays(gl_calls.TRIANGLES, 0, TRIANGLE)
            self._calls.Finish()
            yield time.perf_counter() - start


def dispatch(calls: Calls, region_px: tuple[int, int]) -> None:
    """Draw a region with the tile program in use, and let what follows see it."""
    calls.DispatchCompute(-(-region_px[0] // 8), -(-region_px[1] // 8), 1)
    calls.MemoryBarrier(gl_calls.AFTER_IMAGE_STORES)


_workshops: "WeakKeyDictionary[moderngl.Context, Workshop]" = WeakKeyDictionary()


def of(ctx: moderngl.Context) -> Workshop:
    """Return the workshop of a context that is current now."""
    if ctx not in _workshops:
        _workshops[ctx] = Workshop(ctx)
    return _workshops[ctx]


def close(ctx: moderngl.Context) -> None:
    """Forget the workshop of a context about to go; its thread must have ended."""
    _workshops.pop(ctx, None)
