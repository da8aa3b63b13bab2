"""Claim: a morph of two styles is continuous: no flash, no mush, evener than a crossfade, whatever the two are.

Compares ways from one style to another: the mean of both pictures (a crossfade), the morph on stage (both drawn by the
program's own shader), a soft front over the plane, and a path through the weights, of strangers and of relatives (the
second trained on from the first). Each way is walked in equal steps. Run: python -m benchmarks.morph
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import moderngl
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from app import style as styles
from app.cppn import reference
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.inputs import View, fold, grid, pixel_columns
from app.render.blender import Blender
from app.render.surface import HeadlessSurface
from app.render.target import Target
from app.style import Style
from app.training.evaluate.ssim import consecutive

SIZE_PX = (96, 54)
STEPS = 48
SECONDS = 7.0
HEARD = (0.7, 0.8, 0.5, 0.45, 0.3, 0.5, 0.15, 0.6, 0.4)
LUMA = np.array([0.2126, 0.7152, 0.0722])
FRONT = 0.4
"""Width of the soft front, as a share of the way."""
RELATIVE_STEPS = 300
SHARPEST, EVENEST, FLASH, CONTRAST, DETAIL = 0.03, 2.5, 0.05, 0.85, 0.75
"""What the morph is held to, in the order of `FIGURES`."""
FIGURES = ("largest SSIM drop", "largest / mean step", "flash", "least contrast", "least detail")
Picture = NDArray[np.float64]
Way = Callable[[float], Picture]


def drawn(style: Style) -> Picture:
    """Return a style's picture at one lively moment, (height, width, 3)."""
    return reference.render(style, *SIZE_PX, SECONDS, HEARD)


def by_shader(ctx: moderngl.Context, a: Picture, b: Picture, blend: str) -> Way:
    """Return the way that the program goes."""
    one, other, blender = Target(ctx, SIZE_PX), Target(ctx, SIZE_PX), Blender(ctx, SIZE_PX)
    for target, picture in ((one, a), (other, b)):
        rgba = np.dstack([picture, np.ones(picture.shape[:2])])[::-1]
        target.texture.write((rgba * 255 + 0.5).astype(np.uint8).tobytes())
    path = [blender.draw(one, other, i / STEPS, blend).read()[..., :3] / 255.0 for i in range(STEPS + 1)]
    for made in (one, other, blender):
        made.release()
    return lambda share: path[round(share * STEPS)]


def by_front(a: Picture, b: Picture) -> Way:
    """Return the way of a soft front that moves in over the plane, along a slow wave of the coordinates."""
    x, y = np.meshgrid(np.linspace(-5.6, 5.6, SIZE_PX[0]), np.linspace(-np.pi, np.pi, SIZE_PX[1]))
    wave = np.sin(0.7 * x + 1.3 * np.sin(0.8 * y + 0.4)) + np.sin(0.9 * y + 1.1 * np.sin(0.6 * x + 2.0))
    rank = (wave.ravel().argsort().argsort() / wave.size).reshape(wave.shape)

    def at(share: float) -> Picture:
        there = np.clip((share * (1 + FRONT) - rank) / FRONT, 0.0, 1.0)[..., None]
        there = there * there * (3 - 2 * there)
        return np.asarray(a + (b - a) * there)

    return at


def by_weights(a: Style, b: Style) -> Way:
    """Return the way of a straight line between the weights of two styles of one shape."""

    def at(share: float) -> Picture:
        layers = tuple(
            (w + share * (v - w), c + share * (d - c)) for (w, c), (v, d) in zip(a.layers, b.layers, strict=True)
        )
        return drawn(replace(a, layers=layers))

    return at


def relative(style: Style, wanted: Picture) -> Style:
    """Return `style` trained on for a while, until its picture is about `wanted`."""
    import torch

    torch.set_num_threads(1)
    pixels = torch.tensor(grid(style.arch.inputs, *SIZE_PX, View()), dtype=torch.float32)
    sound = fold(style, SECONDS, HEARD) - style.layers[0][1]
    first = pixel_columns(style.arch.inputs)
    layers = [[torch.tensor(part, requires_grad=True) for part in layer] for layer in style.layers]
    goal = torch.tensor(wanted.reshape(-1, 3), dtype=torch.float32)
    optimiser = torch.optim.Adam([part for layer in layers for part in layer], 1e-3)
    for _ in range(RELATIVE_STEPS):
        h = torch.sin(pixels @ layers[0][0][:, first].T + layers[0][1] + torch.tensor(sound, dtype=torch.float32))
        for weights, biases in layers[1:-1]:
            h = torch.sin(h @ weights.T + biases)
        loss = ((torch.sigmoid(h @ layers[-1][0].T + layers[-1][1]) - goal) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    trained = tuple((weights.detach().numpy(), biases.detach().numpy()) for weights, biases in layers)
    return replace(style, layers=trained)


def figures(way: Way) -> tuple[float, ...]:
    """Return what `FIGURES` names for one way, walked in equal steps.

    Flash is how far the mean luminance leaves the straight line between the ends; contrast and detail are the least
    standard deviation and mean slope of the luminance, each as a share of that line.
    """
    path = [way(i / STEPS) @ LUMA for i in range(STEPS + 1)]
    drops = list(1.0 - consecutive(np.array(path)))
    flash = max(abs(off) for off in _off_the_line([float(luma.mean()) for luma in path]))
    contrast, detail = ([measure(luma) for luma in path] for measure in (_spread, _slope))
    return (
        max(drops), max(drops) / max(statistics.fmean(drops), 1e-9), flash, _least(contrast), _least(detail)
    )  # fmt: skip


def _spread(luma: Picture) -> float:
    return float(luma.std())


def _slope(luma: Picture) -> float:
    return float(np.hypot(*np.gradient(luma)).mean())


def _line(values: list[float]) -> list[float]:
    return list(np.linspace(values[0], values[-1], len(values)))


def _off_the_line(values: list[float]) -> Iterator[float]:
    yield from (value - due for value, due in zip(values, _line(values), strict=True))


def _least(values: list[float]) -> float:
    return min(value / due for value, due in zip(values, _line(values), strict=True))


def ways(ctx: moderngl.Context, pairs: int) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Yield the name and the figures of every way measured."""
    library = [styles.find(entry.name) for entry in styles.listing() if not entry.problem]
    pictures = {style.name: drawn(style) for style in library}
    chosen = list(combinations(library, 2))
    for a, b in chosen[:: max(len(chosen) // pairs, 1)]:
        one, other = pictures[a.name], pictures[b.name]
        yield "mean of both", figures(by_shader(ctx, one, other, "mix"))
        yield "morph", figures(by_shader(ctx, one, other, "morph"))
        yield "soft front", figures(by_front(one, other))
    for seed in range(4):
        a, b = (random_style(seed + offset, Arch(width=48, depth=3)) for offset in (0, 100))
        yield "weights, strangers", figures(by_weights(a, b))
        kin = relative(a, drawn(b))
        yield "weights, relatives", figures(by_weights(a, kin))
        yield "morph, relatives", figures(by_shader(ctx, drawn(a), drawn(kin), "morph"))


def worst(rows: list[tuple[float, ...]]) -> tuple[float, ...]:
    """Return the worst of each figure: the largest of the first three, the smallest of the others."""
    columns = list(zip(*rows, strict=True))
    return (*(max(column) for column in columns[:3]), *(min(column) for column in columns[3:]))


def main() -> int:
    """Measure, print, and fail if the morph on stage does not hold what it is held to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=39, help="how many pairs of shipped styles")
    parser.add_argument("--markdown", type=Path, help="write the table there")
    arguments = parser.parse_args()
    surface = HeadlessSurface(SIZE_PX)
    found: dict[str, list[tuple[float, ...]]] = {}
    for name, row in ways(surface.ctx, arguments.pairs):
        found.setdefault(name, []).append(row)
    surface.release()
    table = Table("way", "walks", *FIGURES, title=f"median (worst), {STEPS} steps")
    lines = [f"| way | walks | {' | '.join(FIGURES)} |", "|---" * (len(FIGURES) + 2) + "|"]
    for name, rows in found.items():
        medians = [statistics.median(column) for column in zip(*rows, strict=True)]
        cells = [f"{middle:.3f} ({bad:.3f})" for middle, bad in zip(medians, worst(rows), strict=True)]
        table.add_row(name, str(len(rows)), *cells)
        lines.append(f"| {name} | {len(rows)} | {' | '.join(cells)} |")
    Console(width=150).print(table)
    if arguments.markdown:
        arguments.markdown.write_text("# Ways from one style to another: median (worst)\n\n" + "\n".join(lines) + "\n")
    sharpest, evenest, flash, contrast, detail = worst(found["morph"])
    held = sharpest <= SHARPEST and evenest <= EVENEST and flash <= FLASH and contrast >= CONTRAST and detail >= DETAIL
    print("held" if held else "NOT held: the morph leaves its bounds")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
