"""What a soak sees: an output that looks for pictures that are empty without being asked to be. Main thread."""

from typing import Any

from app.clock import Frame
from app.live import Session
from app.render.target import Target

MOST_DETAILS = 8
NEAR = 2.5
"""Zoomed in further, a dark look may well show nothing but its black."""


class Watch:
    """An output that looks for pictures that are all black or all white without being asked to be."""

    EVERY = 5

    def __init__(self, session: Session) -> None:
        self._session = session
        self.looked = self.empty = 0
        self.asked_seconds = -1.0
        self.details: list[dict[str, Any]] = []

    def send(self, image: Target, frame: Frame) -> None:
        """Look at every fifth picture; not while black was asked for, or a detail, and a second after."""
        controls = self._session.controls
        params = controls.preset.params
        if controls.blackout or params.get("brightness", 1.0) < 0.3 or params.get("zoom", 1.0) > NEAR:
            self.asked_seconds = frame.seconds
        if frame.index % self.EVERY == 0 and frame.seconds > self.asked_seconds + 1.0:
            picture = image.read()[..., :3]
            self.looked += 1
            if picture.max() < 3 or picture.min() > 252:
                self._note(frame, int(picture.max()))

    def _note(self, frame: Frame, brightest: int) -> None:
        """Keep what was on air with the first few, so that the cause can be found."""
        self.empty += 1
        controls = self._session.controls
        if len(self.details) < MOST_DETAILS:
            on_air = controls.preset.model_dump(exclude={"routes", "macros"}, exclude_defaults=True)
            self.details.append({"seconds": round(frame.seconds, 1), "brightest": brightest, "frozen": controls.frozen,
                                 "size_px": controls.picture_px, "on_air": on_air})  # fmt: skip

    def close(self) -> None:
        """Nothing is held."""
