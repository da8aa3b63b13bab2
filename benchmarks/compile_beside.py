"""Claim: no frame waits for a compiler: the longest frame while a new shape comes on air is no compile long.

The same change of style twice, each time in a fresh context with empty caches: prepared beside the show, and compiled
on the spot. Run: python -m benchmarks.compile_beside
"""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack

from app.clock import Frame
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.inputs import SILENCE
from app.modulation.values import Values
from app.render.crossfade import Crossfade
from app.render.glsl_backend import GlslBackend
from app.render.surface import HeadlessSurface

SIZE_PX = (64, 36)
FRAMES_BEFORE = FRAMES_AFTER = 30
OLD, NEW = Arch(width=16, depth=2), Arch(width=24, depth=3, activation="mix")
LONGEST_SECONDS = 120.0


def change(live: bool) -> tuple[float, float, float]:
    """Return the median frame before, the longest frame of the change, and the seconds until the new one is seen."""
    with ExitStack() as stack:
        surface = HeadlessSurface(SIZE_PX)
        stack.callback(surface.release)
        fade = Crossfade(surface.ctx, lambda: GlslBackend(surface.ctx), SIZE_PX, live=live)
        stack.callback(fade.release)
        fade.show(random_style(1, OLD), 0.0)
        times: list[float] = []

        def frame() -> None:
            fade.draw(Values({}, SILENCE, 0.5), Frame(0, 0.0, 1 / 60), SIZE_PX)
            surface.swap()

        end = time.monotonic() + LONGEST_SECONDS
        while live and fade.preparing and time.monotonic() < end:
            frame()
        for _ in range(FRAMES_BEFORE):
            start = time.perf_counter()
            frame()
            times.append(time.perf_counter() - start)
        new = random_style(2, NEW)
        asked = start = time.perf_counter()
        fade.show(new, 0.25)
        seen, after = 0.0, 0
        while after < FRAMES_AFTER and time.monotonic() < end:
            frame()
            now = time.perf_counter()
            times.append(now - start)
            start = now
            if fade.style is new:
                seen, after = seen or now - asked, after + 1
        return sorted(times[:FRAMES_BEFORE])[FRAMES_BEFORE // 2], max(times[FRAMES_BEFORE:]), seen


def main() -> int:
    """Print both; return 1 if the claim doesn't hold here."""
    if len(sys.argv) > 1:
        print(*change(sys.argv[1] == "beside"))
        return 0
    longest: dict[str, float] = {}
    for way in ("beside", "on the spot"):
        with tempfile.TemporaryDirectory() as folder:
            empty = {"CLAVILUX_HOME": folder, "MESA_SHADER_CACHE_DIR": folder}
            command = [sys.executable, "-m", "benchmarks.compile_beside", way]
            told = subprocess.run(command, env=os.environ | empty, capture_output=True, text=True, check=True).stdout
        usual, longest[way], seen = (float(word) for word in told.split())
        print(
            f"{way:<12} usual frame {usual * 1e3:.1f} ms, longest {longest[way] * 1e3:.1f} ms, seen after {seen:.2f} s"
        )
    return int(longest["beside"] > longest["on the spot"] / 2)


if __name__ == "__main__":
    sys.exit(main())
