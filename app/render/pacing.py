"""Pacing: waits until the next frame is due. Main thread; the wait releases the GIL."""

import time

SPIN_SECONDS = 0.0005
"""The last half millisecond is spent awake: sleeping may overshoot by that much."""


class Pacer:
    """Keeps an even beat; a late frame moves the beat instead of causing a rush."""

    def __init__(self) -> None:
        self._due_seconds = 0.0

    def wait(self, fps: float) -> None:
        """Return when the next of `fps` frames a second is due."""
        now = time.perf_counter()
        self._due_seconds = max(self._due_seconds + 1 / fps, now - 0.5 / fps)
        left = self._due_seconds - now
        if left > SPIN_SECONDS:
            time.sleep(left - SPIN_SECONDS)
        while time.perf_counter() < self._due_seconds:
            pass
