"""The blender: two finished pictures become one, by a fader and a blend mode. Main thread, GL context current.

Crossfades between styles and the two decks of a look both go through it; what fades, and when, is not known here.
"""

import moderngl

from app.preset import BLENDS
from app.render.screen_pass import ScreenPass
from app.render.target import Target


class Blender:
    """Owns the picture it blends into."""

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int]) -> None:
        self._ctx = ctx
        self._pass = ScreenPass(ctx, "blend.frag", "blend.vert")
        self.picture = Target(ctx, size_px)

    def draw(self, a: Target, b: Target, fader: float, blend: str) -> Target:
        """Return `a` and `b` blended: all `a` at fader 0, all `b` at 1, the blend at its full between.

        Both fill their textures. `blend` is one of `BLENDS`.
        """
        self._ctx.disable(moderngl.BLEND)
        self.picture.use()
        a.texture.use(0)
        b.texture.use(1)
        mode = BLENDS.index(blend)
        self._pass.draw(a_image=0, b_image=1, fader=fader, mode=mode, melts=blend == "morph")
        return self.picture

    def release(self) -> None:
        """Free the GL objects."""
        self._pass.release()
        self.picture.release()
