"""Every other row: each frame draws the even or the odd rows, in turn; the others come from the frame before.

Main thread, GL context current. Where the picture moved, a kept row is pulled between its new neighbours (as
deinterlacers and temporal antialiasing do), so that nothing combs.
"""

import moderngl

from app.render.mirror import Brush
from app.render.screen_pass import ScreenPass
from app.render.target import Lattice, Target
from app.style import Style


class Weave:
    """Keeps the even and the odd rows of one picture of at most `size_px`."""

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int]) -> None:
        self._ctx = ctx
        rows_px = (size_px[0], -(-size_px[1] // 2))
        self._halves = [Target(ctx, rows_px, aspect=size_px[0] / size_px[1]) for _ in range(2)]
        self._pass = ScreenPass(ctx, "weave.frag")
        self._newest = 0
        self._kept: tuple[Style, tuple[int, int], int] | None = None
        """What the older rows show: style, region, index of the frame."""

    def draw(self, brush: Brush, target: Target) -> float:
        """Fill the target's region; return for how much of it the network was evaluated."""
        if target.region_px[1] < 2:
            return brush.paint(target)
        share = 0.0
        if self._kept != (brush.style, target.region_px, brush.frame.index - 1):
            share = self._rows(brush, target.region_px, self._newest) / 2
        self._newest = 1 - self._newest
        share += self._rows(brush, target.region_px, self._newest) / 2
        self._kept = brush.style, target.region_px, brush.frame.index
        self._mix(target)
        return share

    def _rows(self, brush: Brush, whole_px: tuple[int, int], first: int) -> float:
        """Draw the even (0) or the odd (1) rows."""
        half = self._halves[first]
        half.region_px = whole_px[0], (whole_px[1] - first + 1) // 2
        half.lattice = Lattice(whole_px, (0, first), (1, 2))
        return brush.paint(half)

    def _mix(self, target: Target) -> None:
        new, old = self._halves[self._newest], self._halves[1 - self._newest]
        self._ctx.disable(moderngl.BLEND)
        target.use()
        new.texture.use(0)
        old.texture.use(1)
        self._pass.draw(new_rows=0, old_rows=1, newest=self._newest, new_height=new.region_px[1])

    def release(self) -> None:
        """Free the GL objects."""
        self._pass.release()
        for half in self._halves:
            half.release()
