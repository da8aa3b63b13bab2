"""Painters: what draws a style into memory on the processor, and which of them to use here.

Main thread, no GL. The compiled kernel comes first; NumPy draws where llvmlite refuses, or where it is faster (a
vendor's matrix library can be). Whoever asks for a painter releases it.
"""

import time
from typing import NamedTuple, Protocol

import numpy as np

from app.cppn.inputs import SILENCE, Doubles, View, fold, pixel_to_plane
from app.cppn.llvm_jit import Refused
from app.cppn.painter import Painter, Picture, thread_count
from app.render.cpu_kernel import CompiledPainter
from app.style import Style

PROBE_PX = (64, 36)


class TilePainter(Protocol):
    """Draws one style into memory with every core."""

    @property
    def style(self) -> Style:
        """What it draws."""
        ...

    @property
    def precision(self) -> str:
        """What it computes with."""
        ...

    @property
    def detail(self) -> str:
        """One line for the Stats panel."""
        ...

    def take(self, style: Style) -> None:
        """Draw `style` from now on. `Refused` keeps the old one."""
        ...

    def paint(self, bias: Doubles, affine: Doubles, picture: Picture) -> None:
        """Fill `picture`, opaque; `bias` as of `inputs.fold`, `affine` as of `inputs.pixel_to_plane`.

        Or n pictures of one size, (n, height, width, 4), with n affines; a multiple of 256 pixels each.
        """
        ...

    def release(self) -> None:
        """End its threads. Safe to call twice."""
        ...


class Choice(NamedTuple):
    """A painter, and in a few words why it is not the compiled one ("" if it is)."""

    painter: TilePainter
    reason: str


def fastest(style: Style) -> Choice:
    """Return the painter that draws `style` fastest here: both draw two small pictures (some 10 ms)."""
    plain = Painter(style, thread_count())
    try:
        compiled = CompiledPainter(style, thread_count())
    except Refused as why:
        return Choice(plain, str(why))
    times = [(_seconds(compiled), _seconds(plain)) for _ in range(2)]
    if min(own for own, _ in times) <= min(other for _, other in times):
        plain.release()
        return Choice(compiled, "")
    compiled.release()
    return Choice(plain, "faster here than the compiled kernel")


def _seconds(painter: TilePainter) -> float:
    picture = np.empty((PROBE_PX[1], PROBE_PX[0], 4), np.uint8)
    bias, affine = fold(painter.style, 0.0, SILENCE), pixel_to_plane(*PROBE_PX, View())
    start = time.perf_counter()
    painter.paint(bias, affine, picture)
    return time.perf_counter() - start
