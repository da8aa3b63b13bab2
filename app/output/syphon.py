"""The picture as a Syphon server: other programs on this Mac read it from the GPU. Main thread, GL current.

Nothing is copied to memory. Through syphon-python.
"""

from typing import Any

import moderngl

from app.clock import Frame
from app.render.target import Target

NAME = "Clavilux"


class Syphon:
    """One server, of the size each picture has."""

    label, library, extra, systems = "Syphon", "syphon", "syphon", ("darwin",)

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int], fps: float) -> None:  # noqa: ARG002 - as all feeds
        import syphon

        self.where, self.error = NAME, ""
        self._server: Any = syphon.SyphonOpenGLServer(NAME)

    def send(self, image: Target, frame: Frame) -> None:  # noqa: ARG002 - the protocol's shape
        """Share one picture; like OpenGL, Syphon counts rows from the bottom."""
        if self._server is not None:
            self._server.publish_frame_texture(image.texture.glo, size=image.size_px)

    def close(self) -> None:
        """End the server. Safe to call twice."""
        if self._server is not None:
            self._server.stop()
            self._server = None
