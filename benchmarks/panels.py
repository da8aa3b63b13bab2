"""What the panels cost a frame: building them and handing them to OpenGL, in a real show on a real window.

Needs a display (Xvfb will do). Prints the main thread's CPU time, which other programs and drawing threads don't touch.
Claim: 2 ms a frame at most, with any panel in front. OpenGL on the CPU also has to fill the pixels: not counted here.
"""

import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from imgui_bundle import imgui

from app.live import Session
from app.settings import Settings
from app.ui.panels import PANELS
from app.ui.shell import Shell

FRAMES = 120
CLAIM_MS = 2.0


def timed(method: Callable[..., Any], into: list[float]) -> Callable[..., Any]:
    """Return the method with its CPU time in ms noted."""

    def run(*arguments: Any) -> Any:
        start = time.thread_time()
        answer = method(*arguments)
        into.append((time.thread_time() - start) * 1000)
        return answer

    return run


def main() -> int:
    """Print a table; exit code 1 when the claim does not hold."""
    build: list[float] = []
    draw: list[float] = []
    setattr(Shell, "begin", timed(Shell.begin, build))  # noqa: B010 - mypy allows no other way
    setattr(Shell, "draw", timed(Shell.draw, draw))  # noqa: B010
    style = sys.argv[1] if len(sys.argv) > 1 else ""
    worst = 0.0
    with ExitStack() as stack:
        session = Session(Settings(style=style, backend="glsl", fps=30.0), stack)
        for _ in range(FRAMES):
            session.step()
        print(f"{'in front':>10} {'build ms':>9} {'p99':>6} {'draw ms':>8} {'p99':>6}   main thread's CPU time")
        for place in PANELS:
            imgui.set_window_focus(place.title)
            session.step()
            build.clear()
            draw.clear()
            for _ in range(FRAMES):
                session.step()
            figures = [f(times) for times in (build, draw) for f in (statistics.median, _p99)]
            worst = max(worst, figures[0] + figures[2])
            print(f"{place.title:>10} {figures[0]:9.2f} {figures[1]:6.2f} {figures[2]:8.2f} {figures[3]:6.2f}")
    print(f"worst median: {worst:.2f} ms, claim {CLAIM_MS:g} ms")
    return int(worst > CLAIM_MS)


def _p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


if __name__ == "__main__":
    sys.exit(main())
