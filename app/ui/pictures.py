"""The small pictures that panels show, as GL textures: who draws and keeps them is seen only through these protocols.

Main thread. Asking is free; a picture that is not there yet is 0.
"""

from typing import Protocol

from app.preset import Preset
from app.search import Kind
from app.style import Style


class Thumbnails(Protocol):
    """Small pictures for the library; asking for one puts it next in line to be drawn."""

    def style(self, name: str) -> int:
        """Return the GL texture of a style's picture, 0 while there is none."""
        ...

    def look(self, name: str) -> int:
        """Return the GL texture of a preset's picture, 0 while there is none."""
        ...

    def point(self, kind: Kind, name: str) -> None:
        """In this frame the mouse is over this one: it moves first."""
        ...


class Keepsakes(Protocol):
    """Small pictures of the looks that were on air, as they were left."""

    def picture(self, look: Preset) -> int:
        """Return the GL texture of a look's last picture, 0 where none was kept."""
        ...


class Preview(Protocol):
    """The small picture of a network in training; off air."""

    def picture(self, style: Style) -> int:
        """Return the GL texture of this network as it was drawn last, 0 while there is none. Ask in every frame."""
        ...
