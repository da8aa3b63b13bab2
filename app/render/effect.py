"""A place in the chain: an effect with everything of it that lasts from frame to frame.

Main thread, GL context current. A compiled `Program` may serve several places; buffers, pictures and which events have
fired belong to the `Place`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import moderngl

from app import paths
from app.clock import Frame
from app.modulation.values import Values
from app.problems import Problems
from app.render.copier import Copier
from app.render.effect_buffers import Buffers
from app.render.effect_program import Program, Uniform
from app.render.effect_textures import SharedTextures, load_picture, upload_picture
from app.render.isf import EffectFile
from app.render.isf_glsl import safe
from app.render.isf_inputs import Input
from app.render.target import Target


@dataclass(frozen=True, slots=True)
class Moment:
    """What one frame is drawn with; `began` is the date and time of the show's second 0."""

    frame: Frame
    values: Values
    began: datetime

    def date(self) -> tuple[float, float, float, float]:
        """Return year, month, day and seconds of the day, as ISF wants them."""
        now = self.began + timedelta(seconds=self.frame.seconds)
        seconds = now.hour * 3600 + now.minute * 60 + now.second + now.microsecond * 1e-6
        return float(now.year), float(now.month), float(now.day), seconds


class Place:
    """One place in the chain: an effect with its own buffers, pictures and values."""

    def __init__(self, ctx: moderngl.Context, copier: Copier, shared: SharedTextures, key: str) -> None:
        self._ctx, self._copier, self._shared, self._key = ctx, copier, shared, key
        self._buffers = Buffers(ctx, copier)
        self._pictures: dict[str, tuple[Path, moderngl.Texture | None]] = {}
        self._held: dict[str, bool] = {}
        self._uniforms: dict[str, Uniform] = {}
        self._end: moderngl.Texture | None = None

    def load(self, effect: EffectFile, program: Program) -> None:
        """Take an effect, new or saved anew; buffers whose name and size stay keep their picture."""
        self._effect, self._program = effect, program
        self._names = {
            entry.name: tuple((p.name, p.default) for p in entry.params(self._key)) for entry in effect.inputs
        }

    def prepare(
        self, size_px: tuple[int, int], pictures: Mapping[str, str], moment: Moment, problems: Problems
    ) -> None:
        """Make ready for one frame of `size_px`; `UserError` or `moderngl.Error` if the effect asks for too much."""
        numbers = {name: self._numbers(name, moment.values) for name in self._names}
        scalars = {name: values[0] for name, values in numbers.items() if len(values) == 1}
        self._buffers.prepare(self._effect, size_px, scalars)
        self._load_pictures(pictures, problems)
        self._uniforms = {
            safe(entry.name): self._uniform(entry, numbers[entry.name], size_px)
            for entry in self._effect.inputs
            if not entry.is_texture
        }
        self._uniforms |= {
            "TIME": moment.frame.seconds,
            "TIMEDELTA": moment.frame.dt_seconds,
            "FRAMEINDEX": moment.frame.index,
            "DATE": moment.date(),
        }

    def _numbers(self, name: str, values: Values) -> tuple[float, ...]:
        return tuple(values.params.get(param, default) for param, default in self._names[name])

    def _uniform(self, entry: Input, numbers: tuple[float, ...], size_px: tuple[int, int]) -> Uniform:
        if entry.type == "event":  # true for the one frame in which the value rises
            now = numbers[0] >= 0.5
            fired = now and not self._held.get(entry.name, False)
            self._held[entry.name] = now
            return fired
        if entry.type == "bool":
            return numbers[0] >= 0.5
        if entry.type == "long":
            return int(min((value for _, value in entry.choices), key=lambda value: abs(value - numbers[0])))
        if entry.in_pixels:
            return numbers[0] * size_px[0], numbers[1] * size_px[1]
        return numbers if len(numbers) > 1 else numbers[0]

    def _load_pictures(self, chosen: Mapping[str, str], problems: Problems) -> None:
        wanted = {picture.name: picture.path for picture in self._effect.imported}
        wanted |= {name: paths.picture(path) for name, path in chosen.items() if path and name in self._names}
        for name in [name for name, (path, _) in self._pictures.items() if wanted.get(name) != path]:
            self._drop_picture(name)
        for name, path in wanted.items():
            if name not in self._pictures:
                self._pictures[name] = (path, None)
                with problems.guard(f"{self._effect.path.name}: {name}"):
                    pixels = load_picture(path, self._ctx.info["GL_MAX_TEXTURE_SIZE"])
                    self._pictures[name] = (path, upload_picture(self._ctx, pixels))

    def _drop_picture(self, name: str) -> None:
        _, texture = self._pictures.pop(name)
        if texture is not None:
            texture.release()

    def draw(self, image: moderngl.Texture, target: Target, last: bool, end: moderngl.Texture | None = None) -> None:
        """Draw all passes: `image` is the picture so far, `target` takes the new one (`last`: laid over black).

        `end` is the picture that a transition leads to.
        """
        self._end = end
        steps = self._effect.passes
        for index in self._effect.drawn_passes:
            name = steps[index].target
            if not name:
                self._draw_pass(index, image, target, flatten=last)
                continue
            buffer = self._buffers.by_name[name]
            self._draw_pass(index, image, buffer.target(), flatten=False)
            buffer.swap()
            if index == len(steps) - 1:
                self._copier.copy(buffer.front.texture, target, flatten=last)

    def _draw_pass(self, index: int, image: moderngl.Texture, into: Target, flatten: bool) -> None:
        program = self._program.passes[index]
        for unit, name in enumerate(program.images):
            texture = self._texture(name, image)
            # A buffer without a twin cannot be read while it is drawn: any other picture will do.
            (image if texture is into.texture else texture).use(unit)
        self._uniforms["RENDERSIZE"] = float(into.size_px[0]), float(into.size_px[1])
        self._uniforms["isf_flatten"] = flatten
        clear_alpha = float(flatten) if self._effect.vertex is not None else None
        program.draw(into, self._uniforms, clear_alpha, self._program.corners)

    def _texture(self, name: str, image: moderngl.Texture) -> moderngl.Texture:
        if name in self._buffers.by_name:
            return self._buffers.by_name[name].front.texture
        picture = self._pictures.get(name, (None, None))[1]
        if picture is not None:
            return picture
        if name in ("inputImage", "startImage"):
            return image
        if name == "endImage" and self._end is not None:
            return self._end
        entry = next((entry for entry in self._effect.inputs if entry.name == name), None)
        if entry is None or entry.type == "image":
            return self._shared.missing
        return self._shared.audio(entry.type, entry.samples)

    def release(self) -> None:
        """Free the GL objects, which `prepare` makes again; the program is not its own."""
        self._buffers.release()
        for name in list(self._pictures):
            self._drop_picture(name)
