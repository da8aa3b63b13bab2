"""Values: what one frame is drawn with, after routes. Made new each frame, never written back to the preset."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Values:
    """`params`: every `Param` by name, modulated and clamped ("<effect>.<input>" for an effect's own).

    `heard`: the nine features, scaled by reactivity. `style_seconds`: time integrated over the speed parameter, so
    that moving the speed never jumps. `turn_degrees`: rotation plus integrated spin. Of each route of the preset:
    `arriving` is what it brings, 0..1, its amount aside, `added` what it adds to its parameter, in the parameter's
    unit; both are 0 for one that waits for its effect. `leaving`: those of the look before while it is still seen.
    """

    params: Mapping[str, float]
    heard: tuple[float, ...]
    style_seconds: float
    turn_degrees: float = 0.0
    arriving: tuple[float, ...] = ()
    added: tuple[float, ...] = ()
    leaving: "Values | None" = None
