"""Outputs: where finished pictures go. They never see a panel."""

from typing import Protocol

from app.clock import Frame
from app.render.target import Target


class Output(Protocol):
    """Takes every finished picture."""

    def send(self, image: Target, frame: Frame) -> None:
        """Take one picture. Must not block a live show."""
        ...

    def close(self) -> None:
        """Finish and release. Safe to call twice."""
        ...


OUTPUTS: dict[str, str] = {
    "window": "app.output.window:WindowOutput",
    "recorder": "app.output.recorder:Recorder",
    "display": "app.output.display:DisplayOutput",
    "camera": "app.output.camera:Camera",
    "ndi": "app.output.ndi:Ndi",
    "spout": "app.output.spout:Spout",
    "syphon": "app.output.syphon:Syphon",
}
"""Name → class."""
FEEDS = ("camera", "ndi", "spout", "syphon")
"""Those that give the picture to other programs (see feeds.py)."""
