"""The mixer: what a hand does with the two decks of a look, and with chance. Main thread; draws nothing.

Changes of the look go through `launch`, which may wait for the beat; each leaves a way back in `looks`.
"""

import random
from collections.abc import Callable, Mapping
from typing import cast

from app import preset as presets
from app import variation
from app.fader import Fader
from app.looks import Looks
from app.params import Param
from app.preset import Blend, EffectParams, Preset

Launch = Callable[[str, Callable[[], None]], None]
"""Does something now or when the beat comes that is waited for; the words say what."""


def at_once(what: str, act: Callable[[], None]) -> None:  # noqa: ARG001 - the shape of a Launch
    """Wait for nothing."""
    act()


class Mixer:
    """Acts on the look on air. `effects` returns what is of `Library.params` now."""

    def __init__(
        self, looks: Looks, effects: Callable[[], EffectParams], launch: Launch = at_once, seed: int | None = None
    ) -> None:
        self._looks, self._effects, self._launch = looks, effects, launch
        self._fader = Fader()
        self._dice = random.Random(seed)

    @property
    def taking(self) -> bool:
        """True while the fader moves by itself."""
        return self._fader.moving

    def step(self, dt_seconds: float, seconds: float) -> None:
        """Let a take go on for one frame; `seconds` is a whole one's length."""
        self._fader.step(self._looks.on_air, dt_seconds, seconds)

    def take(self) -> None:
        """Lead the fader to the other deck."""
        self._launch("take", lambda: self._fader.take(self._looks.on_air))

    def cut(self) -> None:
        """Be at the other deck."""
        self._launch("cut", lambda: self._fader.cut(self._looks.on_air))

    def choose_b(self, name: str) -> None:
        """Put a style on deck B; "" takes the deck away."""
        self._launch(f"deck B: {name or 'off'}", lambda: self._put_b(name))

    def _put_b(self, name: str) -> None:
        self._looks.remember()
        self._looks.on_air.style_b = name

    def choose_blend(self, blend: str) -> None:
        """Blend the decks another way, one of `preset.BLENDS`."""
        self._looks.on_air.blend = cast("Blend", blend)

    def mutate(self) -> None:
        """Change the look a little."""
        self._launch("mutate", lambda: self._vary(variation.mutate))

    def randomise(self) -> None:
        """Change the look altogether; styles and effects stay."""
        self._launch("randomise", lambda: self._vary(variation.randomise))

    def _vary(self, vary: Callable[[Preset, Mapping[str, Param], random.Random], None]) -> None:
        look = self._looks.on_air.model_copy(deep=True)
        vary(look, presets.route_targets(look, self._effects()), self._dice)
        self._looks.put(look)

    def compare(self) -> None:
        """The look before changes places with this one."""
        self._launch("the look before", self._looks.compare)
