"""`clavilux replay`: a logged set becomes a video of any size: the same performance, every frame of it drawn again."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain, pairwise
from pathlib import Path

import moderngl

from app import files, paths, plugins
from app import style as styles
from app.audio.ring import Ring
from app.audio.source import SOURCES, Source, SourceChoice
from app.clock import Frame
from app.commands import offline
from app.output.recorder import Recorder
from app.preset import Preset
from app.problems import Problems, UserError
from app.render.auto import choose
from app.render.backend import BACKENDS, Backend
from app.render.flash_limiter import LIMITS
from app.render.library import Library
from app.render.picture import Picture
from app.render.resolution import Resolution
from app.render.screen_pass import ScreenPass
from app.render.surface import HeadlessSurface
from app.render.target import Target
from app.settings import LARGEST_PX, check_fps, parse_size
from app.show import set_reader
from app.show.set_log import SUFFIX, digested
from app.show.set_reader import Cast, Header, Scene

SLEPT_SECONDS = 10.0
"""A longer step is a computer that slept: it is left out."""


def replay(set_log: Path, out: Path, resolution: str | None, supersample: int, audio: Path | None, fps: float | None,
           backend: str, report: Path | None) -> None:  # fmt: skip
    """Check everything first, then draw; `UserError` before anything is written."""
    if out.suffix.lower() != ".mp4":
        raise UserError(f"{out}: name the video .mp4")
    for path in (out, report):
        files.check_place(path)
    set_log = _found(set_log)
    header = set_reader.read_header(set_log)
    even = (header.size_px[0] - header.size_px[0] % 2, header.size_px[1] - header.size_px[1] % 2)
    size_px = parse_size(resolution, even=True) if resolution else even
    rate = check_fps(fps or header.fps)
    beginning, total = _beginning(set_log)
    with ExitStack() as stack:
        ctx = _context(size_px, stack)
        stage = Stage(ctx, header, size_px, supersample, backend, beginning, stack)
        ring, source = _sound(audio, stack)
        recorder = Recorder(ctx, out, size_px, rate, ring.reader(), live=False, problems=stage.problems)
        stack.callback(recorder.close)
        with offline.progress(out.name, total) as advance:
            slot = 0
            for scene, slots in _timed(set_reader.scenes(set_log), rate):
                image = stage.draw(scene)
                for _ in range(slots):
                    frame = Frame(slot, slot / rate, 1 / rate if slot else 0.0)
                    if source is not None:
                        source.pump(frame)
                    recorder.send(image, frame)
                    slot += 1
                advance()
        if source is not None:
            source.pump(Frame(slot, slot / rate, 1 / rate))
        recorder.close()
    print(out)
    if report is not None:
        figures = {"frames": stage.frames, "video_frames": slot, "seconds": round(slot / rate, 3),
                   "size_px": size_px, "backend": stage.backend_name, "heard": stage.digest.hexdigest()}  # fmt: skip
        files.write_json(report, figures | {"problems": [problem.text for problem in stage.problems]})


def _found(set_log: Path) -> Path:
    """Return where a set lies: as it is named, or by its name alone in the folder of sets."""
    folder = paths.data("sets")
    places = [set_log] + [folder / f"{set_log}{end}" for end in ("", SUFFIX) if set_log.name == str(set_log)]
    for place in places:
        if place.is_file():
            return place
    there = sorted(path.stem for path in folder.glob(f"*{SUFFIX}"))
    last = f"; the last one is {there[-1]}" if there else ", none so far"
    raise UserError(f"{set_log}: no such set; sets lie in {folder}{last}")


def _beginning(set_log: Path) -> tuple[Scene, int]:
    """Read the whole set once, so that a damaged one is known before an hour was drawn; return its first scene."""
    first, count = None, 0
    for scene in set_reader.scenes(set_log):
        first = first or scene
        count += 1
    if first is None or first.cast is None:
        raise UserError(f"{set_log}: holds no frame; the set ended before its first second was written")
    return first, count


def _context(size_px: tuple[int, int], stack: ExitStack) -> moderngl.Context:
    surface = HeadlessSurface(size_px)
    stack.callback(surface.release)
    return surface.ctx


def _sound(audio: Path | None, stack: ExitStack) -> tuple[Ring, Source | None]:
    ring = Ring()
    if audio is None:
        return ring, None
    source: Source = plugins.load("source", SOURCES, "file")(SourceChoice(kind="file", file=audio, live=False))
    source.start(ring)
    stack.callback(source.stop)
    return ring, source


def _timed(scenes: Iterator[Scene], fps: float) -> Iterator[tuple[Scene, int]]:
    """Yield every scene with the number of the video's frames that show it: those nearest to its time."""
    slot, end = 0, 0.0
    for scene, following in pairwise(chain(scenes, [None])):
        assert scene is not None
        step = following.moment.frame.seconds - scene.moment.frame.seconds if following is not None else 1 / fps
        end += step if 0 <= step <= SLEPT_SECONDS else 0.0
        first = slot
        while (slot + 0.5) / fps < end:
            slot += 1
        yield scene, slot - first


class Stage:
    """Draws the scenes of a set at `size_px`, `supersample` times as fine on the way."""

    def __init__(self, ctx: moderngl.Context, header: Header, size_px: tuple[int, int], supersample: int,
                 backend: str, beginning: Scene, stack: ExitStack) -> None:  # fmt: skip
        drawn_px = (size_px[0] * supersample, size_px[1] * supersample)
        if max(drawn_px) > LARGEST_PX:
            what = f"{drawn_px[0]}x{drawn_px[1]} would be drawn"
            raise UserError(f"--supersample {supersample}: {what}; a side of {LARGEST_PX} is the most")
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clavilux-")))
        (self._folder / "effects").mkdir()
        paths.carry(self._folder)
        stack.callback(paths.carry, None)
        self.problems = Problems()
        self._library = Library()
        self.backend_name = self._backend(ctx, backend, header, beginning)
        self._played = Played() if drawn_px == header.size_px else None
        self._picture = Picture(
            ctx, drawn_px, lambda: self._make(ctx), self._library, self.problems, self._played, header.began
        )
        stack.callback(self._picture.release)
        self._shrunk = Shrunk(ctx, size_px, supersample) if supersample > 1 else None
        if self._shrunk is not None:
            stack.callback(self._shrunk.release)
        self._look = Preset.model_validate({})
        self._waiting: tuple[str, ...] = ()
        self.frames = 0
        self.digest = hashlib.sha256()

    def _backend(self, ctx: moderngl.Context, asked: str, header: Header, beginning: Scene) -> str:
        """Return what draws: as asked, else what drew the set, where that is known here."""
        if asked == "auto" and header.backend in BACKENDS and header.backend != "cuda":
            return header.backend
        assert beginning.cast is not None
        return choose(ctx, asked, self._style(beginning.cast)).name

    def _make(self, ctx: moderngl.Context) -> Backend:
        made: Backend = plugins.load("backend", BACKENDS, self.backend_name)(ctx)
        return made

    def _style(self, cast: Cast) -> styles.Style:
        path = self._folder / "style.safetensors"
        path.write_bytes(cast.style)
        return styles.load(path)

    def draw(self, scene: Scene) -> Target:
        """Return the picture of one scene; it lasts until the next."""
        self._change(scene)
        moment = scene.moment
        self.frames += 1
        self.digest.update(digested(moment))
        if self._played is not None:
            self._played.region_px = moment.region_px
        self._picture.level = 1.0 - moment.blackout
        if self._picture.level <= 0:
            image = self._picture.black(moment.frame)
        elif moment.frozen:
            image = self._picture.last(moment.frame)
        else:
            image = self._picture.draw(self._drawn(), moment.values, moment.frame, moment.features, moment.waveform)
        return image if self._shrunk is None else self._shrunk.draw(image)

    def _change(self, scene: Scene) -> None:
        for name, text in scene.files.items():
            (self._folder / "effects" / name).write_text(text, "utf-8")
        if scene.files:
            self._library.reload()
        self._look = scene.look or self._look
        self._waiting = self._waiting if scene.waiting is None else scene.waiting
        if scene.flash_mode in ("off", *LIMITS):
            self._picture.limiter.mode = scene.flash_mode
        a, b = scene.cast, scene.cast_b
        if scene.handed_seconds and a is not None:
            self._picture.show_look(self._style(a), self._style(b) if b and b.style else None, scene.handed_seconds)
            return
        if scene.handed_seconds == 0:
            self._picture.settle()
        if a is not None:
            self._picture.show_style(self._style(a), a.seconds)
        if b is not None:
            self._picture.show_style_b(self._style(b) if b.style else None, b.seconds)

    def _drawn(self) -> Preset:
        """Return the look without effects that were still being compiled then."""
        if not self._waiting:
            return self._look
        look = self._look.model_copy(deep=True)
        for key, use in zip(look.effect_keys(), look.effects, strict=True):
            use.enabled = use.enabled and key not in self._waiting
        return look


class Played(Resolution):
    """The scale that a set was drawn at, frame by frame."""

    def __init__(self) -> None:
        super().__init__(60.0, 1.0)
        self.region_px = (0, 0)

    def region(self, size_px: tuple[int, int]) -> tuple[int, int]:
        """Return what the network filled then."""
        return min(max(self.region_px[0], 1), size_px[0]), min(max(self.region_px[1], 1), size_px[1])


class Shrunk:
    """Makes a picture smaller by a whole number."""

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int], times: int) -> None:
        self._ctx, self._times = ctx, times
        self._target = Target(ctx, size_px)
        self._pass = ScreenPass(ctx, "shrink.frag")

    def draw(self, image: Target) -> Target:
        """Return the small picture."""
        self._ctx.disable(moderngl.BLEND | moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        image.texture.use(0)
        self._target.use()
        self._pass.draw(image=0, times=self._times)
        return self._target

    def release(self) -> None:
        """Free the GL objects."""
        self._target.release()
        self._pass.release()
