"""Copies one texture into a target: to fit a picture to another size, or to keep a buffer's content when it grows.

Main thread, GL context current. Whoever makes one releases it.
"""

import moderngl

from app.render.screen_pass import ScreenPass
from app.render.target import Target


class Copier:
    """Draws textures into targets, smoothly scaled."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._pass = ScreenPass(ctx, "copy.frag")

    def copy(
        self, image: moderngl.Texture, target: Target, part: tuple[float, float] = (1.0, 1.0), flatten: bool = False
    ) -> None:
        """Fill `target` with the lower left `part` (0..1 of each side) of `image`; `flatten` lays it over black."""
        image.use(0)
        target.use()
        self._pass.draw(image=0, part=part, flat_over_black=flatten)

    def release(self) -> None:
        """Free the GL objects."""
        self._pass.release()
