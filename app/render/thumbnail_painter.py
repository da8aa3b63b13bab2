"""Draws a preset very small, in pieces that each cost a frame little. Main thread, GL context current.

The same parts as the show's own picture (backend, developer, chain); still pictures show one fixed, lively moment.
"""

from collections.abc import Generator, Iterator

import moderngl

from app import preset as presets
from app.audio.features import Features
from app.clock import Frame
from app.modulation.routes import Modulator
from app.preset import Preset
from app.problems import Problems
from app.render import effect_workshop
from app.render.backend import Backend, Shot
from app.render.chain import Chain
from app.render.develop import Developer
from app.render.library import Library, needed
from app.render.sketch import Sketch
from app.render.target import Target
from app.style import Style
from app.tempo.beat import Beat

MOMENT = Frame(1, 7.0, 7.0)
LIVELY = Features(
    seconds=7.0, loudness=0.7, bass=0.8, mid=0.5, treble=0.45, onset=0.3, centroid=0.5, beat=0.15, chroma1=0.6,
    chroma2=0.4,
)  # fmt: skip
"""What is heard in every still picture."""
NO_BEAT = Beat()


class Painter:
    """Owns a sketch, a developer and a chain of thumbnail size."""

    def __init__(self, ctx: moderngl.Context, backend: Backend, library: Library, size_px: tuple[int, int]) -> None:
        self._ctx = ctx
        self._sketch = Sketch(ctx, backend)
        self._library = library
        self._raw = Target(ctx, size_px)
        self._developer = Developer(ctx, size_px)
        self._problems = Problems()
        self._chain = Chain(ctx, size_px, library, self._problems)
        self._preset = Preset()
        self._modulator = Modulator()
        self._warm = False

    def take(self, preset: Preset, style: Style) -> Iterator[None]:
        """Draw this preset from now on; a piece of work between any two yields. `UserError` if it can't be drawn."""
        while not self._sketch.ready(style):
            yield
        self._sketch.take(style)
        wanted = list(needed(preset, self._library))
        while not effect_workshop.of(self._ctx).prepared(wanted):
            yield
        self._preset, self._modulator, self._warm = preset, Modulator(), False

    @property
    def backend(self) -> Backend:
        """What draws the network."""
        return self._sketch.backend

    def draw(self, frame: Frame, features: Features, beat: Beat = NO_BEAT) -> Generator[None, None, Target]:
        """Draw what was taken, in pieces; the picture that is returned lasts until the next one."""
        shot = self.shot(frame, features, beat)
        yield from self._sketch.draw(shot.values, frame, shot.target)
        return (yield from self.develop(shot, features))

    def shot(self, frame: Frame, features: Features, beat: Beat) -> Shot:
        """Return what the network is to draw next; `develop` what comes of it."""
        targets = presets.route_targets(self._preset, self._library.params)
        values = self._modulator.step(self._preset, features, frame, targets, beat)
        return Shot(self.backend, values, frame, self._raw)

    def develop(self, shot: Shot, features: Features) -> Generator[None, None, Target]:
        """Make a picture of a shot that was drawn, in pieces."""
        preset, values, frame = self._preset, shot.values, shot.frame
        developed = picture = self._developer.draw(self._raw, None, 1.0, values.params)
        keys = preset.effect_keys()
        for count in range(len(keys) if self._warm else 1, len(keys) + 1):  # one more at a time: it may be compiled
            yield
            picture = self._chain.apply(developed, preset.effects[:count], keys[:count], values, frame, features)
        self._warm = True
        return picture

    def release(self) -> None:
        """Free everything, the backend too."""
        self._chain.release()
        self._developer.release()
        self._raw.release()
        self._sketch.release()
