"""How large a picture is after each geometric transform, in pixels of its resolution. Pure and torch-free.

One place for the reader, which tries all numbers before a run, and for `geometry`, which moves the places.
"""

import math
from collections.abc import Mapping

from app.problems import UserError

Size = tuple[float, float]
Numbers = Mapping[str, tuple[float, ...]]
MAX_SIDE = 1 << 20


def after(name: str, numbers: Numbers, size: Size) -> Size:
    """Return the size that a transform leaves of `size`. `UserError` for numbers that leave nothing, or too much."""
    match name:
        case "resize" | "center_crop":
            return _whole(numbers["size"])
        case "random_crop":
            width, height = _whole(numbers["size"])
            return min(width, size[0]), min(height, size[1])
        case "crop":
            _, _, width, height = numbers["xywh"]
            return _checked((share(width, size[0]), share(height, size[1])))
        case "repeat":
            across, down = (int(number) for number in numbers["count"])
            return _checked((size[0] * across, size[1] * down))
        case "pad":
            px, py = padding(numbers)
            return _checked((size[0] + 2.0 * px, size[1] + 2.0 * py))
        case "random_scale" if min(numbers["scale"]) <= 0.0:
            raise UserError(f"a scale of {min(numbers['scale']):g}: it must be above 0")
    return size


def share(number: float, side: float) -> float:
    """Return a number of pixels from a share of a side (below 1) or from pixels."""
    return number * side if abs(number) < 1.0 else number


def padding(numbers: Numbers) -> Size:
    """Return the pixels that `pad` adds at the left and right, at the top and bottom: whole, and at least 0."""
    px, py = (max(0.0, float(int(number))) for number in numbers["size"])
    return px, py


def _whole(size: tuple[float, ...]) -> Size:
    width, height = size
    return _checked((float(int(width)), float(int(height))))


def _checked(size: Size) -> Size:
    if not all(0.0 < side <= MAX_SIDE and math.isfinite(side) for side in size):
        raise UserError(f"a size of {size[0]:g} × {size[1]:g} pixels: both must lie within 1..{MAX_SIDE}")
    return size
