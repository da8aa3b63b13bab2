"""Stats: how the show runs, for the panel and the `--report` file. Main thread, preallocated, no growth."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

KEPT = 1 << 16
"""Frames remembered: 18 minutes at 60 fps."""
LATE = 1.5
"""An interval longer than this many frame times counts as a missed frame."""


class Series:
    """The newest values of one figure."""

    def __init__(self, kept: int = KEPT) -> None:
        self._values = np.zeros(kept, np.float32)
        self.count = 0

    def add(self, value: float) -> None:
        """Append one value, dropping the oldest when full."""
        self._values[self.count % len(self._values)] = value
        self.count += 1

    def newest(self, count: int = KEPT) -> NDArray[np.float32]:
        """Return up to `count` newest values, oldest first, as a copy."""
        end = self.count % len(self._values)
        places = np.arange(end - min(count, self.count, len(self._values)), end)  # the negative ones count from the end
        newest: NDArray[np.float32] = self._values[places]
        return newest

    def percentiles(self, *points: float) -> list[float]:
        """Return percentiles of what is held, zeros while it is empty."""
        values = self.newest()
        return [float(p) for p in np.percentile(values, points)] if len(values) else [0.0] * len(points)


class Stats:
    """Frame intervals, network scale, latency and counts."""

    def __init__(self, fps: float) -> None:
        self.fps = fps
        self.interval_ms = Series()
        self.scale = Series()
        self.latency_ms = Series()
        self.frames = 0
        self.missed = 0
        self.seconds = 0.0
        self.first_frame_seconds = 0.0
        self.first_frame_waited_seconds = 0.0
        """What of it other programs had the processor, as far as the system tells."""
        self.gpu_memory: Callable[[], str] = lambda: ""
        """What the driver tells of the graphics card's memory, in one line; "" for nothing."""

    def step(self, dt_seconds: float, took_seconds: float, scale: float, latency_seconds: float) -> None:
        """Note one frame: its time since the last in the show, and on the clock. The first has no interval."""
        if self.frames:
            self.interval_ms.add(took_seconds * 1000)
            self.missed += dt_seconds > LATE / self.fps
        self.frames += 1
        self.seconds += dt_seconds
        self.scale.add(scale)
        self.latency_ms.add(latency_seconds * 1000)

    @property
    def measured_fps(self) -> float:
        """Frames a second over the newest second or so."""
        recent = self.interval_ms.newest(60)
        return 1000 / float(recent.mean()) if len(recent) and recent.mean() > 0 else 0.0

    def report(self) -> dict[str, Any]:
        """Return the figures of the `--report` file that are known here."""
        p50, p95, p99, worst = self.interval_ms.percentiles(50, 95, 99, 100)
        latency50, latency95 = self.latency_ms.percentiles(50, 95)
        scales = self.scale.newest()
        return {
            "frames": self.frames,
            "seconds": round(self.seconds, 3),
            "frame_ms": _rounded(p50=p50, p95=p95, p99=p99, max=worst),
            "missed": self.missed,
            "scale": _rounded(min=float(scales.min(initial=1.0)), mean=float(scales.mean()) if len(scales) else 1.0),
            "latency_ms": _rounded(p50=latency50, p95=latency95),
            "startup_s": _rounded(
                to_first_frame=self.first_frame_seconds, waited_for_processor=self.first_frame_waited_seconds
            ),
        }


def waited_seconds() -> float:
    """Return for how long the main thread could have run and had no processor so far (Linux; elsewhere 0)."""
    try:
        return int(Path("/proc/self/schedstat").read_text("ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def _rounded(**figures: float) -> dict[str, float]:
    return {name: round(value, 3) for name, value in figures.items()}
