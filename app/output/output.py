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
}
"""Name → class."""
