"""The session: builds the parts, holds the frame loop, releases everything. Main thread; the only composition root.

Nobody imports this module but the commands. A frame reads top to bottom in `Session.step`.
"""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import moderngl

from app import paths, plugins
from app import preset as presets
from app import style as styles
from app.audio.features import Features
from app.audio.source import Source, SourceChoice
from app.clock import Clock, Frame, StepClock, WallClock
from app.hearing import Hearing
from app.looks import Looks
from app.modulation.routes import Modulator
from app.modulation.values import Values
from app.output.output import OUTPUTS, Output
from app.output.recorder import Recorder, default_path
from app.params import Param
from app.preset import EffectParams, Preset
from app.problems import Problems
from app.render import auto
from app.render.backend import BACKENDS, Backend
from app.render.library import Library
from app.render.pacing import Pacer
from app.render.picture import Picture
from app.render.resolution import Resolution
from app.render.surface import HeadlessSurface, Surface, WindowSurface, is_software
from app.render.target import Target
from app.settings import SIZES, Settings
from app.stats import Stats

HARDWARE_FPS, SOFTWARE_FPS = 60.0, 30.0
FIRST_LOOK = "tidepool"


class Session:
    """One show. `step` is one frame; the verbs below it are what panels and keys may do."""

    def __init__(self, settings: Settings, stack: ExitStack) -> None:
        self.settings = settings
        self.problems = Problems()
        self.surface = _open_surface(settings)
        stack.callback(self.surface.release)
        self.software = is_software(self.surface.ctx)
        self.stats = Stats(settings.fps or (SOFTWARE_FPS if self.software else HARDWARE_FPS))
        self.clock: Clock = StepClock(self.fps) if settings.offline else WallClock()
        self.frame = Frame(0, 0.0, 0.0)
        self.library = Library()
        self.hearing = Hearing(settings.source, self.problems)
        stack.callback(self.hearing.release)
        self._prepare_look()
        self._prepare_picture(stack)
        self._prepare_outputs(stack)
        self.frozen = self.blackout = self._ended = False

    def _prepare_look(self) -> None:
        """Load the first look; what was asked for by name must exist."""
        name = self.settings.preset or ("" if self.settings.style else FIRST_LOOK)
        self.preset = presets.load(presets.find(name), self.effects) if name else Preset(name=self.settings.style)
        if self.settings.style:
            self.preset.style = self.settings.style
        self.looks = Looks(self.preset, self.settings.seed)
        self.modulator = Modulator()
        self.values = Values({}, self.features.heard, 0.0)

    def _prepare_picture(self, stack: ExitStack) -> None:
        style = styles.find(self.preset.style)
        self.backend_name, self.backend_report = auto.choose(self.surface.ctx, self.settings.backend, style)
        size_px = self.settings.picture_px or (SIZES["360p"] if self.software else self.surface.size_px)
        resolution = None if self.settings.offline else Resolution(self.fps)
        self.picture = Picture(self.surface.ctx, size_px, self._make_backend, self.library, self.problems, resolution)
        stack.callback(self.picture.release)
        self.picture.show_style(style, 0.0)
        self._asked_style = self.preset.style

    def _make_backend(self) -> Backend:
        backend: Backend = plugins.load("backend", BACKENDS, self.backend_name)(self.surface.ctx)
        return backend

    def _prepare_outputs(self, stack: ExitStack) -> None:
        self.outputs: list[Output] = []
        stack.callback(self._close_outputs)
        self.shell: Any = None
        self._pacer = Pacer(self.fps)
        if isinstance(self.surface, WindowSurface):
            from app.ui.shell import Shell

            self.shell = Shell(self.surface, paths.data() / "layout.ini")
            stack.callback(self.shell.release)
            self.outputs.append(plugins.load("output", OUTPUTS, "window")(self.surface))
        if self.settings.record:
            self.record(self.settings.record)

    # ------------------------------------------------------------------ the frame

    def step(self) -> None:
        """Draw and show one frame."""
        frame = self.frame = self.clock.tick()
        self.surface.poll()
        self._edit()
        heard_seconds = time.perf_counter()
        features = self.hearing.step(frame)
        self._follow_preset()
        self.values = self.modulator.step(self.preset, features, frame, self.targets)
        image = self._draw(frame, features)
        for output in self.outputs:
            with self.problems.guard(type(output).__name__.lower()):
                output.send(image, frame)
        self._show()
        self._note(frame, heard_seconds)

    def _edit(self) -> None:
        if self.shell is not None:
            with self.problems.guard("panels"):
                self.shell.begin(self)

    def _follow_preset(self) -> None:
        """Bring the style on air that the preset names; one that cannot be loaded is reported once per request."""
        if self.preset.style != self._asked_style:
            self._asked_style = self.preset.style
            with self.problems.guard("style"):
                self.picture.show_style(styles.find(self.preset.style), self.preset.crossfade_seconds)

    def _draw(self, frame: Frame, features: Features) -> Target:
        if self.blackout:
            return self.picture.black()
        if not self.frozen:
            with self.problems.guard("picture"):
                return self.picture.draw(self.preset, self.values, frame, features)
        return self.picture.last()

    def _show(self) -> None:
        if self.shell is not None:
            with self.problems.guard("panels"):
                self.shell.draw()
        self._swap_seconds = time.perf_counter()
        self.surface.swap()

    def _note(self, frame: Frame, heard_seconds: float) -> None:
        """Keep the figures, adapt the resolution, wait for the next frame."""
        latency = time.perf_counter() - heard_seconds + self.hearing.source.latency_seconds
        self.stats.step(frame.dt_seconds, self.picture.scale, latency)
        if frame.index == 0:
            self.stats.first_frame_seconds = time.perf_counter() - self.settings.started_seconds
        if self.picture.resolution is not None:
            self.picture.resolution.step(self.picture.network_seconds, self._busy_seconds(heard_seconds))
            self._pacer.wait()

    def _busy_seconds(self, heard_seconds: float) -> float:
        """Return what the frame cost: on a GPU the swap's wait for the display is no work, on the CPU it is."""
        if self.software:
            return time.perf_counter() - heard_seconds
        return max(self._swap_seconds - heard_seconds, self.picture.gpu_seconds)

    @property
    def ended(self) -> bool:
        """True when the show is over: closed, quit, or its seconds are up."""
        limit = self.settings.seconds
        return self._ended or self.surface.should_close or bool(limit and self.frame.seconds >= limit)

    # ------------------------------------------------------------------ what panels read (see ui/desk.py)

    @property
    def ctx(self) -> moderngl.Context:
        """The GL context."""
        return self.surface.ctx

    @property
    def renderer(self) -> str:
        """OpenGL renderer string."""
        return str(self.surface.ctx.info["GL_RENDERER"])

    @property
    def fps(self) -> float:
        """Target frame rate."""
        return self.stats.fps

    @property
    def features(self) -> Features:
        """What is heard now."""
        return self.hearing.features

    @property
    def source(self) -> Source:
        """The source on."""
        return self.hearing.source

    @property
    def source_choice(self) -> SourceChoice:
        """How the source was chosen."""
        return self.hearing.choice

    @property
    def picture_px(self) -> tuple[int, int]:
        """Size of the finished picture."""
        return self.picture.size_px

    @property
    def scale(self) -> float:
        """Side of the network's picture relative to the finished one."""
        return self.picture.scale

    @property
    def fade(self) -> float:
        """Progress of a running crossfade."""
        return self.picture.fade

    @property
    def backend_detail(self) -> str:
        """Precision, tiles, threads of the backend on air."""
        return self.picture.backend_detail

    @property
    def style_on_air(self) -> str:
        """Name of the style that is drawn or faded to."""
        return self.picture.style.name if self.picture.style else ""

    @property
    def style_names(self) -> list[str]:
        """All styles of the library."""
        return [entry.name for entry in styles.listing()]

    @property
    def effects(self) -> EffectParams:
        """All effects of the library with their parameters."""
        return self.library.params

    @property
    def targets(self) -> dict[str, Param]:
        """Every parameter of the look on air, its effects' included."""
        return presets.route_targets(self.preset, self.effects)

    @property
    def recording(self) -> Recorder | None:
        """The running recording."""
        return next((output for output in self.outputs if isinstance(output, Recorder)), None)

    # ------------------------------------------------------------------ what panels and keys do

    def choose_source(self, choice: SourceChoice) -> None:
        """Listen to something else; the old source goes on if the new one fails."""
        with self.problems.guard("sound"):
            self.hearing.choose(choice)

    def choose_style(self, name: str) -> None:
        """Crossfade to a style, the rest of the look unchanged."""
        self.looks.remember()
        self.preset.style = name

    def choose_look(self, name: str) -> None:
        """Put a preset on air."""
        with self.problems.guard("preset"):
            self.looks.show(name, self.effects)

    def step_look(self, count: int) -> None:
        """Next (1) or previous (-1) preset."""
        with self.problems.guard("preset"):
            self.looks.step(count, self.effects)

    def random_look(self) -> None:
        """Any other preset."""
        with self.problems.guard("preset"):
            self.looks.random(self.effects)

    def look_before(self) -> None:
        """The look before, as it was left."""
        self.looks.back()

    def save_look(self, name: str) -> None:
        """Save the preset on air under a name in the user's folder."""
        with self.problems.guard("preset"):
            self.looks.save(name)

    def toggle_record(self) -> None:
        """Start a recording in the recordings folder, or finish the running one."""
        running = self.recording
        if running is not None:
            self.outputs.remove(running)
            running.close()
            return
        with self.problems.guard("recording"):
            self.record(default_path(self.preset.name))

    def record(self, path: Path) -> None:
        """Start recording to a file; `UserError` when it cannot be written."""
        live = not self.settings.offline
        reader = self.hearing.reader()
        self.outputs.append(
            Recorder(self.ctx, path, self.picture_px, self.fps, reader, live=live, problems=self.problems)
        )

    def choose_picture(self, size_px: tuple[int, int]) -> None:
        """Change the size of the finished picture; a running recording keeps the size it began with."""
        with self.problems.guard("picture"):
            self.picture.resize(size_px)

    def choose_fps(self, fps: float) -> None:
        """Change the target frame rate."""
        self.stats.fps = self._pacer.fps = fps
        if self.picture.resolution is not None:
            self.picture.resolution.fps = fps

    def toggle_fullscreen(self) -> None:
        """Cover the monitor or go back."""
        if isinstance(self.surface, WindowSurface):
            self.surface.toggle_fullscreen()

    def quit(self) -> None:
        """End the show after this frame."""
        self._ended = True

    def _close_outputs(self) -> None:
        for output in self.outputs:
            output.close()

    def report(self) -> dict[str, Any]:
        """Return the contents of a `--report` file."""
        return {
            "backend": self.backend_name,
            "renderer": self.renderer,
            **self.stats.report(),
            "audio_dropped": self.hearing.dropped,
        }


def _open_surface(settings: Settings) -> Surface:
    if settings.headless:
        return HeadlessSurface(settings.picture_px or settings.window_px)
    return WindowSurface(settings.window_px, "Clavilux", settings.fullscreen)
