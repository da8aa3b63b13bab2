"""Crossfade: the style on air and, while it fades, the one before it; each drawn by its own backend.

Main thread, GL context current. A style that cannot be shown leaves the one on air untouched.
"""

from collections.abc import Callable

import moderngl

from app.clock import Frame
from app.modulation.values import Values
from app.render.backend import Backend
from app.render.target import Target
from app.style import Style


class Crossfade:
    """Two backends and two targets; they change places at each change of style."""

    def __init__(self, ctx: moderngl.Context, make: Callable[[], Backend], size_px: tuple[int, int]) -> None:
        self._make = make
        self._spare: Backend | None = None
        self.on_air = make()
        self.before: Backend | None = None
        self.style: Style | None = None
        self._targets = [Target(ctx, size_px), Target(ctx, size_px)]
        self._seconds = 0.0
        self._elapsed_seconds = 0.0

    @property
    def fade(self) -> float:
        """0 = all the style before, 1 = all the style on air, eased at both ends."""
        if self.before is None or self._seconds <= 0:
            return 1.0
        x = min(self._elapsed_seconds / self._seconds, 1.0)
        return x * x * (3.0 - 2.0 * x)

    def show(self, style: Style, seconds: float) -> None:
        """Bring a style on air over `seconds`; `UserError` changes nothing."""
        if self.style is None or seconds <= 0:
            self._end()
            self.on_air.set_style(style)
        else:
            incoming = self._spare or self._make()
            self._spare = incoming
            incoming.set_style(style)
            self._end_to(incoming)
            self._seconds, self._elapsed_seconds = seconds, 0.0
        self.style = style

    def _end_to(self, incoming: Backend) -> None:
        """Make `incoming` the one on air; the one that was becomes `before`, an older one becomes spare."""
        self._spare = self.before
        self.before, self.on_air = self.on_air, incoming
        self._targets.reverse()

    def _end(self) -> None:
        if self.before is not None:
            self._spare, self.before = self.before, None

    def pass_time(self, seconds: float) -> None:
        """Go on fading."""
        self._elapsed_seconds += seconds
        if self.before is not None and self._elapsed_seconds >= self._seconds:
            self._end()

    def draw(self, values: Values, frame: Frame, region_px: tuple[int, int]) -> tuple[Target, Target | None]:
        """Draw what is visible; return (on air, before or None)."""
        self.pass_time(frame.dt_seconds)
        now, before = self._targets
        now.region_px = region_px
        self.on_air.draw(values, frame, now)
        if self.before is None:
            return now, None
        before.region_px = region_px
        self.before.draw(values, frame, before)
        return now, before

    def release(self) -> None:
        """Free backends and targets."""
        for backend in (self.on_air, self.before, self._spare):
            if backend is not None:
                backend.release()
        for target in self._targets:
            target.release()
