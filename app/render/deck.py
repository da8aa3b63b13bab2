"""A deck: one style, the one it comes from while it changes, developed to a picture, with the deck's own effects.

Main thread, GL context current. A look has one deck or two; what blends them is `decks`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import moderngl
import numpy as np
from numpy.typing import NDArray

from app.audio.features import Features
from app.clock import Frame
from app.modulation.values import Values
from app.preset import Preset, Side, Transition
from app.problems import Problems
from app.render.backend import Backend
from app.render.blender import Blender
from app.render.chain import Chain
from app.render.crossfade import Crossfade
from app.render.develop import Developer
from app.render.library import Library
from app.render.saving import Saving
from app.render.target import Target


class Tools(NamedTuple):
    """What decks are made with."""

    ctx: moderngl.Context
    make_backend: Callable[[], Backend]
    library: Library
    problems: Problems
    began: datetime
    live: bool
    """Nothing may be compiled while a picture waits."""

    def chain(self, size_px: tuple[int, int]) -> Chain:
        """Return a chain without effects."""
        return Chain(self.ctx, size_px, self.library, self.problems, self.began)


class Scene(NamedTuple):
    """All that one frame is drawn from. `sound`: (channels, samples) in -1..1."""

    preset: Preset
    values: Values
    frame: Frame
    features: Features
    sound: NDArray[np.float32] | None = None

    def through(self, chain: Chain, side: Side, image: Target) -> Target:
        """Return `image` with the effects that act on one side."""
        placed = zip(self.preset.effects, self.preset.effect_keys(), strict=True)
        own = [(use, key) for use, key in placed if use.deck == side]
        uses, keys = [use for use, _ in own], [key for _, key in own]
        return chain.apply(image, uses, keys, self.values, self.frame, self.features, self.sound)


class Deck:
    """Draws what its crossfade has on air, and turns it into a picture of `size_px`."""

    def __init__(self, tools: Tools, size_px: tuple[int, int], side: Side) -> None:
        self._side = side
        self.crossfade = Crossfade(tools.ctx, tools.make_backend, size_px, live=tools.live)
        self._now, self._before = Developer(tools.ctx, size_px), Developer(tools.ctx, size_px)
        self._blender = Blender(tools.ctx, size_px)
        self._chain = tools.chain(size_px)
        self._drawn: tuple[Target, Target | None] | None = None

    def draw(self, values: Values, frame: Frame, region_px: tuple[int, int], saving: Saving = "off") -> None:
        """Draw the networks."""
        self._drawn = self.crossfade.draw(values, frame, region_px, saving)

    def develop(self, scene: Scene) -> Target:
        """Return the picture of the networks drawn last: enlarged, coloured, with the deck's own effects."""
        picture = self._developed(scene.values, scene.preset.transition)
        return scene.through(self._chain, self._side, picture)

    def _developed(self, values: Values, transition: Transition) -> Target:
        if self._drawn is None:
            raise RuntimeError("draw comes before develop")
        (now, before), fade = self._drawn, self.crossfade.fade
        if before is None or transition == "fade":
            return self._now.draw(now, before, fade, values.params)
        old = self._before.draw(before, None, 1.0, values.params)
        return self._blender.draw(old, self._now.draw(now, None, 1.0, values.params), fade, "morph")

    def release(self) -> None:
        """Free everything it made."""
        for part in (self.crossfade, self._now, self._before, self._blender, self._chain):
            part.release()
