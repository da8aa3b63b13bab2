"""What decks and looks are drawn from: the parts they are made with, and all that one frame is drawn from. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import moderngl
import numpy as np
from numpy.typing import NDArray

from app.audio.features import Features
from app.clock import Frame
from app.modulation.values import Values
from app.preset import Preset, Side
from app.problems import Problems
from app.render.backend import Backend
from app.render.chain import Chain
from app.render.library import Library
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
        return Chain(self.ctx, size_px, self.library, self.problems, self.began, live=self.live)


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
