"""A sheet: the target that one style is drawn into, with everything that may be saved on the way.

Main thread, GL context current. What a saving needs is made when it is first used, and kept.
"""

import moderngl

from app.clock import Frame
from app.modulation.values import Values
from app.render import gl_calls
from app.render.backend import Drawer
from app.render.mirror import Brush
from app.render.refine import Refine
from app.render.saving import Saving
from app.render.target import Target
from app.render.weave import Weave
from app.style import Style


class Sheet:
    """One target of `size_px`."""

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int]) -> None:
        self._ctx = ctx
        self.target = Target(ctx, size_px)
        self._weave: Weave | None = None
        self._refine: Refine | None = None
        self.drawn = 1.0
        """For how much of the region the network was evaluated last, 0..1."""

    def draw(
        self, backend: Drawer, style: Style, values: Values, frame: Frame, region_px: tuple[int, int], saving: Saving
    ) -> Target:
        """Fill the target's `region_px` with the style, which `backend` has.

        Half the resolution is the caller's business: a smaller region.
        """
        self.target.region_px = region_px
        brush = Brush(gl_calls.of(self._ctx), backend, style, values, frame)
        if saving == "rows":
            self._weave = self._weave or Weave(self._ctx, self.target.size_px)
            self.drawn = self._weave.draw(brush, self.target)
        elif saving == "refine":
            self._refine = self._refine or Refine(self._ctx, self.target.size_px)
            self.drawn = self._refine.draw(brush, self.target)
        else:
            self.drawn = brush.paint(self.target)
        return self.target

    def release(self) -> None:
        """Free everything it made."""
        for part in (self.target, self._weave, self._refine):
            if part is not None:
                part.release()
