"""Mirroring: of a network whose inputs are symmetric a half or a quarter is drawn, and the rest is its image.

Main thread, GL context current. It changes nothing in the picture (but the last bit of a rounding), so it is always
done where it can be: the axis has to lie in the middle of the region, so that pixels fall on pixels.
"""

from typing import NamedTuple

from app.clock import Frame
from app.cppn.inputs import Doubles, Flip, flips, view_of
from app.modulation.values import Values
from app.render import gl_calls
from app.render.backend import Drawer
from app.render.gl_calls import Calls
from app.render.target import Lattice, Target
from app.style import Style

Signs = tuple[float, float]
SIGNS: dict[Flip, Signs] = {"x": (-1.0, 1.0), "y": (1.0, -1.0), "both": (-1.0, -1.0)}
TOLERANCE_PX = 1e-3
"""So far a pixel's image may lie from a pixel."""


def images(allowed: tuple[Flip, ...], plane: Doubles, region_px: tuple[int, int]) -> tuple[Flip, ...]:
    """Return which flips of a region ("x": left and right change places) are flips of the plane that are `allowed`.

    `plane` is the affine from the region's pixels, as of `pixel_to_plane`.
    """
    if not allowed:
        return ()
    rows = plane.tolist()  # a few numbers: plain arithmetic takes a tenth of what arrays do
    return tuple(name for flip in allowed for name in SIGNS if _is_flip(rows, SIGNS[flip], SIGNS[name], region_px))


def _is_flip(plane: list[list[float]], turn: Signs, signs: Signs, region_px: tuple[int, int]) -> bool:
    """Return whether where the plane is flipped by `turn` pixels go to signs · pixel + moved, about the middle.

    With L and p the plane's linear part and its rest, pixels go to L⁻¹ (turn (L pixel + p) - p).
    """
    (a, b, c), (d, e, f) = plane
    (turn_x, turn_y), (sign_x, sign_y), (width, height) = turn, signs, region_px
    det = a * e - b * d
    bent = (
        (turn_x * a * e - turn_y * b * d) / det - sign_x,
        (turn_x - turn_y) * b * e / det,
        (turn_y - turn_x) * a * d / det,
        (turn_y * a * e - turn_x * b * d) / det - sign_y,
    )
    x, y = (turn_x - 1) * c, (turn_y - 1) * f
    moved = (
        (e * x - b * y) / det - (width if sign_x < 0 else 0),
        (a * y - d * x) / det - (height if sign_y < 0 else 0),
    )
    return max(map(abs, bent)) * max(region_px) + max(map(abs, moved)) < TOLERANCE_PX


class Brush(NamedTuple):
    """A style on a backend at one moment."""

    calls: Calls
    backend: Drawer
    style: Style
    values: Values
    frame: Frame

    def paint(self, target: Target) -> float:
        """Fill the target's region; return for how much of it the network was evaluated, 0..1."""
        whole, lattice = target.region_px, target.lattice
        found = images(flips(self.style.arch.inputs), target.plane(view_of(self.values)), whole)
        seen = _seen(found, whole)
        if seen == whole:
            self.backend.draw(self.values, self.frame, target)
            return 1.0
        target.region_px, target.lattice = seen, lattice or Lattice(whole)
        try:
            self.backend.draw(self.values, self.frame, target)
        finally:
            target.region_px, target.lattice = whole, lattice
        _copy(self.calls, target, found)
        return seen[0] * seen[1] / (whole[0] * whole[1])


def _seen(found: tuple[Flip, ...], region_px: tuple[int, int]) -> tuple[int, int]:
    """Return the lower left part of a region whose images fill the rest."""
    width, height = region_px
    rows = "y" in found or ("both" in found and "x" not in found)
    return -(-width // 2) if "x" in found else width, -(-height // 2) if rows else height


def _copy(calls: Calls, target: Target, found: tuple[Flip, ...]) -> None:
    """Fill the rest of a region from its lower left part."""
    (width, height), (seen_width, seen_height) = target.region_px, _seen(found, target.region_px)
    target.use()
    if "x" in found:
        calls.BlitFramebuffer(
            0, 0, width - seen_width, seen_height, width, 0, seen_width, seen_height,
            gl_calls.COLOUR_BITS, gl_calls.NEAREST,
        )  # fmt: skip
    if seen_height < height:
        left, right = (0, width) if "y" in found else (width, 0)
        calls.BlitFramebuffer(
            0, 0, width, height - seen_height, left, height, right, seen_height,
            gl_calls.COLOUR_BITS, gl_calls.NEAREST,
        )  # fmt: skip
