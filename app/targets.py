"""What routes, knobs and pads of a look can move, by name: made once and kept, since every lamp asks in every frame.

Main thread. It follows by itself what a look's chain and transition are, and which files the library has read.
"""

from collections.abc import Callable

from app import preset as presets
from app.params import Param
from app.preset import EffectParams, Preset

KEPT = 4
"""Looks on air, leaving, and tried out meanwhile."""


class Targets:
    """`presets.route_targets` of the newest few looks; whoever gets one reads it only."""

    def __init__(self, effects: Callable[[], EffectParams]) -> None:
        """`effects` returns what the library knows; another mapping when it has read something new."""
        self._effects = effects
        self._of = effects()
        self._kept: dict[tuple[str, ...], dict[str, Param]] = {}

    def of(self, look: Preset) -> dict[str, Param]:
        """Return every parameter of a look, its effects' included."""
        effects, form = self._effects(), (look.transition, *(use.effect for use in look.effects))
        if effects is not self._of:
            self._of, self._kept = effects, {}
        if form not in self._kept:
            while len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[form] = presets.route_targets(look, effects)
        return self._kept[form]
