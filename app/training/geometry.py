"""Geometry of views, exact in coordinate space: one small function for each geometric transform. Torch; training only.

A transform is told forwards, as CLIPig's picture would grow, shrink and move; but a network has no pixels to move. So
each function gives the way *back*: from places in its result to places in what it was given, and composing those ways
from the last transform to the first leads from a view's pixels to places on the plane. x, y are in pixels of the
picture's resolution, y down.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from app.training.sizes import Numbers, Size, padding, share

Tensor = Any
Back = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
BLACK = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Step:
    """One transform of one step: the `size` of its result, and the way back into what it was given.

    `ground` is the colour of all that comes from outside (`inset` pixels inside the edge), None if nothing does.
    `stretch` is how much larger a pixel gets.
    """

    size: Size
    back: Back
    ground: tuple[float, ...] | None = None
    inset: Size = (0.0, 0.0)
    stretch: Size = (1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Given:
    """What a transform works with: the size it is given and leaves, its numbers and words, how many views differ."""

    size: Size
    after: Size
    numbers: Numbers
    words: Mapping[str, str]
    count: int
    generator: torch.Generator

    def uniform(self, low: float, high: float) -> Tensor:
        """Return one number for each view, (count, 1, 1)."""
        drawn = torch.rand((self.count, 1, 1), generator=self.generator, device=self.generator.device)
        return low + (high - low) * drawn

    def share(self, number: float, axis: int) -> float:
        """Return a number of pixels from a share of an axis (below 1) or from pixels."""
        return share(number, self.size[axis])


def _same(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    return x, y


def _moved(dx: Any, dy: Any) -> Back:
    return lambda x, y: (x + dx, y + dy)


def _wrapped(size: Size, dx: Any, dy: Any) -> Back:
    return lambda x, y: ((x + dx) % size[0], (y + dy) % size[1])


def _turned(degree: Any, cx: Any, cy: Any) -> Back:
    """Return the way back from a counter-clockwise turn about (cx, cy), y down."""
    angle = torch.deg2rad(torch.as_tensor(degree))
    cos, sin = torch.cos(angle), torch.sin(angle)

    def back(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        dx, dy = x - cx, y - cy
        return cx + dx * cos - dy * sin, cy + dx * sin + dy * cos

    return back


def border(given: Given) -> Step:
    """Paint the edge: `size` pixels at the left and right, then at the top and bottom."""
    width, height = given.numbers["size"]
    return Step(given.size, _same, given.numbers["color"], inset=(max(0.0, width), max(0.0, height)))


def rotate(given: Given) -> Step:
    """Turn counter-clockwise."""
    cx, cy = (share * side for share, side in zip(given.numbers["center"], given.size, strict=True))
    return Step(given.size, _turned(given.numbers["degree"][0], cx, cy), BLACK)


def random_rotate(given: Given) -> Step:
    """Turn counter-clockwise by an angle in a range about a centre whose x and y lie in a range."""
    degree = given.uniform(*given.numbers["degree"])
    cx, cy = (given.uniform(*given.numbers["center"]) * side for side in given.size)
    return Step(given.size, _turned(degree, cx, cy), BLACK)


def shift(given: Given) -> Step:
    """Move right and down; what leaves at one side comes in at the other."""
    dx, dy = (given.share(number, axis) for axis, number in enumerate(given.numbers["offset"]))
    return Step(given.size, _wrapped(given.size, -dx, -dy))


def random_shift(given: Given) -> Step:
    """Move by a random way, wrapping. Two numbers are a range for both axes, four one for each."""
    offset = given.numbers["offset"]
    x, y = (offset, offset) if len(offset) == 2 else (offset[:2], offset[2:])
    dx, dy = (_random_way(given, axis, span) for axis, span in enumerate((x, y)))
    return Step(given.size, _wrapped(given.size, -dx, -dy))


def _random_way(given: Given, axis: int, span: tuple[float, ...]) -> Tensor:
    unit = given.size[axis] if max(map(abs, span)) <= 1.0 else 1.0
    return given.uniform(span[0], span[1]) * unit


def random_translate(given: Given) -> Step:
    """Move by at most a share of each side."""
    dx, dy = (given.uniform(-n * side, n * side) for n, side in zip(given.numbers["offset"], given.size, strict=True))
    return Step(given.size, _moved(-dx, -dy), BLACK)


def random_scale(given: Given) -> Step:
    """Enlarge about the middle."""
    scale = given.uniform(*given.numbers["scale"])
    cx, cy = given.size[0] / 2.0, given.size[1] / 2.0
    return Step(given.size, lambda x, y: (cx + (x - cx) / scale, cy + (y - cy) / scale), BLACK)


def resize(given: Given) -> Step:
    """Bring to another size; the view sees the same, only sizes in pixels that follow mean something else."""
    size = given.after
    fx, fy = given.size[0] / size[0], given.size[1] / size[1]
    return Step(size, lambda x, y: (x * fx, y * fy), stretch=(1.0 / fx, 1.0 / fy))


def center_crop(given: Given) -> Step:
    """Cut out the middle; a size above the picture's adds black."""
    size = given.after
    return Step(size, _moved((given.size[0] - size[0]) / 2.0, (given.size[1] - size[1]) / 2.0), BLACK)


def random_crop(given: Given) -> Step:
    """Cut out a piece that lies within the picture."""
    size = given.after
    return Step(size, _moved(given.uniform(0.0, given.size[0] - size[0]), given.uniform(0.0, given.size[1] - size[1])))


def crop(given: Given) -> Step:
    """Cut out x, y, width, height; what lies outside is black."""
    x, y = (given.share(number, axis) for axis, number in enumerate(given.numbers["xywh"][:2]))
    return Step(given.after, _moved(x, y), BLACK)


def repeat(given: Given) -> Step:
    """Lay whole pictures side by side."""
    return Step(given.after, _wrapped(given.size, 0.0, 0.0))


def pad(given: Given) -> Step:
    """Add pixels on each of the four sides."""
    px, py = padding(given.numbers)
    width, height = given.size
    if given.words["mode"] == "wrap":
        return Step(given.after, _wrapped(given.size, -px, -py))
    if given.words["mode"] == "edge":
        return Step(given.after, lambda x, y: ((x - px).clamp(0.0, width), (y - py).clamp(0.0, height)))
    return Step(given.after, _moved(-px, -py), given.numbers["color"])


GEOMETRY: dict[str, Callable[[Given], Step]] = {
    function.__name__: function
    for function in (
        border, rotate, random_rotate, shift, random_shift, random_translate, random_scale, resize, center_crop,
        random_crop, crop, repeat, pad,
    )
}  # fmt: skip
