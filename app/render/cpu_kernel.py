"""Draws a style into memory with the compiled kernel, on every core. No GL, no torch.

Main thread; the pool's threads only run the kernel, without the interpreter's lock, and sleep between pictures.
All take tiles from one counter in memory, so that none waits for another. `Refused` where nothing can be compiled.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.cppn import reference
from app.cppn.inputs import SILENCE, Doubles, View, fold, pixel_to_plane
from app.cppn.llvm_jit import Compiled, Machine, host, load
from app.cppn.llvm_kinds import Kernel, kernel_of, scratch_floats
from app.cppn.llvm_pack import Packed, aligned, pack
from app.cppn.llvm_tiles import AFFINE
from app.cppn.painter import Picture, thread_count
from app.style import Style

FIXED_LEVELS = 2.0
"""How far, of 255, a picture in fixed point may be from the oracle's."""
PROBE_PX = (32, 18)
"""The oracle takes some 5 ms for one of these."""
PROBE_SECONDS = (0.0, 7.0)
MOST_JUDGED = 1024
_judged: dict[tuple[bytes, Kernel], bool] = {}
"""Whether fixed point does for a network: looks that come again are not held to the oracle again."""


@dataclass(frozen=True, slots=True)
class _Program:
    style: Style
    kernel: Kernel
    compiled: Compiled
    packed: Packed


class CompiledPainter:
    """Draws one style with `threads` threads (0: `thread_count()`). `release` ends them.

    `machine` is what to compile for, by default this computer. By default a style is drawn in fixed point where the
    processor has it and the picture is as good; `fixed` forces one or the other.
    """

    def __init__(
        self, style: Style, threads: int = 0, machine: Machine | None = None, fixed: bool | None = None
    ) -> None:
        self._machine = machine or host()
        self._fixed = fixed
        self._threads = threads or thread_count()
        self._counter = aligned(2).view(np.int64)
        self._affine = aligned(AFFINE)
        self._scratch: list[NDArray[np.float32]] = []
        self._program = self._best(style)
        self._pool = ThreadPoolExecutor(max(1, self._threads - 1), "clavilux-cpu")

    @property
    def style(self) -> Style:
        """What it draws."""
        return self._program.style

    @property
    def precision(self) -> str:
        """What the style at hand is computed with."""
        return "16-bit" if self._program.kernel.fixed else "float32"

    @property
    def detail(self) -> str:
        """One line for the Stats panel."""
        return f"{self._threads} CPU threads, {self.precision}, compiled for {self._program.kernel.isa.name}"

    def take(self, style: Style) -> None:
        """Draw `style` from now on. Compiles only if none of its kind was drawn before; `Refused` keeps the old one."""
        self._program = self._best(style)

    def paint(self, bias: Doubles, affine: Doubles, picture: Picture) -> None:
        """Fill `picture`, opaque; `bias` as of `fold`, `affine` as of `pixel_to_plane`. Or n pictures, n affines.

        Of several, each is as many pixels as whole tiles are: 256 suit every processor.
        """
        self._paint(self._program, bias, affine, picture)

    def release(self) -> None:
        """End the threads. Safe to call twice."""
        self._pool.shutdown()

    def _paint(self, program: _Program, bias: Doubles, affine: Doubles, picture: Picture, threads: int = 0) -> None:
        if picture.dtype != np.uint8 or not picture.flags.c_contiguous or picture.ndim not in (3, 4):
            raise ValueError("a picture is (height, width, 4) bytes in one piece")
        height, width, channels = picture.shape[-3:]
        if channels != 4 or picture.size // (height * width * 4) * AFFINE != affine.size:
            raise ValueError("a picture is (height, width, 4) bytes in one piece, and each has an affine")
        if affine.ndim == 3 and height * width % program.kernel.isa.tile:
            raise ValueError("several pictures are of whole tiles each")
        program.packed.fold(bias)
        if self._affine.size < affine.size:
            self._affine = aligned(affine.size)
        self._affine[: affine.size] = affine.ravel()
        self._counter[0] = 0
        work = [self._arguments(program, picture, thread) for thread in range(threads or self._threads)]
        helpers = [self._pool.submit(program.compiled.draw, *arguments) for arguments in work[1:]]
        try:
            program.compiled.draw(*work[0])
        finally:
            wait(helpers)

    def _arguments(self, program: _Program, picture: Picture, thread: int) -> tuple[int, ...]:
        """The kernel's arguments for one thread: what all share, then its own memory."""
        sizes = scratch_floats(program.kernel, program.style.arch.width)
        needed = sum(sizes) + sizes[-1]
        if thread == len(self._scratch):
            self._scratch.append(aligned(0))
        if self._scratch[thread].size < needed:
            self._scratch[thread] = aligned(needed)
        starts = np.cumsum([0, *sizes]) * 4 + self._scratch[thread].ctypes.data
        height, width = picture.shape[-3:-1]
        table, pixels = program.packed.table, picture.size // 4
        shared = (table.ctypes.data, len(table) - 1, self._affine.ctypes.data, width, width * height, pixels)
        return (*shared, self._counter.ctypes.data, picture.ctypes.data, *(int(start) for start in starts))

    def _best(self, style: Style) -> _Program:
        wanted = self._machine.isa.pair_product != "" if self._fixed is None else self._fixed
        program = self._made(style, wanted)
        if wanted and self._fixed is None and not self._good(program):
            return self._made(style, False)
        return program

    def _good(self, program: _Program) -> bool:
        """Return whether a picture in fixed point is as good as the oracle's."""
        known = (_fingerprint(program.style), program.kernel)
        if known not in _judged:
            if len(_judged) >= MOST_JUDGED:
                _judged.clear()
            _judged[known] = self._error(program) <= FIXED_LEVELS
        return _judged[known]

    def _made(self, style: Style, fixed: bool) -> _Program:
        kernel = kernel_of(style.arch, self._machine.isa, fixed)
        return _Program(style, kernel, load(kernel, self._machine), pack(style, kernel))

    def _error(self, program: _Program) -> float:
        """Return how far small pictures are from the oracle's at most, in levels of 255."""
        width, height = PROBE_PX
        picture = np.empty((height, width, 4), np.uint8)
        worst = 0.0
        for seconds in PROBE_SECONDS:
            bias = fold(program.style, seconds, SILENCE)
            self._paint(program, bias, pixel_to_plane(width, height, View()), picture, threads=1)
            exact = reference.render(program.style, width, height, seconds) * 255.0
            worst = max(worst, float(np.abs(picture[::-1, :, :3] - exact).max()))
        return worst


def _fingerprint(style: Style) -> bytes:
    """Return what differs between styles that are drawn differently; far less than a millisecond."""
    numbers = repr((style.arch, style.header.w0, style.header.speed)).encode()
    return hashlib.sha256(b"".join([numbers, *(part.tobytes() for layer in style.layers for part in layer)])).digest()
