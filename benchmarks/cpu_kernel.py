"""Claim: the compiled kernel draws the default network at least 3 × as fast as one eager pass over the whole frame.

That pass is the method of the program Clavilux grew from: float32 torch, coordinates, time and sound joined for every
pixel. Also ≥ 1.5 × torch in tiles at the same precision. Ratios are of processor time, wall time in brackets, the
contestants taking turns; on one core by default, where torch's threads don't wait for each other, spinning.
GFLOP/s are per core, beside what a loop of nothing but multiply-adds in registers reaches.
Run: python -m benchmarks.cpu_kernel [--size 320x180] [--rounds 15] [--threads 1]
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from app.cppn import reference
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.inputs import SILENCE, View, fold, grid, pixel_columns, pixel_to_plane
from app.cppn.llvm_jit import Machine, emit, host, link
from app.cppn.llvm_kinds import Isa
from app.cppn.llvm_pack import aligned
from app.cppn.llvm_text import Code, Vector
from app.cppn.llvm_tiles import ENTRY
from app.render.cpu_kernel import CompiledPainter
from app.style import Style

SECONDS = 0.5
TILE_PX = 4096
"""Flat between 2048 and 16384 for torch."""
WANTED = {"whole frame": 3.0, "tiles": 1.5}
Bytes = NDArray[np.uint8]
Frame = Callable[[], Bytes]


@dataclass
class Contestant:
    """One way to draw the frame; `peak` is what its processor instructions could reach, in GFLOP/s on one core."""

    name: str
    frame: Frame
    peak: float = 0.0
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def whole_frame(style: Style, width: int, height: int, dtype: torch.dtype) -> Frame:
    """One eager pass; time and sound are repeated for every pixel and joined to the coordinates with `torch.cat`."""
    layers = [(torch.from_numpy(w).to(dtype), torch.from_numpy(b).to(dtype)) for w, b in style.layers]
    coordinates = torch.from_numpy(grid(style.arch.inputs, width, height, View())).to(dtype)
    rest = torch.tensor([SECONDS, *SILENCE], dtype=dtype)

    def frame() -> Bytes:
        with torch.inference_mode():
            h = torch.cat([coordinates, rest.expand(len(coordinates), -1)], dim=-1)
            for w, b in layers[:-1]:
                h = torch.sin(torch.nn.functional.linear(h, w, b))
            colours = torch.sigmoid(torch.nn.functional.linear(h, *layers[-1])).float()
            return np.asarray((colours.reshape(height, width, 3) * 255.0).round().to(torch.uint8).numpy())

    return frame


def tiles(style: Style, width: int, height: int, dtype: torch.dtype, threads: int) -> Frame:
    """Torch tile by tile, each on one thread with its own buffers, as fast as torch goes.

    Time and sound are folded into the first bias, the first layer is float32, float32 sines are NumPy's (quicker).
    """
    pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))
    first = torch.from_numpy(style.layers[0][0][:, pixel_columns(style.arch.inputs)].T.copy())
    bias = torch.from_numpy(fold(style, SECONDS, SILENCE)).float()
    layers = [(torch.from_numpy(w.T.copy()).to(dtype), torch.from_numpy(b).to(dtype)) for w, b in style.layers[1:]]
    coordinates = torch.from_numpy(grid(style.arch.inputs, width, height, View())).float()
    buffers = [[torch.empty(TILE_PX, style.arch.width, dtype=dtype) for _ in range(2)] for _ in range(threads)]
    picture = torch.empty(width * height, 3, dtype=torch.uint8)

    def sine(z: torch.Tensor) -> torch.Tensor:
        if z.dtype == torch.float32:
            np.sin(z.numpy(), out=z.numpy())
            return z
        return z.sin_()

    def work(own: list[torch.Tensor], turn: "count[int]") -> None:
        with torch.inference_mode():
            while (start := next(turn) * TILE_PX) < len(coordinates):
                points = coordinates[start : start + TILE_PX]
                h = sine(torch.addmm(bias, points, first)).to(dtype)
                for i, (w, b) in enumerate(layers[:-1]):
                    h = sine(torch.addmm(b, h, w, out=own[i % 2][: len(points)]))
                colours = torch.addmm(layers[-1][1], h, layers[-1][0]).float().sigmoid_()
                picture[start : start + len(points)] = colours.mul_(255.0).round_()

    def frame() -> Bytes:
        turn = count()
        list(pool.map(lambda own: work(own, turn), buffers))
        return np.asarray(picture.numpy().reshape(height, width, 3))

    return frame


def kernel(style: Style, width: int, height: int, machine: Machine, fixed: bool, threads: int) -> Frame:
    """The compiled kernel without the upload."""
    painter = CompiledPainter(style, threads, machine, fixed)
    picture = np.zeros((height, width, 4), np.uint8)
    bias, affine = fold(style, SECONDS, SILENCE), pixel_to_plane(width, height, View())

    def frame() -> Bytes:
        painter.paint(bias, affine, picture)
        return picture[::-1, :, :3]

    return frame


def peak_gflops(isa: Isa, machine: Machine) -> float:
    """Time multiply-adds of float32 in registers alone, on one core; 16-bit dot products do twice as many."""
    code = Code(isa.lanes)
    x = code.load("%out", "0")
    sums = [(code.floats, code.load("%out", str(isa.lanes * i)).name) for i in range(1, 11)]
    ends = code.loop("%layers", sums, lambda _, s: [code.fma(x, x, Vector(code, one)).name for one in s])
    for i, end in enumerate(ends, start=1):
        code.do(f"store {code.floats} {end}, ptr {code.at('float', '%out', str(isa.lanes * i))}")
    code.do("ret void")
    rest = ", ".join(f"ptr %p{i}" for i in range(4))
    head = f"void @{ENTRY}(ptr %t, i64 %layers, ptr %f, i64 %w, i64 %n, ptr %c, ptr %out, {rest})"
    compiled = link(emit(code.function(head) + "attributes #0 = { nounwind }\n", machine))
    memory, turns = aligned(11 * isa.lanes), 2_000_000
    times = []
    for _ in range(9):
        start = time.thread_time()
        compiled.draw(None, turns, None, 0, 0, None, memory.ctypes.data, None, None, None, None)
        times.append(time.thread_time() - start)
    return turns * len(ends) * isa.lanes * 2 / min(times) / 1e9


def race(contestants: list[Contestant], rounds: int) -> None:
    """Let all draw in turn, so that whatever else the machine does slows all alike; the first round warms up."""
    for number in range(rounds + 1):
        for one in contestants:
            wall, cpu = time.perf_counter(), time.process_time()
            one.frame()
            if number:
                one.wall.append(time.perf_counter() - wall)
                one.cpu.append(time.process_time() - cpu)


def report(contestants: list[Contestant], style: Style, width: int, height: int) -> bool:
    """Print the table; return whether the claims hold, by processor time."""
    flops = 2.0 * width * height * sum(rows * columns for rows, columns in _folded_shapes(style))
    exact = reference.render(style, width, height, SECONDS) * 255.0
    shown = Table("", "cpu ms", "min–max", "wall ms", "GFLOP/s a core", "of peak", "max error", "× whole", "× tiles 32",
                  "× tiles 16", box=None)  # fmt: skip
    base = [statistics.median(one.cpu) for one in contestants[:4]]
    walls = [statistics.median(one.wall) for one in contestants[:4]]
    for one in contestants:
        cpu, wall = statistics.median(one.cpu), statistics.median(one.wall)
        rate = flops / cpu / 1e9
        ratios = [f"{base[i] / cpu:.2f} ({walls[i] / wall:.2f})" for i in (0, 2, 3)]
        error = float(np.abs(one.frame() - exact).max())
        shown.add_row(one.name, f"{cpu * 1e3:.1f}", f"{min(one.cpu) * 1e3:.1f}–{max(one.cpu) * 1e3:.1f}",
                      f"{wall * 1e3:.1f}", f"{rate:.0f}", f"{rate / one.peak:.0%}" if one.peak else "",
                      f"{error:.1f}", *ratios)  # fmt: skip
    Console(width=150).print(shown)
    widest = [statistics.median(one.cpu) for one in contestants[4:6]]
    whole, same = base[0] / widest[-1], [tiled / kernel for tiled, kernel in zip(base[2:], widest, strict=False)]
    return whole >= WANTED["whole frame"] and min(same) >= WANTED["tiles"]


def _folded_shapes(style: Style) -> list[tuple[int, int]]:
    shapes = list(style.arch.shapes)
    shapes[0] = (style.arch.width, len(pixel_columns(style.arch.inputs)))
    return shapes


def main() -> int:
    """Measure and print; return 1 if the claims don't hold here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="320x180")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    width, height = (int(number) for number in arguments.size.split("x"))
    threads: int = arguments.threads
    torch.set_num_threads(threads)
    style, machine = random_style(1, Arch()), host()
    contestants = [
        Contestant("torch float32, whole frame", whole_frame(style, width, height, torch.float32)),
        Contestant("torch bfloat16, whole frame", whole_frame(style, width, height, torch.bfloat16)),
        Contestant("torch float32, tiles", tiles(style, width, height, torch.float32, threads)),
        Contestant("torch bfloat16, tiles", tiles(style, width, height, torch.bfloat16, threads)),
    ]
    narrower = [machine, machine.without("avx512f"), machine.without("avx")]
    for one in {machine.isa: machine for machine in narrower}.values():
        contestants += _compiled(style, width, height, one, threads)
    print(f"{machine.cpu}, {threads} threads, {width} × {height}; ratios of processor time, (wall time)")
    race(contestants, arguments.rounds)
    return 0 if report(contestants, style, width, height) else 1


def _compiled(style: Style, width: int, height: int, machine: Machine, threads: int) -> list[Contestant]:
    isa = machine.isa
    peak = peak_gflops(isa, machine)
    found = [Contestant(f"kernel float32, {isa.name}", kernel(style, width, height, machine, False, threads), peak)]
    if isa.pair_product:
        fixed = kernel(style, width, height, machine, True, threads)
        found.append(Contestant(f"kernel 16-bit, {isa.name}", fixed, 2.0 * peak))
    return found


if __name__ == "__main__":
    sys.exit(main())
