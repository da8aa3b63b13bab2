"""What tests of running shows see with."""

import numpy as np
from numpy.typing import NDArray

from app.live import Session
from app.render.target import Target

Picture = NDArray[np.int64]


class Eyes:
    """An output that keeps every picture."""

    def __init__(self) -> None:
        self.pictures: list[Picture] = []

    def send(self, image: Target, frame: object) -> None:
        self.pictures.append(image.read()[..., :3].astype(np.int64))

    def close(self) -> None:
        pass


def seen(session: Session, frames: int = 1) -> list[Picture]:
    """Return the pictures of the next frames."""
    eyes = Eyes()
    session.outputs.append(eyes)
    for _ in range(frames):
        session.step()
    session.outputs.remove(eyes)
    return eyes.pictures


def apart(one: Picture, other: Picture) -> float:
    """Return the mean difference of two pictures, in levels."""
    return float(np.abs(one - other).mean())
