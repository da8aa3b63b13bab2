"""The thumbnails of looks as a browser takes them: JPEG, made once each. Main thread."""

import base64
import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
FindPixels = Callable[[str], Pixels | None]
"""Look → (height, width, 4), top row first, or None while there is no picture of it."""
QUALITY = 88
KEPT = 256


class Pictures:
    """Thumbnails by the look's name."""

    def __init__(self, find: FindPixels) -> None:
        self._find = find
        self._made: dict[str, tuple[Pixels, str]] = {}

    def get(self, look: str) -> str | None:
        """Return a `data:` address of the look's picture, None while there is none."""
        pixels = self._find(look)
        if pixels is None:
            return None
        known = self._made.get(look)
        if known is None or known[0] is not pixels:
            self._made.pop(look, None)
            while len(self._made) >= KEPT:
                del self._made[next(iter(self._made))]
            known = self._made[look] = (pixels, _encoded(pixels))
        return known[1]


def _encoded(pixels: Pixels) -> str:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels[..., :3])).save(file, "JPEG", quality=QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
