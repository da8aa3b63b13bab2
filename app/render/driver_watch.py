"""The watch over the graphics driver: notices a reset, which takes everything OpenGL had. Thread of the context.

Nothing is mended here: textures, programs and whatever CUDA held are gone together, so a show begins again as a new
process. A context made without being told of resets (headless, some drivers) never says so.
"""

import time
from collections.abc import Callable

import moderngl

from app.problems import UserError
from app.render import gl_calls

LOOK_SECONDS = 1.0
"""Asking costs next to nothing; once a second is soon enough for a program that takes a few to be back."""
LONGEST_RESET_SECONDS = 1.0
"""A driver says so while it is at it; a context made before it is done may be lost as well."""


class ContextLostError(UserError):
    """The driver was reset under the show."""

    def __init__(self) -> None:
        super().__init__("the graphics driver was reset: everything drawn with it is lost; start again")


class DriverWatch:
    """Looks after one context."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._status = reset_status(ctx)
        self._look_at_seconds = 0.0

    def step(self, seconds: float, doubtful: bool) -> None:
        """Raise `ContextLostError` if the driver was reset; looks at once where the GPU gave cause for doubt."""
        if not doubtful and seconds < self._look_at_seconds:
            return
        self._look_at_seconds = seconds + LOOK_SECONDS
        if self._status():
            self._wait()
            raise ContextLostError

    def _wait(self) -> None:
        patience = time.monotonic() + LONGEST_RESET_SECONDS
        while self._status() and time.monotonic() < patience:
            time.sleep(0.01)


def reset_status(ctx: moderngl.Context) -> Callable[[], int]:
    """Return what asks the driver: 0 = all is well. A driver that cannot be asked is always well."""
    if ctx.version_code >= 450 or "GL_KHR_robustness" in ctx.extensions:
        name = "GetGraphicsResetStatus"
    elif "GL_ARB_robustness" in ctx.extensions:
        name = "GetGraphicsResetStatusARB"
    else:
        return lambda: 0
    status: Callable[[], int] = getattr(gl_calls.of(ctx), name)
    return status
