"""The picture as a Spout sender: other programs on this Windows computer read it from the GPU. Main thread, GL current.

Nothing is copied to memory. Through SpoutGL.
"""

from typing import Any

import moderngl

from app.clock import Frame
from app.problems import UserError
from app.render.target import Target

NAME = "Clavilux"
GL_TEXTURE_2D = 0x0DE1


class Spout:
    """One sender, of the size each picture has."""

    label, library, extra, systems = "Spout", "SpoutGL", "spout", ("win32",)

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int], fps: float) -> None:  # noqa: ARG002 - as all feeds
        import SpoutGL

        self.where, self.error = NAME, ""
        self._sender: Any = SpoutGL.SpoutSender()
        self._sender.setSenderName(NAME)

    def send(self, image: Target, frame: Frame) -> None:  # noqa: ARG002 - the protocol's shape
        """Share one picture; Spout counts rows from the top, so it is turned over."""
        if self._sender is not None and not self._sender.sendTexture(
            image.texture.glo, GL_TEXTURE_2D, *image.size_px, True, 0
        ):
            raise UserError("Spout: the picture can't be shared; this graphics driver may lack the DirectX interop")

    def close(self) -> None:
        """End the sender. Safe to call twice."""
        if self._sender is not None:
            self._sender.releaseSender()
            self._sender = None
