"""LFOs: shapes that swing by themselves, in time with the beat or at a frequency. Pure arithmetic, main thread.

Every shape maps a count of periods to 0..1 and keeps no state, so the same moment of the music gives the same value;
random ones hash the number of the period.
"""

import math
from collections.abc import Callable

_MASK = (1 << 64) - 1
_DECAY = 5.0
"""Time constants of a falling envelope per period."""
_GRAINS = 8
"""Random values of noise per period."""


def _hashed(number: int, seed: int) -> float:
    """Return a number 0..1 that looks random and is always the same (splitmix64, Steele, Lea & Flood 2014)."""
    z = (number * 0x9E3779B97F4A7C15 + (seed + 1) * 0xD1B54A32D192ED03) & _MASK
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & _MASK
    return (z ^ z >> 31) / _MASK


def _decay(turns: float, _: int) -> float:
    rest = math.exp(-_DECAY)
    return (math.exp(-_DECAY * (turns % 1.0)) - rest) / (1 - rest)


def _noise(turns: float, seed: int) -> float:
    grain = math.floor(turns * _GRAINS)
    part = turns * _GRAINS - grain
    smooth = part * part * (3 - 2 * part)
    return _hashed(grain, seed) * (1 - smooth) + _hashed(grain + 1, seed) * smooth


SHAPES: dict[str, Callable[[float, int], float]] = {
    "sine": lambda turns, _: 0.5 - 0.5 * math.cos(2 * math.pi * turns),
    "triangle": lambda turns, _: 1 - abs(1 - 2 * (turns % 1.0)),
    "saw": lambda turns, _: turns % 1.0,
    "square": lambda turns, _: float(turns % 1.0 < 0.5),
    "decay": _decay,
    "random": lambda turns, seed: _hashed(math.floor(turns), seed),
    "noise": _noise,
}
"""By name: (periods since the one, seed) → 0..1. Sine, triangle and saw begin low, square and decay high; decay falls
like a struck string; random holds one value a period; noise wanders smoothly through eight."""
