"""Does an effect draw? A second of test picture and test sound through one effect file, alone.

Main thread, GL context current. *Good* means: compiled, and drew a frame that is not blank.
"""

from contextlib import ExitStack
from datetime import datetime

import moderngl
import numpy as np
from numpy.typing import NDArray

from app.audio.features import BANDS, FEATURES, Features
from app.clock import Clock, StepClock
from app.modulation.values import Values
from app.params import Param
from app.problems import Problems, UserError
from app.render import gl_calls, glsl_ways
from app.render.copier import Copier
from app.render.effect import Moment, Place
from app.render.effect_program import Program
from app.render.effect_textures import SharedTextures, upload_picture
from app.render.isf import EffectFile
from app.render.isf_glsl import translate
from app.render.target import Target

SIZE_PX = (160, 90)
FPS = 15.0
FRAMES = 16
TRIES = (None, 0.35, 0.7)
"""Where every value stands: at its default, then at these parts of its range (some effects rest at black)."""
BLACK = 2
"""The largest channel value of a picture that still counts as blank."""
_NOON = datetime(2000, 1, 1, 12)


def test_picture(size_px: tuple[int, int], turn: float = 0.0) -> NDArray[np.uint8]:
    """Return a colourful picture (height, width, 4) uint8: soft waves and hard discs; `turn` 0..1 varies it."""
    width, height = size_px
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / height
    waves = [np.sin(x * (5 + 2 * c) + np.cos(y * (4 + c)) * 2 + c * 2.1 + turn * 6.28) for c in range(3)]
    picture = 0.35 + 0.35 * np.stack(waves, axis=-1)
    for index, colour in enumerate(((1.0, 0.85, 0.2), (0.1, 0.9, 1.0), (1.0, 0.15, 0.5))):
        centre = width / height * (0.25 + 0.25 * index), 0.3 + 0.4 * ((index + turn) % 2)
        picture[np.hypot(x - centre[0], y - centre[1]) < 0.12] = colour
    rgba = np.concatenate([picture, np.ones_like(picture[..., :1])], axis=-1)
    pixels: NDArray[np.uint8] = (np.clip(rgba, 0, 1) * 255).astype(np.uint8)
    return pixels


def test_sound(index: int) -> tuple[Features, NDArray[np.float32]]:
    """Return what is heard at frame `index`: features with a moving spectrum, and a waveform (1, 512)."""
    bands = (0.5 + 0.5 * np.sin(np.arange(BANDS) * 0.3 + index)).astype(np.float32)
    wave = np.sin(np.arange(512, dtype=np.float32) * 0.1 + index)[None]
    return Features(spectrum=bands, loudness=0.7, bass=0.6), wave


class EffectCheck:
    """Test pictures and everything needed to draw one effect after the other."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._pictures = [upload_picture(ctx, test_picture(SIZE_PX, turn)) for turn in (0.0, 0.5)]
        self._shared = SharedTextures(ctx, missing=self._pictures[1])
        self._copier = Copier(ctx)
        self._target = Target(ctx, SIZE_PX)

    def trouble(self, effect: EffectFile) -> str:
        """Return "" if the effect draws, else what is wrong, in one line."""
        problems = Problems()
        with ExitStack() as stack:
            try:
                program = Program(gl_calls.of(self._ctx), glsl_ways.driver_of(self._ctx), translate(effect))
                stack.callback(program.release)
                drawn = any(self._draws(effect, program, part, problems) for part in TRIES)
            except UserError as error:
                return str(error)
        reported = next((problem.text for problem in problems), "")
        return reported or ("" if drawn else f"{effect.path.name}: draws nothing but black")

    def _draws(self, effect: EffectFile, program: Program, part: float | None, problems: Problems) -> bool:
        """Return whether any frame shows something with every value at `part` of its range."""
        place = Place(self._ctx, self._copier, self._shared, effect.name)
        try:
            place.load(effect, program)
            clock = StepClock(FPS)
            return any(self._frame(place, effect, part, clock, problems) > BLACK for _ in range(FRAMES))
        finally:
            place.release()

    def _frame(self, place: Place, effect: EffectFile, part: float | None, clock: Clock, problems: Problems) -> int:
        """Draw one frame and return its largest channel value."""
        frame = clock.tick()
        features, wave = test_sound(frame.index)
        values = Values({p.name: _value(p, part, frame.index) for p in effect.params}, (0.5,) * len(FEATURES), 0.0)
        self._shared.hear(features.spectrum, wave)
        place.prepare(SIZE_PX, {}, Moment(frame, values, _NOON), problems)
        self._ctx.enable_only(moderngl.NOTHING)
        place.draw(self._pictures[0], self._target, last=False)  # colours count even where alpha was forgotten
        return int(self._target.read()[..., :3].max())

    def release(self) -> None:
        """Free the GL objects."""
        for picture in self._pictures:
            picture.release()
        self._shared.release()
        self._copier.release()
        self._target.release()


def _value(param: Param, part: float | None, index: int) -> float:
    if param.kind == "event":
        return float(index % 4 == 2)
    return param.default if part is None else param.low + part * (param.high - param.low)
