"""What a soak measured, said so that it explains itself, and the verdict over it. Pure."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

FIGURES, STACK, LAST = "figures.json", "stack.txt", "last.txt"
"""What the show leaves in its folder for who watches it: what was measured, where it died, what it did last."""
WARM_UP_SHARE = 0.1
"""Of the soak's length, before it, at most, everything is shown once; what was not by then comes by chance."""
GROWTH = 0.05
"""Memory and GL objects may differ by this share between the beginning and the end."""
SETTLED_SECONDS = 600.0
"""In a shorter run memory is told, not judged: caches and compiled networks still grow."""
SETTLED_FRAMES = 1000
LATE = 1.5
FLOODED = 2.0
SLOWEST = 8
KEPT_FRAMES = 200_000


@dataclass
class Steps:
    """Frame by frame: milliseconds on the clock and of the process's work, whether a flood was under way, and whether
    another look came on air."""

    clock_ms: "array[float]" = field(default_factory=lambda: array("f"))
    work_ms: "array[float]" = field(default_factory=lambda: array("f"))
    flooded: "array[int]" = field(default_factory=lambda: array("b"))
    landed: "array[int]" = field(default_factory=lambda: array("b"))
    slowest: list[tuple[int, str]] = field(default_factory=list)

    def add(self, clock_ms: float, work_ms: float, flooded: bool, landed: bool, after: str) -> None:
        """Note one frame; `after` is what had just been done."""
        for kept, value in zip(self._kept, (clock_ms, work_ms, flooded, landed), strict=True):
            kept.append(value)
            del kept[:-KEPT_FRAMES]
        self.slowest = sorted([*self.slowest, (round(clock_ms), after)], reverse=True)[:SLOWEST]

    @property
    def _kept(self) -> tuple["array[Any]", ...]:
        """Arrays: ten bytes a frame, or the soak would see itself grow."""
        return self.clock_ms, self.work_ms, self.flooded, self.landed

    def report(self, budget_ms: float) -> dict[str, Any]:
        """Return the figures of the frames: all of them, and those during floods of OSC."""
        flooded, landed = np.array(self.flooded, bool), np.array(self.landed, bool)
        clock, work = np.array(self.clock_ms), np.array(self.work_ms)
        parts = {"in_floods": flooded, "in_floods_same_look": flooded & ~landed, "without_floods": ~flooded}
        return {
            "budget_ms": round(budget_ms, 2),
            "frames": len(clock),
            "clock_ms": _percentiles(clock),
            "processor_ms": _percentiles(work),
            **{name: _part(work[chosen], budget_ms) for name, chosen in parts.items()},
            "slowest_ms_after": self.slowest,
        }


def _part(work_ms: Any, budget_ms: float) -> dict[str, Any]:
    over = _share(work_ms > FLOODED * budget_ms)
    return {"frames": len(work_ms), "processor_ms": _percentiles(work_ms), "over_twice_the_budget": over}


def _percentiles(values: Any) -> dict[str, float]:
    points = (50, 95, 99, 100)
    found = np.percentile(values, points) if len(values) else np.zeros(len(points))
    return {f"p{point}" if point < 100 else "max": round(float(ms), 2) for point, ms in zip(points, found, strict=True)}


def _share(true: Any) -> float:
    return round(float(true.mean()), 5) if len(true) else 0.0


def slope(samples: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Return how (seconds, MB) grow in MB a minute with the bounds of 95 % confidence, and the share over that time.

    The first third is left out: what fills then are caches. Ordinary least squares; neighbouring samples depend on each
    other, so their number is counted as a quarter (measured autocorrelation of such runs).
    """
    later = np.array(samples[len(samples) // 3 :], float).reshape(-1, 2)
    if len(later) < 4:
        return {"mb_per_minute": 0.0, "low": 0.0, "high": 0.0, "share": 0.0}
    minutes, mb = later[:, 0] / 60, later[:, 1]
    (rate, start), away = np.polyfit(minutes, mb, 1), minutes - minutes.mean()
    rest = mb - rate * minutes - start
    error = float(np.sqrt((rest**2).sum() / max(len(later) / 4 - 2, 1) / (away**2).sum()))
    share = rate * (minutes[-1] - minutes[0]) / max(mb[0], 1.0)
    figures = {"mb_per_minute": rate, "low": rate - 2 * error, "high": rate + 2 * error, "share": share}
    return {name: round(float(value), 4) for name, value in figures.items()}


def rise(counts: Sequence[int]) -> float:
    """Return by which share the fewest things of the last third exceed the fewest of the first.

    A busy moment holds more for a while; what leaks is there in every one.
    """
    third = max(1, len(counts) // 3)
    return min(counts[-third:]) / max(min(counts[:third]), 1) - 1.0


def failures(figures: dict[str, Any], hardware: bool) -> list[str]:
    """Return what must not be: each one line."""
    wrong: list[str] = []
    memory, frames = figures["memory"]["slope"], figures["frames"]
    if figures["seconds"] >= SETTLED_SECONDS and abs(memory["share"]) > GROWTH and memory["low"] * memory["high"] > 0:
        wrong.append(f"memory changed by {memory['share']:.1%}")
    if abs(figures["gl_objects"]["share"]) > GROWTH:
        wrong.append(f"GL objects changed by {figures['gl_objects']['share']:.1%}")
    if figures["pictures"]["empty"]:
        wrong.append(f"{figures['pictures']['empty']} pictures were all black or all white")
    if hardware and frames["clock_ms"]["p99"] > LATE * frames["budget_ms"]:
        wrong.append(f"p99 of a frame is {frames['clock_ms']['p99']} ms")
    if (
        not hardware
        and frames["frames"] >= SETTLED_FRAMES
        and frames["processor_ms"]["p50"] > LATE * frames["budget_ms"]
    ):
        wrong.append(f"half of the frames take more than {frames['processor_ms']['p50']} ms of processor time")
    return wrong + [
        line for part in ("relaunch", "sound_server", "displays") for line in figures.get(part, {}).get("failures", [])
    ]
