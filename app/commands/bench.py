"""`clavilux bench`: how fast this machine draws, as ratios to a baseline measured in the same run.

The contestants of a case take turns, so that whatever else the machine does slows all of them alike.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import moderngl
import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from app import files
from app.audio.features import Analyzer
from app.audio.ring import Block
from app.clock import Frame
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.inputs import SILENCE, View, fold, grid, pixel_to_plane
from app.cppn.painter import thread_count
from app.modulation.values import Values
from app.render.glsl_backend import GlslBackend
from app.render.painters import fastest
from app.render.surface import HeadlessSurface
from app.render.target import Target
from app.style import Style

SIZE_PX = (320, 180)
ROUNDS = 9
TABLE_WIDTH = 110
LITE = Arch(width=48, depth=4)
"""As the shipped styles for machines without a GPU are built."""
SOUND_RATE_HZ = 48_000


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `ratio` is how many times faster than `baseline` (0 where there is none); spread is max − min."""

    case: str
    backend: str
    width: int
    height: int
    precision: str
    ms_median: float
    ms_spread: float
    baseline: str = ""
    ratio: float = 0.0


@dataclass(frozen=True, slots=True)
class Contestant:
    """Something to be timed, under the name and precision it is listed with."""

    backend: str
    precision: str
    run: Callable[[], object]


Case = Callable[[ExitStack], list[Row]]


def bench(json_out: Path | None) -> None:
    """Measure, print a table, and write the rows to `json_out` if given."""
    files.check_place(json_out)
    rows: list[Row] = []
    for case in track(list(CASES), "measuring", console=Console(stderr=True), transient=True):
        with ExitStack() as stack:
            rows += CASES[case](stack)
    if json_out is not None:
        files.write_json(json_out, [asdict(row) for row in rows])
    Console(width=TABLE_WIDTH).print(table(rows))


def table(rows: list[Row]) -> Table:
    """Return the rows as they are printed."""
    shown = Table("case", "backend", "size", "precision", "ms", "spread", "against", "times faster", box=None)
    for column in shown.columns:
        column.no_wrap = True
    for row in rows:
        size = f"{row.width} × {row.height}" if row.width else ""
        ratio = f"{row.ratio:.2f}" if row.baseline else ""
        shown.add_row(
            row.case,
            row.backend,
            size,
            row.precision,
            f"{row.ms_median:.3g}",
            f"{row.ms_spread:.2g}",
            row.baseline,
            ratio,
        )
    return shown


def race(case: str, contestants: list[Contestant], size_px: tuple[int, int] = SIZE_PX) -> list[Row]:
    """Time all contestants in turn; the first one is the baseline of the others."""
    times: list[list[float]] = [[] for _ in contestants]
    for round_ in range(ROUNDS + 1):
        for one, taken in zip(contestants, times, strict=True):
            start = time.perf_counter()
            one.run()
            if round_:  # the first round warms caches
                taken.append((time.perf_counter() - start) * 1000.0)
    base = statistics.median(times[0])
    rows = []
    for one, taken in zip(contestants, times, strict=True):
        median = statistics.median(taken)
        against = "" if one is contestants[0] else contestants[0].backend
        rows.append(
            Row(case, one.backend, *size_px, one.precision, median, max(taken) - min(taken), against,
                base / median if against else 0.0)
        )  # fmt: skip
    return rows


def seed_method(style: Style, size_px: tuple[int, int], dtype: torch.dtype) -> Callable[[], object]:
    """The method of the program Clavilux grew from: one eager torch pass over the whole frame.

    Coordinates are made once; time and sound are repeated for every pixel and joined to them with `torch.cat`.
    """
    layers = [(torch.tensor(weights, dtype=dtype), torch.tensor(bias, dtype=dtype)) for weights, bias in style.layers]
    coordinates = torch.tensor(grid(style.arch.inputs, *size_px, View()), dtype=dtype)
    heard = torch.tensor([0.5, *SILENCE], dtype=dtype)

    def frame() -> object:
        torch.set_num_threads(thread_count())
        with torch.inference_mode():
            h = torch.cat([coordinates, heard.expand(len(coordinates), -1)], dim=-1)
            for weights, bias in layers[:-1]:
                h = torch.sin(torch.nn.functional.linear(h, weights, bias))
            colours = torch.sigmoid(torch.nn.functional.linear(h, *layers[-1]))
            return (colours.reshape(size_px[1], size_px[0], 3) * 255).to(torch.uint8).numpy()

    return frame


def painter(stack: ExitStack, style: Style, size_px: tuple[int, int]) -> Contestant:
    """The CPU backend without the upload."""
    made = fastest(style).painter
    stack.callback(made.release)
    picture = np.zeros((size_px[1], size_px[0], 4), np.uint8)
    affine, bias = pixel_to_plane(*size_px, View()), fold(style, 0.5, SILENCE)
    return Contestant("cpu", made.precision, lambda: made.paint(bias, affine, picture))


def shader(stack: ExitStack, ctx: moderngl.Context, style: Style, size_px: tuple[int, int]) -> Callable[[], object]:
    """The GLSL backend, waiting for the finished picture."""
    backend, target = GlslBackend(ctx), Target(ctx, size_px)
    stack.callback(target.release)
    stack.callback(backend.release)
    backend.set_style(style)

    def frame() -> None:
        backend.draw(Values({}, SILENCE, 0.5), Frame(0, 0.0, 0.0), target)
        ctx.finish()

    return frame


def _default_network(stack: ExitStack) -> list[Row]:
    style = random_style(1, Arch())
    return race(
        "default network",
        [
            Contestant("seed", "float32", seed_method(style, SIZE_PX, torch.float32)),
            Contestant("torch", "bfloat16", seed_method(style, SIZE_PX, torch.bfloat16)),
            painter(stack, style, SIZE_PX),
        ],
    )


def _lite_network(stack: ExitStack) -> list[Row]:
    style = random_style(1, LITE)
    painted = painter(stack, style, SIZE_PX)
    drawn = Contestant("glsl", "float32", shader(stack, _context(stack), style, SIZE_PX))
    return race(f"lite network {style.arch.width} × {style.arch.depth}", [painted, drawn])


def _never_seen(stack: ExitStack) -> list[Row]:
    """From weights to the first finished picture, compiling included; each round another architecture."""
    ctx = _context(stack)
    depths = iter([4, 3, 5])
    times = []
    for depth in depths:
        style = random_style(depth, Arch(depth=depth))
        with ExitStack() as own:
            start = time.perf_counter()
            shader(own, ctx, style, SIZE_PX)()
            times.append((time.perf_counter() - start) * 1000.0)
    return [Row("first frame of a new shape", "glsl", *SIZE_PX, "float32", times[0], max(times) - min(times))]


def _swap(stack: ExitStack) -> list[Row]:
    """Same shape, other weights: set_style alone."""
    backend = GlslBackend(_context(stack))
    stack.callback(backend.release)
    styles = [random_style(seed, Arch()) for seed in range(2)]
    backend.set_style(styles[0])
    turns: Iterator[int] = iter(range(ROUNDS + 1))
    return race(
        "style swap", [Contestant("glsl", "float32", lambda: backend.set_style(styles[next(turns) % 2]))], (0, 0)
    )


def _features(_: ExitStack) -> list[Row]:
    """One second of noise, given per hop."""
    analyzer = Analyzer()
    noise = np.random.default_rng(1).normal(0.0, 0.1, (SOUND_RATE_HZ, 1)).astype(np.float32)
    hops = sum(1 for _ in analyzer.hops(Block(noise, SOUND_RATE_HZ)))
    rows = race(
        "features, per hop", [Contestant("numpy", "", lambda: analyzer.step(Block(noise, SOUND_RATE_HZ)))], (0, 0)
    )
    return [Row(row.case, row.backend, 0, 0, "", row.ms_median / hops, row.ms_spread / hops) for row in rows]


def _context(stack: ExitStack) -> moderngl.Context:
    surface = HeadlessSurface(SIZE_PX)
    stack.callback(surface.release)
    return surface.ctx


CASES: dict[str, Case] = {
    "default": _default_network,
    "lite": _lite_network,
    "new": _never_seen,
    "swap": _swap,
    "features": _features,
}
"""Name → what measures it; scripts in benchmarks/ run some of them."""
