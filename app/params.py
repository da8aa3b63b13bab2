"""Parameters, declared once: slider, YAML key, validation, command line and route target follow from here.

Pure data, no state: a parameter's *value* lives in the `Preset`.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["float", "bool", "long", "event"]


def input_name(target: str) -> str:
    """Return a parameter's name without what it belongs to: "amount" of "bloom.amount"."""
    return target.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Param:
    """One number a performer can set and music can move.

    `name` is unique in its table ("zoom", or "<effect>.<input>" for an effect's own). `choices` (label, value)
    belong to kind "long". `group` names the colour or point that this number is a component of, else "".
    """

    name: str
    default: float
    low: float
    high: float
    unit: str = ""
    label: str = ""
    kind: Kind = "float"
    choices: tuple[tuple[str, float], ...] = ()
    group: str = ""

    def clamp(self, value: float) -> float:
        """Return `value` held to low..high."""
        return min(max(value, self.low), self.high)


def _table(*params: Param) -> dict[str, Param]:
    return {param.name: param for param in params}


MACROS = tuple(f"macro{number}" for number in range(1, 9))
"""Knobs that move nothing by themselves: routes begin at them."""
WET = "wet"
"""Beside its own inputs every effect has this one: how much of it is seen. A file's own input of that name wins."""
PARAMS: dict[str, Param] = _table(
    Param("speed", 1.0, 0.0, 4.0, "x", "Speed"),
    Param("reactivity", 1.0, 0.0, 2.0, "x", "Reactivity"),
    Param("zoom", 1.0, 0.25, 4.0, "x", "Zoom"),
    Param("rotation", 0.0, -180.0, 180.0, "deg", "Rotation"),
    Param("spin", 0.0, -60.0, 60.0, "deg/s", "Spin"),
    Param("pan_x", 0.0, -2.0, 2.0, "", "Pan X"),
    Param("pan_y", 0.0, -2.0, 2.0, "", "Pan Y"),
    Param("hue", 0.0, -180.0, 180.0, "deg", "Hue"),
    Param("saturation", 1.0, 0.0, 2.0, "x", "Saturation"),
    Param("contrast", 1.0, 0.0, 2.0, "x", "Contrast"),
    Param("brightness", 1.0, 0.0, 2.0, "x", "Brightness"),
    Param("fader", 0.0, 0.0, 1.0, "", "Fader"),
    *(Param(name, 0.0, 0.0, 1.0, "", f"Macro {name[5:]}") for name in MACROS),
)
"""The look's own parameters. Colour values of 0 / 1 are neutral: the picture is the style's own."""
