"""Signals: small stateful shapers between a feature and a parameter. Pure NumPy-free arithmetic, main thread."""

import math
from collections.abc import Callable

CURVE_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "linear": lambda x: x,
    "square": lambda x: x * x,
    "cube": lambda x: x * x * x,
    "root": lambda x: math.sqrt(max(x, 0.0)),
    "smooth": lambda x: x * x * (3.0 - 2.0 * x),
    "invert": lambda x: 1.0 - x,
}
"""Each maps 0..1 to 0..1."""


class Follower:
    """One-pole smoothing with separate attack and release; time constants in seconds, 0 follows at once."""

    def __init__(self) -> None:
        self.value = 0.0

    def step(self, target: float, dt_seconds: float, attack_seconds: float, release_seconds: float) -> float:
        """Move towards `target` by 1 - exp(-dt/tau), so that the result does not depend on the frame rate."""
        tau = attack_seconds if target > self.value else release_seconds
        self.value += (target - self.value) * (1.0 if tau <= 0 else 1.0 - math.exp(-dt_seconds / tau))
        return self.value
