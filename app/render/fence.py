"""A fence: the point up to which the GPU has worked. Thread of the GL context; other threads run while it waits.

A show that waits for the picture before the last one never has more than one picture queued in the driver.
"""

import moderngl

from app.render import gl_calls

LONGEST_SECONDS = 1.0
"""A GPU that takes longer has hung or is gone; the show goes on and the driver will say so."""


class Fence:
    """One point, set anew each time."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._calls = gl_calls.of(ctx)
        self._handle = 0

    def set(self) -> None:
        """Mark everything asked of the GPU so far, and see that it begins."""
        self.release()
        self._handle = self._calls.FenceSync(gl_calls.COMPLETE, 0) or 0
        self._calls.Flush()

    def wait(self, seconds: float = LONGEST_SECONDS) -> bool:
        """Return whether the GPU is past the mark, at the latest after `seconds`; True where none is set."""
        if not self._handle:
            return True
        answer = self._calls.ClientWaitSync(self._handle, gl_calls.FLUSH_FIRST, int(seconds * 1e9))
        return answer in (gl_calls.PASSED, gl_calls.PASSED_NOW)

    def release(self) -> None:
        """Free it. Safe to call twice."""
        if self._handle:
            self._calls.DeleteSync(self._handle)
            self._handle = 0
