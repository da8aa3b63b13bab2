"""What each way of evaluating the network for fewer pixels costs in fidelity, and what it saves.

Every shipped style moves and hears something for a while; each saving's pictures are compared with the full ones, and
what drawing and enlarging them takes (processor time of all threads; on a GPU time on the clock). All in turns.
Run: python -m benchmarks.cheaper_pixels [--backend cpu] [--size 480x270] [--frames 16] [STYLE …]
"""

import argparse
import statistics
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from app import paths, plugins
from app import style as styles
from app.clock import Frame
from app.cppn.init import random_style
from app.cppn.inputs import flips
from app.modulation.values import Values
from app.render.backend import BACKENDS, Backend
from app.render.develop import Developer
from app.render.saving import Saving, half_of
from app.render.sheet import Sheet
from app.render.software import is_software
from app.render.surface import HeadlessSurface
from app.render.target import Target
from app.settings import parse_size
from app.style import Style

FPS = 30.0
NEUTRAL = {"hue": 0.0, "saturation": 1.0, "contrast": 1.0, "brightness": 1.0}
NEVER_DB = 99.0
"""What equal pictures count as."""
WARM_UP_FRAMES = 5
UNTRAINED = "default"
"""Stands for an untrained network of the default shape: 4 × 128."""


@dataclass
class Way:
    """One way of drawing a style, and what was measured of it. Saving None: every pixel, not even mirrored."""

    name: str
    saving: Saving | None
    sheet: Sheet
    developer: Developer
    times_ms: list[float] = field(default_factory=list)
    decibels: list[float] = field(default_factory=list)
    drawn: list[float] = field(default_factory=list)

    def draw(self, backend: Backend, style: Style, at: tuple[Values, Frame]) -> Target:
        """Return one picture at full size."""
        size_px = self.developer.picture.size_px
        if self.saving is None:
            target = self.sheet.target
            backend.draw(*at, target)
        else:
            region_px = half_of(size_px) if self.saving == "half" else size_px
            target = self.sheet.draw(backend, style, *at, region_px, self.saving)
        return self.developer.draw(target, None, 1.0, NEUTRAL)


WAYS: list[tuple[str, Saving | None]] = [
    ("every pixel", None), ("mirrored", "off"), ("every other row", "rows"), ("half", "half"), ("refined", "refine"),
]  # fmt: skip


def moment(index: int) -> tuple[Values, Frame]:
    """Return one frame of a lively show: a beat twice a second, a slow zoom and turn."""
    seconds = 20.0 + index / FPS
    beat = float(np.exp(-6.0 * (seconds * 2.0 % 1.0)))
    heard = (0.6, 0.3 + 0.5 * beat, 0.5, 0.4, beat, 0.5, beat, 0.6, 0.4)
    return Values({"zoom": 1.0 + 0.1 * np.sin(seconds)}, heard, seconds, 6.0 * seconds), Frame(index, seconds, 1 / FPS)


def closeness(picture: NDArray[np.uint8], full: NDArray[np.uint8]) -> float:
    """Return the PSNR in dB."""
    error = (picture[..., :3].astype(np.float64) - full[..., :3]) ** 2
    return min(-10 * float(np.log10(max(error.mean() / 255**2, 1e-12))), NEVER_DB)


def measure(
    stack: ExitStack, surface: HeadlessSurface, style: Style, name: str, size_px: tuple[int, int], frames: int
) -> list[Way]:
    """Draw `frames` moments of a style in every way that suits it."""
    clock = time.process_time if is_software(surface.ctx) else time.perf_counter
    backend: Backend = plugins.load("backend", BACKENDS, name)(surface.ctx)
    stack.callback(backend.release)
    backend.set_style(style)
    ways = []
    for label, saving in WAYS:
        if saving != "off" or flips(style.arch.inputs):
            ways.append(Way(label, saving, Sheet(surface.ctx, size_px), Developer(surface.ctx, size_px)))
            stack.callback(ways[-1].sheet.release)
            stack.callback(ways[-1].developer.release)
    for index in range(frames + WARM_UP_FRAMES):
        full: NDArray[np.uint8] | None = None
        for way in ways:
            start = clock()
            target = way.draw(backend, style, moment(index))
            surface.ctx.finish()
            took = clock() - start
            picture = target.read()
            full = picture if full is None else full
            if index >= WARM_UP_FRAMES:
                way.times_ms.append(took * 1000)
                way.decibels.append(closeness(picture, full))
                way.drawn.append(way.sheet.drawn * (0.25 if way.saving == "half" else 1.0))
    return ways


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("styles", nargs="*")
    parser.add_argument("--backend", default="cpu")
    parser.add_argument("--size", default="480x270")
    parser.add_argument("--frames", type=int, default=16)
    arguments = parser.parse_args()
    size_px = parse_size(arguments.size)
    names = arguments.styles or [
        UNTRAINED,
        *sorted(path.stem for path in paths.shipped("styles").glob("*.safetensors")),
    ]
    table = Table("style", "pixels", "drawn", "dB", "worst dB", "ms", "times faster", box=None)
    surface = HeadlessSurface((64, 64))
    for name in names:
        style = random_style(1) if name == UNTRAINED else styles.find(name)
        with ExitStack() as stack:
            ways = measure(stack, surface, style, arguments.backend, size_px, arguments.frames)
            base = statistics.median(ways[0].times_ms)
            for way in ways:
                ms = statistics.median(way.times_ms)
                table.add_row(
                    name, way.name, f"{statistics.mean(way.drawn):.0%}", f"{statistics.median(way.decibels):.1f}",
                    f"{min(way.decibels):.1f}", f"{ms:.1f}", f"{base / ms:.2f}",
                )  # fmt: skip
    Console(width=100).print(table)
    surface.release()
    return 0


if __name__ == "__main__":
    sys.exit(main())
