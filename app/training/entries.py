"""What may stand in the lists of an experiment: every transform and constraint, declared once. Pure; any process.

The reader checks against these tables, the documentation is held to them, and `geometry`, `pixel_transforms` and
`constraints` each have one function for every name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.training.experiment import Transform

Kind = Literal["geometry", "pixels", "constraint"]


@dataclass(frozen=True, slots=True)
class Param:
    """Numbers of one name. `lengths` are the numbers of values it takes (one value fills a list of fixed length).

    `default` None: must be given; (): may be left out. `choices`: it is one of these words instead.
    """

    name: str
    lengths: tuple[int, ...] = (1,)
    default: tuple[float, ...] | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One transform or constraint: what it does, its parameters, and where it may stand.

    `keeps_size` ones may stand in `postproc`; `random` ones differ from view to view.
    """

    name: str
    kind: Kind
    params: tuple[Param, ...]
    meaning: str
    keeps_size: bool = True
    random: bool = False
    one_of: tuple[str, ...] = field(default=())
    """At least one of these parameters must be given."""

    def param(self, name: str) -> Param | None:
        """Return the parameter of this name."""
        return next((param for param in self.params if param.name == name), None)


_KERNEL = (Param("kernel_size", (2,), (3.0, 3.0)), Param("sigma", (2,), ()))
_COLOR = Param("color", (3,))
_BLACK = Param("color", (3,), (0.0, 0.0, 0.0))
_BORDER = (Param("size", (2,), (1.0, 1.0)), _BLACK)
_STD = Param("std", (3,))
_SIZE = Param("size", (2,))
_CENTER = Param("center", (2,), (0.5, 0.5))
_FACTOR = Param("factor", (1,), (1.0,))
_LIMITS = (Param("above", (3,), ()), Param("below", (3,), ()))


def _geometry(name: str, params: Sequence[Param], meaning: str, keeps_size: bool = True, random: bool = False) -> Entry:
    return Entry(name, "geometry", tuple(params), meaning, keeps_size, random)


def _pixels(name: str, params: Sequence[Param], meaning: str, random: bool = False) -> Entry:
    return Entry(name, "pixels", tuple(params), meaning, True, random)


def _constraint(name: str, params: Sequence[Param], meaning: str) -> Entry:
    limits = ("above", "below") if params[0].name == "above" else ()
    return Entry(name, "constraint", tuple(params), meaning, random=name == "noise", one_of=limits)


def _table(*entries: Entry) -> dict[str, Entry]:
    return {entry.name: entry for entry in entries}


TRANSFORMS = _table(
    _pixels("add", [_COLOR], "adds a colour"),
    _pixels("mul", [_COLOR], "multiplies by a colour; less contrast shown gives more in the picture"),
    _pixels("mean", [Param("mean", (3,))], "shifts each channel so that its mean is this"),
    _pixels("blur", _KERNEL, "Gaussian blur"),
    _pixels("edge", (*_KERNEL, Param("amount", (3,), (1.0, 1.0, 1.0))), "(picture − its blur) × amount, in 0..1"),
    _geometry("border", _BORDER, "paints the edge"),
    _pixels("clamp", [Param("range", (2,))], "keeps colours between two values"),
    _pixels("contrast", [_FACTOR], "moves colours away from the mean grey (0 leaves grey, 1 all as it is)"),
    _pixels("saturation", [_FACTOR], "moves colours away from their own grey (0 leaves grey, 1 all as it is)"),
    _pixels("quantize", [Param("step", (3,))], "rounds colours down to steps; the gradient passes straight through"),
    _pixels("noise", [_STD], "adds Gaussian noise", True),
    _pixels("bwnoise", [Param("std")], "adds grey Gaussian noise", True),
    _pixels("rnoise", [_STD, Param("resolution", (2,))], "adds noise made at another resolution and enlarged", True),
    _pixels("fnoise", [_STD], "adds noise to the picture's Fourier space (× 15)", True),
    _geometry("rotate", [Param("degree"), _CENTER], "turns counter-clockwise; black outside"),
    _geometry(
        "random_rotate", [Param("degree", (2,)), _CENTER],
        "turns by an angle in a range, about a centre in a range; black outside", random=True,
    ),
    _geometry("shift", [Param("offset", (2,))], "moves by a share (between -1 and 1) or by pixels; wraps"),
    _geometry(
        "random_shift", [Param("offset", (2, 4))],
        "moves by min max, or by min max min max for x and y; shares if all are within -1..1, else pixels; wraps",
        random=True,
    ),
    _geometry(
        "random_translate", [Param("offset", (2,))], "moves by at most these shares; black outside", random=True
    ),
    _geometry(
        "random_scale", [Param("scale", (2,))], "enlarges by min max about the middle; black outside", random=True
    ),
    _geometry("resize", [_SIZE], "brings to a size in pixels", False),
    _geometry("center_crop", [_SIZE], "cuts out the middle; black outside", False),
    _geometry("random_crop", [_SIZE], "cuts out a piece, at most the whole picture", False, True),
    _geometry("crop", [Param("xywh", (4,))], "cuts out x y width height: shares below 1, else pixels", False),
    _geometry("repeat", [Param("count", (2,))], "lays the picture side by side", False),
    _geometry(
        "pad", [_SIZE, _BLACK, Param("mode", choices=("fill", "edge", "wrap"))],
        "adds pixels on each side, filled with a colour, the edge or the opposite side", False,
    ),
)  # fmt: skip

CONSTRAINTS = _table(
    _constraint("mean", _LIMITS, "mean of each channel"),
    _constraint("std", _LIMITS, "standard deviation of each channel"),
    _constraint("saturation", _LIMITS, "mean distance of each channel from their mean"),
    _constraint("contrast", _LIMITS, "mean of the pixels above the mean minus mean of those below, by channel"),
    _constraint("edge_mean", (*_LIMITS, *_KERNEL), "mean |picture − its blur|, by channel"),
    _constraint("blur", _KERNEL, "distance to its own blur"),
    _constraint("border", _BORDER, "distance to itself with a painted edge"),
    _constraint("noise", [_STD], "distance to itself with noise: shakes what is settled"),
    _constraint(
        "normalize", [Param("min", (3,), (0.0,) * 3), Param("max", (3,), (1.0,) * 3)],
        "distance to itself stretched to this range",
    ),
)  # fmt: skip

FACTORS = {
    "mean": 100.0, "std": 100.0, "saturation": 100.0, "contrast": 1.0, "edge_mean": 100.0, "blur": 100.0,
    "border": 100.0, "noise": 100.0, "normalize": 10.0,
}  # fmt: skip
"""What CLIPig multiplies each constraint with, besides its weight."""

POSTPROC = {name: entry for name, entry in TRANSFORMS.items() if entry.keeps_size}


def is_random(transforms: Sequence[Transform]) -> bool:
    """Whether two views through these transforms differ."""
    return any(TRANSFORMS[transform.name].random for transform in transforms)
