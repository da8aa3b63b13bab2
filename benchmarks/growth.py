"""Claim: cost grows as it should: with pixels, layers and clip length in proportion, with width squared.

Pixels × 2, layers × 2, width × 2 with the CPU backend, clip length × 10 with a whole offline render. Everything is
counted in processor time of all threads, so that other programs on the machine don't count; medians, spread.
Writes benchmarks/results/growth.svg. Run: python -m benchmarks.growth [--quick]
"""

import math
import os
import statistics
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from app.commands import bench, render
from app.cppn.arch import Arch
from app.cppn.init import random_style
from benchmarks.svg import Line, Plot, write

PLOT = Path(__file__).parent / "results" / "growth.svg"
SIZES_PX = [(226, 128), (320, 180), (452, 256), (640, 360)]
LAYERS = [1, 2, 4, 7]
"""Hidden layers that take in other hidden layers: the first, of a few inputs, costs next to nothing."""
WIDTHS = [32, 64, 128, 256]
CLIPS_SECONDS = [2.0, 20.0]
ROUNDS = 9
FROM, TO = 0.75, 1.35
"""The slope that is measured, divided by the slope that is right."""
Points = list[tuple[float, float]]


def drawing(cases: Iterable[tuple[float, Arch, tuple[int, int]]]) -> Points:
    """Return (x, ms) of each case, all drawn in turns."""
    with ExitStack() as stack:
        made = [(x, bench.painter(stack, random_style(1, arch), size), list[float]()) for x, arch, size in cases]
        for round_ in range(ROUNDS + 1):
            for _, painter, times in made:
                start = time.process_time()
                painter.run()
                if round_:
                    times.append((time.process_time() - start) * 1000)
    for x, _, times in made:
        print(f"  {x:>9g}  {statistics.median(times):8.2f} ms  ({min(times):.2f}–{max(times):.2f})")
    return [(x, statistics.median(times)) for x, _, times in made]


def clip(seconds: float, folder: Path) -> float:
    """Return the seconds of processor time that rendering a clip of this length took."""
    sound = folder / f"{seconds:g}.wav"
    with wave.open(str(sound), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        noise = np.random.default_rng(1).normal(0, 3000, round(48_000 * seconds)).astype("<i2")
        file.writeframes(noise.tobytes())
    start = time.process_time()
    render.render(
        time.perf_counter(), audio=sound, out=folder / f"{seconds:g}.mp4", resolution="320x180", fps=30.0, seconds=None,
        report=None, preset=None, style="deep_vortex", load_weights=None, backend="cpu", saving="off", seed=1,
    )  # fmt: skip
    return time.process_time() - start


def slope(points: Points) -> float:
    """Return the exponent with which y grows with x."""
    return float(np.polyfit([math.log(x) for x, _ in points], [math.log(y) for _, y in points], 1)[0])


def main() -> int:
    """Print the figures, write the plot; return 1 if something grows as it should not."""
    quick = "--quick" in sys.argv
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CLAVILUX_HOME"] = folder
        cases: dict[str, tuple[str, float, Callable[[], Points]]] = {
            "pixels": ("px", 1.0, lambda: drawing((w * h, Arch(), (w, h)) for w, h in SIZES_PX)),
            "layers": ("layers of 128 × 128", 1.0, lambda: drawing((n, Arch(depth=n + 1), (320, 180)) for n in LAYERS)),
            "width": ("neurons a layer", 2.0, lambda: drawing((n, Arch(width=n), (320, 180)) for n in WIDTHS)),
        }
        if not quick:
            cases["clip"] = ("s", 1.0, lambda: [(s, 1000 * clip(s, Path(folder))) for s in CLIPS_SECONDS])
        plots, wrong = [], False
        for name, (unit, right, measure) in cases.items():
            print(f"{name} ({unit})")
            points = measure()
            found = slope(points)
            print(f"  grows with the power {found:.2f}; {right:g} is expected at most")
            wrong |= found / right > TO
            lines = [Line("measured", points)]
            plots.append(Plot(f"{name}: power {found:.2f}", unit, "ms of processor time", lines, right))
    write(PLOT, plots)
    print(PLOT)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
