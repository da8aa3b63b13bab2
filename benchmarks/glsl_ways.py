"""Claim: a 32-wide network is drawn 1.5 times as fast by the way that is chosen as by the shader with loops.

Every way this driver has, in turns in one run; compiling is timed apart. Run: python -m benchmarks.glsl_ways
"""

import statistics
import sys
import time
from contextlib import ExitStack

from rich.console import Console
from rich.table import Table

from app.clock import Frame
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.inputs import SILENCE
from app.modulation.values import Values
from app.render import gl_calls, glsl_backend, glsl_ways
from app.render.glsl_backend import GlslBackend
from app.render.glsl_ways import Recipe
from app.render.surface import HeadlessSurface
from app.render.target import Target
from app.style import Style

SIZE_PX = (320, 180)
ROUNDS = 7
WANTED = 1.5
NETWORKS = [Arch(width=32, depth=4), Arch(width=48, depth=3, activation="mix")]


class Way:
    """One way of drawing a style, ready."""

    def __init__(self, surface: HeadlessSurface, recipe: Recipe, style: Style, target: Target) -> None:
        self.name, self._ctx, self._target = recipe.way, surface.ctx, target
        self._backend = GlslBackend(surface.ctx)
        start = time.perf_counter()
        real, glsl_backend._borrow = glsl_backend._borrow, lambda *_: _shader(surface, recipe)
        self._backend.set_style(style)
        glsl_backend._borrow = real
        self.draw()
        self.first_seconds = time.perf_counter() - start
        self.times_ms: list[float] = []

    def draw(self) -> None:
        """Draw one picture and wait for it."""
        self._backend.draw(Values({}, SILENCE, 0.5), Frame(0, 0.0, 0.0), self._target)
        self._ctx.finish()


def _shader(surface: HeadlessSurface, recipe: Recipe) -> glsl_backend._Shader:
    return glsl_backend._Shader(gl_calls.of(surface.ctx), recipe, glsl_backend._compile(surface.ctx, recipe))


def measure(stack: ExitStack, arch: Arch) -> list[Way]:
    """Return every way with its times, the one with loops (or written out, on a GPU) first."""
    surface = HeadlessSurface(SIZE_PX)
    stack.callback(surface.release)
    style, target = random_style(1, arch), Target(surface.ctx, SIZE_PX)
    recipes = [glsl_ways.quick(surface.ctx, arch), *glsl_ways.others(surface.ctx, style)]
    if all(recipe.way != "tiles" for recipe in recipes):
        recipes.append(glsl_ways.tiles(arch))
    ways = [Way(surface, recipe, style, target) for recipe in recipes]
    for _ in range(ROUNDS):
        for way in ways:
            start = time.perf_counter()
            way.draw()
            way.times_ms.append((time.perf_counter() - start) * 1000)
    return ways


def main() -> int:
    """Print a table; return 1 if the claim doesn't hold here."""
    table = Table("network", "way", "first picture, s", "ms", "spread", "times faster", box=None)
    best = 0.0
    for arch in NETWORKS:
        with ExitStack() as stack:
            ways = measure(stack, arch)
        base = statistics.median(ways[0].times_ms)
        for way in ways:
            ms = statistics.median(way.times_ms)
            spread = max(way.times_ms) - min(way.times_ms)
            shape = f"{arch.activation} {arch.depth} × {arch.width}"
            table.add_row(shape, way.name, f"{way.first_seconds:.1f}", f"{ms:.1f}", f"{spread:.1f}", f"{base / ms:.2f}")
            best = max(best, base / ms) if arch is NETWORKS[0] else best
    Console().print(table)
    return int(best < WANTED)


if __name__ == "__main__":
    sys.exit(main())
