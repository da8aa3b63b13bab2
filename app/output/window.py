"""The window as an output: the finished picture, shape kept, on black. Panels are drawn over it later by the shell."""

import moderngl

from app.clock import Frame
from app.render.screen_pass import ScreenPass
from app.render.surface import Surface
from app.render.target import Target


def fitted(picture_px: tuple[int, int], window_px: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the viewport (x, y, width, height) that shows the whole picture, centred, in its own shape."""
    scale = min(window_px[0] / picture_px[0], window_px[1] / picture_px[1])
    width, height = round(picture_px[0] * scale), round(picture_px[1] * scale)
    return (window_px[0] - width) // 2, (window_px[1] - height) // 2, width, height


class WindowOutput:
    """Draws each picture on the surface's screen."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._pass = ScreenPass(surface.ctx, "present.frag")
        self._closed = False

    def send(self, image: Target, frame: Frame) -> None:  # noqa: ARG002 - the protocol's shape
        """Draw one picture; it is seen at the next swap."""
        screen = self._surface.ctx.screen
        screen.use()
        screen.viewport = (0, 0, *self._surface.size_px)
        self._surface.ctx.clear(0.0, 0.0, 0.0)
        screen.viewport = fitted(image.region_px, self._surface.size_px)
        self._surface.ctx.disable(moderngl.BLEND)
        image.texture.use(0)
        self._pass.draw(image=0)

    def close(self) -> None:
        """Free the pass."""
        if not self._closed:
            self._closed = True
            self._pass.release()
