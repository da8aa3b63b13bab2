"""The one input function: from pixels, time and sound to the numbers a network sees.

Training, every backend, thumbnails and the oracle use this module, so that what was trained is what is shown.
Pure NumPy; any thread. Array expressions use operators only, so NumPy and torch arrays both fit.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from app.audio.features import FEATURES, Features
from app.modulation.values import Values

if TYPE_CHECKING:
    from app.style import Style

Doubles = NDArray[np.float64]
TAU = 2.0 * math.pi
PERIODIC = ("sin", "cos")
"""Activations that don't notice a whole turn: only in front of these may the folded bias be reduced."""
GOLDEN = (1.0 + math.sqrt(5.0)) / 2.0
Flip = Literal["x", "y", "both"]
ANY_FLIP: tuple[Flip, ...] = ("x", "y", "both")


@dataclass(frozen=True, slots=True)
class View:
    """How the plane lies on the screen: zoomed and turned about its origin, then moved.

    `zoom` 2 shows things twice as large; `turn_degrees` turns the picture counter-clockwise; `pan_x`, `pan_y` move
    the picture right and up, in halves of the screen's short side.
    """

    zoom: float = 1.0
    turn_degrees: float = 0.0
    pan_x: float = 0.0
    pan_y: float = 0.0


def view_of(values: Values) -> View:
    """Return the view that a frame's values ask for; a missing parameter is neutral."""
    params = values.params
    return View(params.get("zoom", 1.0), values.turn_degrees, params.get("pan_x", 0.0), params.get("pan_y", 0.0))


def pixel_to_plane(width: int, height: int, view: View, aspect: float | None = None) -> Doubles:
    """Return the (2, 3) affine from pixel positions to the plane: (x, y) = A @ (i + .5, j + .5, 1).

    i counts from the left, j from the *bottom*. x, y span [-π, π] on the short side at the neutral view; the long side
    extends and y points up. `aspect` is the width / height of the finished picture where `width`, `height` are
    only a smaller region of pixels stretched over it later: the same stretch of the plane is covered.
    """
    if aspect is None:
        aspect = width / height
    half_x, half_y = math.pi * max(aspect, 1.0), math.pi * max(1.0 / aspect, 1.0)
    screen = np.array([
        [2.0 * half_x / width, 0.0, -half_x - view.pan_x * math.pi],
        [0.0, 2.0 * half_y / height, -half_y - view.pan_y * math.pi],
    ])  # fmt: skip
    turn = math.radians(view.turn_degrees)
    cos, sin = math.cos(turn) / view.zoom, math.sin(turn) / view.zoom
    return np.asarray(np.array([[cos, sin], [-sin, cos]]) @ screen)


@dataclass(frozen=True, slots=True)
class PixelInput:
    """One number per pixel: the same expression for arrays and for GLSL; `span` is its usual largest size.

    `even`: what may be negated, x, y or both at once, without changing it.
    """

    span: float
    array: Callable[[Any, Any], Any]
    glsl: str
    even: tuple[Flip, ...] = ()


_SQUARE = "((x * x + y * y) * 0.25)"
_TURN_COS = "(1.0 + v * (-28.0 + v * (70.0 + v * (-28.0 + v))))".replace("v", _SQUARE)
_TURN_SIN = "(8.0 + v * (-56.0 + v * (56.0 - 8.0 * v)))".replace("v", _SQUARE)
_NORM = "(pow(1.0 + v, 4.0) * sqrt(x * x + y * y + 0.01))".replace("v", _SQUARE)
_SWIRL_COS = f"(x * {_TURN_COS} + y * 0.5 * sqrt(x * x + y * y) * {_TURN_SIN}) / {_NORM}"
_SWIRL_SIN = f"(y * {_TURN_COS} - x * 0.5 * sqrt(x * x + y * y) * {_TURN_SIN}) / {_NORM}"


def _swirl(x: Any, y: Any) -> tuple[Any, Any]:
    """Cosine and sine of the angle less 8 · arctan(u), u = r / 2: (1 + iu)^8 / (1 + u²)^4 is that turn, and needs no
    function but the root.
    """
    v = (x * x + y * y) * 0.25
    u = (x * x + y * y) ** 0.5 * 0.5
    cos = 1.0 + v * (v * (v * (v - 28.0) + 70.0) - 28.0)
    sin = u * (v * (v * (v * -8.0 + 56.0) - 56.0) + 8.0)
    norm = (v + 1.0) * (v + 1.0) * (v + 1.0) * (v + 1.0) * (x * x + y * y + 0.01) ** 0.5
    return (x * cos + y * sin) / norm, (y * cos - x * sin) / norm


PIXEL_INPUTS: dict[str, PixelInput] = {
    "x": PixelInput(math.pi, lambda x, y: x, "x", ("y",)),  # noqa: ARG005 - one signature for all
    "y": PixelInput(math.pi, lambda x, y: y, "y", ("x",)),  # noqa: ARG005
    "r": PixelInput(math.pi, lambda x, y: (x * x + y * y) ** 0.5, "sqrt(x * x + y * y)", ANY_FLIP),
    "fold_x": PixelInput(math.pi, lambda x, y: abs(x), "abs(x)", ANY_FLIP),  # noqa: ARG005
    "fold_y": PixelInput(math.pi, lambda x, y: abs(y), "abs(y)", ANY_FLIP),  # noqa: ARG005
    "angle_sin": PixelInput(
        1.0, lambda x, y: y / (x * x + y * y + 0.01) ** 0.5, "y / sqrt(x * x + y * y + 0.01)", ("x",)
    ),
    "angle_cos": PixelInput(
        1.0, lambda x, y: x / (x * x + y * y + 0.01) ** 0.5, "x / sqrt(x * x + y * y + 0.01)", ("y",)
    ),
    "tunnel": PixelInput(
        1.0, lambda x, y: (x * x + y * y + 0.05) ** -0.5, "inversesqrt(x * x + y * y + 0.05)", ANY_FLIP
    ),
    "petal5": PixelInput(
        1.0,
        lambda x, y: x * (x * x * x * x - 10.0 * x * x * y * y + 5.0 * y * y * y * y) / (x * x + y * y + 0.1) ** 2.5,
        "x * (x * x * x * x - 10.0 * x * x * y * y + 5.0 * y * y * y * y) / pow(x * x + y * y + 0.1, 2.5)",
        ("y",),
    ),
    "petal6": PixelInput(
        1.0,
        lambda x, y: (
            (x * x - y * y) * (x * x * x * x - 14.0 * x * x * y * y + y * y * y * y) / (x * x + y * y + 0.1) ** 3.0
        ),
        "(x * x - y * y) * (x * x * x * x - 14.0 * x * x * y * y + y * y * y * y) / pow(x * x + y * y + 0.1, 3.0)",
        ANY_FLIP,
    ),
    "swirl_sin": PixelInput(1.0, lambda x, y: _swirl(x, y)[1], _SWIRL_SIN),
    "swirl_cos": PixelInput(1.0, lambda x, y: _swirl(x, y)[0], _SWIRL_COS),
}
"""What may differ from pixel to pixel. `petalN` is cos(N · angle), fading out at the origin where it has
no value; `tunnel` is the depth of a tube seen from inside; `swirl` is the angle wound up by 8 · arctan(r / 2)."""

TIME_INPUTS: dict[str, Callable[[float], float]] = {
    "t": lambda t: t,
    "sway1": math.sin,
    "sway2": math.cos,
    "sway3": lambda t: math.sin(GOLDEN * t),
    "sway4": lambda t: math.cos(GOLDEN * t),
}
"""What time gives. `t` grows for ever, good before a sine; the sways stay in -1..1 for all other activations."""

INPUTS: tuple[str, ...] = (*PIXEL_INPUTS, *TIME_INPUTS, *FEATURES)
"""Every input a style may name."""
SILENCE: tuple[float, ...] = Features().heard


def flips(inputs: Sequence[str]) -> tuple[Flip, ...]:
    """Return under which flips of the plane a network of these inputs draws the same picture, whatever its weights."""
    used = [PIXEL_INPUTS[name].even for name in inputs if name in PIXEL_INPUTS]
    return tuple(flip for flip in ANY_FLIP if all(flip in even for even in used))


def pixel_columns(inputs: Sequence[str]) -> list[int]:
    """Return which of a style's inputs differ from pixel to pixel; the rest are folded into the first bias."""
    return [i for i, name in enumerate(inputs) if name in PIXEL_INPUTS]


def frame_inputs(inputs: Sequence[str], t: float, heard: Sequence[float]) -> Doubles:
    """Return one number for each of `inputs`: its value in this frame, 0 for those that are per pixel."""
    sound = dict(zip(FEATURES, heard, strict=True))
    return np.array([
        sound[name] if name in sound else TIME_INPUTS[name](t) if name in TIME_INPUTS else 0.0 for name in inputs
    ])  # fmt: skip


def fold(style: "Style", seconds: float, heard: Sequence[float]) -> Doubles:
    """Return the first layer's bias (width,) with time and sound folded in, float64.

    t is `seconds` × the style's own speed. In front of a periodic activation the bias is reduced to [-π, π], which
    changes nothing and keeps float32 backends exact for hours.
    """
    weights, bias = style.layers[0]
    now = frame_inputs(style.arch.inputs, seconds * style.header.speed, heard)
    folded = bias.astype(np.float64) + weights.astype(np.float64) @ now
    if style.arch.layer_activations[0] in PERIODIC:
        folded -= TAU * np.round(folded / TAU)
    return folded


def grid(inputs: Sequence[str], width: int, height: int, view: View, aspect: float | None = None) -> Doubles:
    """Return the per-pixel inputs of a whole picture, shape (height · width, number), top row first, float64."""
    affine = pixel_to_plane(width, height, view, aspect)
    i, j = np.meshgrid(np.arange(width) + 0.5, np.arange(height)[::-1] + 0.5)
    x, y = (row[0] * i + row[1] * j + row[2] for row in affine)
    columns = [PIXEL_INPUTS[name].array(x, y).ravel() for name in inputs if name in PIXEL_INPUTS]
    return np.stack(columns, axis=1) if columns else np.zeros((width * height, 0))
