"""The window as an output: the finished picture, shape kept, on black. Panels are drawn over it later by the shell."""

from collections.abc import Callable

import moderngl

from app.clock import Frame
from app.render.screen_pass import ScreenPass
from app.render.surface import Surface
from app.render.target import Target

Area = tuple[int, int, int, int]
"""x, y, width, height in pixels from the lower left."""


def fitted(picture_px: tuple[int, int], area: Area) -> Area:
    """Return the part of `area` that shows the whole picture, centred, in its own shape."""
    scale = min(area[2] / picture_px[0], area[3] / picture_px[1])
    width, height = round(picture_px[0] * scale), round(picture_px[1] * scale)
    return area[0] + (area[2] - width) // 2, area[1] + (area[3] - height) // 2, width, height


def present(
    ctx: moderngl.Context, screen_pass: ScreenPass, texture: moderngl.Texture, picture_px: tuple[int, int],
    screen_px: tuple[int, int], area: Area | None = None,
) -> None:  # fmt: skip
    """Draw a picture on the screen of `ctx`, in a part of it (None: all of it), with black around."""
    ctx.screen.use()
    ctx.screen.viewport = (0, 0, *screen_px)
    ctx.clear(0.0, 0.0, 0.0)
    ctx.screen.viewport = fitted(picture_px, area or (0, 0, *screen_px))
    ctx.disable(moderngl.BLEND)
    texture.use(0)
    screen_pass.draw(image=0)


class WindowOutput:
    """Draws each picture on the surface's screen, in the part that `free_area` leaves (None: all of it)."""

    def __init__(self, surface: Surface, free_area: Callable[[], Area | None]) -> None:
        self._surface = surface
        self._free_area = free_area
        self._pass = ScreenPass(surface.ctx, "present.frag")
        self._closed = False

    def send(self, image: Target, frame: Frame) -> None:  # noqa: ARG002 - the protocol's shape
        """Draw one picture; it is seen at the next swap."""
        surface = self._surface
        present(surface.ctx, self._pass, image.texture, image.region_px, surface.size_px, self._free_area())

    def close(self) -> None:
        """Free the pass."""
        if not self._closed:
            self._closed = True
            self._pass.release()
