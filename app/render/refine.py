"""Half the resolution, and full where that would show: the half picture's curvature tells where enlarging it is wrong.

Main thread, GL context current. Where nearly everything would be drawn twice the picture is drawn in full instead, and
looked at again a second later.
"""

import moderngl

from app.render.marks import CELL_PX, Marks
from app.render.mirror import Brush
from app.render.saving import half_of
from app.render.screen_pass import ScreenPass
from app.render.target import Target

MOST_ERROR = 4 / 255
"""What enlarging may be wrong by in a cell that is left as it is, as the curvature says."""
WORTH = 0.85
"""What refining may cost of the whole picture (which symmetry may make cheap); with more, that is drawn instead."""
LOOK_AGAIN_FRAMES = 30


class Refine:
    """Owns the half picture and the marks of one picture of at most `size_px`."""

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int]) -> None:
        self._ctx = ctx
        self._half = Target(ctx, half_of(size_px), aspect=size_px[0] / size_px[1])
        self._marks = Marks(ctx, size_px)
        self._pass = ScreenPass(ctx, "refine.frag")
        self._full_frames = 0

    def draw(self, brush: Brush, target: Target) -> float:
        """Fill the target's region; return for how much of it the network was evaluated, as known a few frames ago."""
        if self._full_frames > 0 or not brush.backend.redraws:
            self._full_frames -= 1
            return brush.paint(target)
        self._half.region_px = half_of(target.region_px)
        whole = brush.paint(self._half)
        self._marks.find(self._half, target.region_px, MOST_ERROR)
        brush.backend.redraw(brush.values, target, self._marks)
        self._fill(target)
        share = whole / 4 + self._marks.share
        if share > WORTH * whole:
            self._full_frames = LOOK_AGAIN_FRAMES
        return share

    def _fill(self, target: Target) -> None:
        """Enlarge the half picture to what was not drawn again."""
        self._ctx.disable(moderngl.BLEND)
        target.use()
        self._half.texture.use(0)
        self._marks.use(1)
        self._pass.draw(image=0, marks=1, region=self._half.region_px, size=target.region_px, cell=CELL_PX)

    def release(self) -> None:
        """Free the GL objects."""
        for part in (self._half, self._marks, self._pass):
            part.release()
