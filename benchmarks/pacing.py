"""Claim: of a live show's frames, 99 in 100 come within 1.2 times their due.

A show without a window, 320 × 180 at 30 fps on a processor, 1080p at 60 fps on a GPU; prints p50, p99, p99.9 against
the budget, late frames, and by how much memory grew.
Run: python -m benchmarks.pacing [SECONDS, 600 by default] [--backend cuda]
"""

import argparse
import sys
from contextlib import ExitStack

import numpy as np

from app.audio.source import SourceChoice
from app.live import Session
from app.render.software import is_software
from app.settings import Settings

SECONDS = 600.0
WARM_UP_SECONDS = 5.0
WANTED = 1.2


def show(seconds: float, backend: str) -> tuple[Session, str, float, int]:
    """Play a show; return it, who drew, its rate, and how many blocks Python's memory grew by in its second half."""
    from app.render.surface import HeadlessSurface

    probe = HeadlessSurface((16, 16))
    software = is_software(probe.ctx)
    probe.release()
    fps, size_px = (30.0, (320, 180)) if software else (60.0, (1920, 1080))
    settings = Settings(
        source=SourceChoice(loop=True), backend=backend, fps=fps, picture_px=size_px, headless=True, seconds=seconds
    )
    with ExitStack() as stack:
        session = Session(settings, stack)
        half = 0
        while not session.ended:
            session.step()
            if not half and session.controls.frame.seconds > seconds / 2:
                half = sys.getallocatedblocks()
        grown = sys.getallocatedblocks() - half
        return session, f"{session.controls.backend_name} ({session.controls.backend_detail})", fps, grown


def main() -> int:
    """Print the figures; return 1 if the claim doesn't hold here."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("seconds", type=float, nargs="?", default=SECONDS)
    parser.add_argument("--backend", default="auto")
    arguments = parser.parse_args()
    session, drawn, fps, grown = show(arguments.seconds, arguments.backend)
    whole = session.controls.stats.interval_ms.newest()
    intervals = whole[min(round(WARM_UP_SECONDS * fps), len(whole) // 2) :]
    budget = 1000 / fps
    p50, p99, p999 = np.percentile(intervals, [50, 99, 99.9])
    print(f"{drawn}, {len(intervals)} frames at {fps:g} fps, budget {budget:.2f} ms")
    print(f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, p99.9 {p999:.2f} ms; p99 / budget {p99 / budget:.3f}")
    late = int((intervals > 1.5 * budget).sum())
    print(f"{late} late; Python held {grown:+} blocks of memory more after the second half")
    return int(p99 / budget > WANTED)


if __name__ == "__main__":
    sys.exit(main())
