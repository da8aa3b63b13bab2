"""How fast training on the show's own graphics card goes: with the share of time that the show leaves. Pure.

Two processes take turns on one GPU, and a long turn of the other's is a late frame. So each step, which is short, is
followed by a rest; misses stop training altogether (`easing`). On a processor the lowest priority does all this.
"""

SMOOTHING = 0.05
"""Of the newest frame in the mean."""
NOTCH = 0.1
"""A smaller change is not told."""
LEAST_SHARE = 0.05
LONGEST_REST_SECONDS = 0.5
"""Orders are heard between rests."""


class Pace:
    """The show's side: `step` once a frame."""

    def __init__(self) -> None:
        self.share = 1.0
        """What was told last: the part of the time that training may take, 0..1."""
        self._mean = 1.0

    def step(self, slack: float) -> bool:
        """Note the part of this frame's time that was left, 0..1; return whether `share` has changed by a notch."""
        self._mean += SMOOTHING * (min(max(slack, LEAST_SHARE), 1.0) - self._mean)
        if abs(self._mean - self.share) < NOTCH:
            return False
        self.share = self._mean
        return True


def rest_seconds(step_seconds: float, share: float) -> float:
    """Return how long to rest after a step, so that training takes `share` of the time."""
    return min(step_seconds * (1.0 / max(share, LEAST_SHARE) - 1.0), LONGEST_REST_SECONDS)
