"""Develop: from the networks' raw pictures to one picture at output size (crossfade, enlargement, colour).

Main thread, GL context current. Draws only; which styles fade is `crossfade`'s business.
"""

import math
from collections.abc import Mapping

import moderngl

from app.render.screen_pass import ScreenPass
from app.render.target import Target


class Developer:
    """Owns the output-size picture that the effects start from."""

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int]) -> None:
        self._pass = ScreenPass(ctx, "develop.frag")
        self.picture = Target(ctx, size_px)

    def draw(self, now: Target, before: Target | None, fade: float, params: Mapping[str, float]) -> Target:
        """Return the picture: `now` over `before` at `fade` 0..1, enlarged, coloured by the look's params."""
        self.picture.use()
        now.texture.use(0)
        (before or now).texture.use(1)
        self._pass.draw(
            now_image=0,
            before_image=1,
            now_region=now.region_px,
            before_region=(before or now).region_px,
            fade=fade if before else 1.0,
            output_size=self.picture.size_px,
            colour=(math.radians(params["hue"]), params["saturation"], params["contrast"], params["brightness"]),
        )
        return self.picture

    def release(self) -> None:
        """Free the GL objects."""
        self._pass.release()
        self.picture.release()
