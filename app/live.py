"""The session: builds the parts, holds the frame loop, releases everything. Main thread; the only composition root.

Nobody imports this module but the commands. A frame reads top to bottom in `Session.step`.
"""

import time
from contextlib import ExitStack, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app import paths, plugins
from app.audio.features import Features
from app.backstage import Backstage
from app.casting import Casting
from app.clock import Clock, Frame, StepClock, WallClock
from app.collector import Collector
from app.control.hub import Hub
from app.control.midi import Midi
from app.control.osc import Osc
from app.control.rtmidi_system import RtMidi
from app.controls import Controls
from app.logbook import Logbook
from app.looks import Looks
from app.modulation.leaving import Movers
from app.modulation.values import Values
from app.output import png
from app.output.output import OUTPUTS, Output
from app.output.takes import Takes
from app.problems import Problems
from app.rehearsal import Rehearsal
from app.render.auto import Choice, choose
from app.render.backend import BACKENDS, Backend
from app.render.driver_watch import ContextLostError, DriverWatch
from app.render.fence import Fence
from app.render.gpu_memory import GpuMemory
from app.render.library import Library
from app.render.pacing import Pacer
from app.render.picture import Picture
from app.render.resolution import Resolution
from app.render.software import is_software
from app.render.surface import WindowSurface, open_surface
from app.render.target import Target
from app.settings import SIZES, Settings
from app.show.show_file import BINDINGS
from app.stats import LATE, Stats, waited_seconds
from app.training.trainer import Trainer

HARDWARE_FPS, SOFTWARE_FPS = 60.0, 30.0
SOFTWARE_PICTURE_PX = SIZES["270p"]
GOLDEN = 0.618034
"""Steps of this size, modulo 1, fall everywhere evenly."""


class Session:
    """One show. What a person may do to it while it runs is in `controls`."""

    def __init__(self, settings: Settings, stack: ExitStack) -> None:
        self.problems = Problems()
        self._backstage = Backstage(settings, self.problems, stack)
        self.settings = settings = self._backstage.settings
        self.surface = open_surface(settings)
        stack.callback(self.surface.release)
        self._software = is_software(self.surface.ctx)
        stats = Stats(settings.fps or (SOFTWARE_FPS if self._software else HARDWARE_FPS))
        self.clock: Clock = StepClock(stats.fps) if settings.offline else WallClock()
        self._pacer = Pacer()
        self._watch, self._fence = DriverWatch(self.surface.ctx), Fence(self.surface.ctx)
        stack.callback(self._fence.release)
        self._collector = Collector()
        stack.callback(self._collector.release)
        self._library = Library()
        self.preset = self._backstage.first_look(self._library.params)
        style = self._backstage.first_style(self.preset)
        backend = choose(self.surface.ctx, settings.backend, style)
        self.hearing = self._backstage.hearing()
        stack.callback(self.hearing.release)
        self._movers, self._backend_name, self._noted_seconds, self._slack = Movers(), backend.name, 0.0, 1.0
        self.picture = self._make_picture(stats.fps)
        stack.callback(self.picture.release)
        self.picture.show_style(style, 0.0)
        self._casting = Casting(self.picture, self.problems, self.preset)
        self._rehearsal = Rehearsal(self.picture)
        takes = Takes(self.surface.ctx, self.hearing.ring, self.problems, live=not settings.offline)
        stack.callback(takes.close)
        looks = Looks(self.preset, settings.seed)
        looks.ready = self._casting.prepared
        looks.advance_seconds, looks.advance_beats = settings.advance_seconds, settings.advance_beats
        self.controls = self._make_controls(looks, takes, backend, stats, stack)
        self._logbook = Logbook(settings, self.picture.began, self.problems)
        stack.callback(self._logbook.close)
        self.outputs: list[Output] = [takes]
        self._shell = self._open_shell(self.surface, stack) if isinstance(self.surface, WindowSurface) else None
        self._open_outlets(stack)
        self._backstage.begin(self.controls)
        self._screenshot_path: Path | None = None
        if settings.record:
            self.controls.record(settings.record)

    def _make_controls(self, looks: Looks, takes: Takes, backend: Choice, stats: Stats, stack: ExitStack) -> Controls:
        settings = self.settings
        controls = Controls(
            self.surface, self.hearing, looks, self.picture, takes, self._library, backend, stats, self.problems
        )
        controls.tempo.delay_seconds = settings.delay_seconds
        stats.gpu_memory = GpuMemory(self.surface.ctx).told
        stack.callback(controls.tempo.close)
        if not settings.offline:
            controls.trainer = Trainer(paths.data("jobs"), self.problems)
            stack.callback(controls.trainer.close)
        if not (settings.offline or settings.safe):
            controls.control = _open_control(settings)
            stack.callback(controls.control.close)
        self._backstage.set_up(controls, self._movers.on_air)
        controls.on_take = self._backstage.save_soon
        return controls

    def _make_backend(self) -> Backend:
        backend: Backend = plugins.load("backend", BACKENDS, self._backend_name)(self.surface.ctx)
        return backend

    def _make_picture(self, fps: float) -> Picture:
        settings = self.settings
        size_px = settings.picture_px or (SOFTWARE_PICTURE_PX if self._software else self.surface.size_px)
        resolution = None if settings.offline else Resolution(fps)
        began = datetime(2000, 1, 1) if settings.offline else datetime.now()
        parts = (self._make_backend, self._library, self.problems, resolution, began)
        picture = Picture(self.surface.ctx, size_px, *parts, live=not settings.offline)
        picture.saving = settings.saving
        return picture

    def _open_shell(self, surface: WindowSurface, stack: ExitStack) -> Any:
        from app.sideshow import Sideshow
        from app.ui.shell import Shell

        parts = (surface.ctx, self._make_backend, self._library, self.controls, self.problems, stack)
        self._sideshow = Sideshow(*parts)
        shell = Shell(surface, paths.data() / "layout.ini")
        stack.callback(shell.release)
        window = plugins.load("output", OUTPUTS, "window")(surface, lambda: shell.free_px)
        stack.callback(window.close)
        self.outputs.append(window)
        return shell

    def _open_outlets(self, stack: ExitStack) -> None:
        if self.settings.offline:
            return
        outlets, keys = self.controls.outlets, self._shell and self._shell.key
        stack.callback(outlets.close)
        self.outputs[:0] = outlets.open(self.surface, self.controls, self.settings.output_display, keys)

    # ------------------------------------------------------------------ the frame

    def step(self) -> None:
        """Draw and show one frame."""
        controls = self.controls
        # At most one picture is queued: nothing seen is older than it must be.
        drawn = self.settings.offline or self._fence.wait()
        frame = controls.frame = self.clock.tick()
        self._survive(frame, drawn)
        self._poll()
        with self.problems.guard("control"):
            controls.control.step(controls)
        self._edit()
        heard_seconds = time.perf_counter()
        features = self._hear(frame)
        with self.problems.guard("looks"):
            self._follow_preset(frame)
        with self.problems.guard("routes"):
            controls.values = self._modulate(frame, features)
        self._train(frame)
        image = self._draw(frame, features)
        with self.problems.guard("set log"):
            self._logbook.add(controls, features, self.picture, self._library, self.hearing.waveform)
        for output in self.outputs:
            # A live show outlasts its outputs; one that is only drawn for them ends with them.
            guard = nullcontext() if self.settings.offline else self.problems.guard(type(output).__name__.lower())
            with guard:
                output.send(image, frame)
        self._show(image)
        with self.problems.guard("autosave"):
            self._backstage.step(controls)
        self._note(frame, heard_seconds)

    def _poll(self) -> None:
        """Take what happened to the window since the last frame."""
        with self.problems.guard("window"):
            self.surface.poll()
        if self.surface.asked_to_close:
            self.controls.farewell.ask()

    def _survive(self, frame: Frame, drawn: bool) -> None:
        """End the show when the driver was reset, and keep it: nothing can be drawn any more in this process."""
        try:
            self._watch.step(frame.seconds, doubtful=not drawn)
        except ContextLostError:
            self._backstage.reset(self.controls)
            raise

    def skip(self) -> None:
        """Live through one frame without drawing it: an offline show on its way to a later one."""
        controls = self.controls
        frame = controls.frame = self.clock.tick()
        self._modulate(frame, self._hear(frame))

    def _hear(self, frame: Frame) -> Features:
        """Return what is heard, with the one beat in it."""
        tempo = self.controls.tempo
        leaving, heard = self.picture.leaving, self.hearing.features
        with self.problems.guard("tempo"):
            self.hearing.listen((leaving.ranges() if leaving is not None else {}) | self.preset.ranges())
            heard = tempo.step(self.hearing.step(frame, tempo.delay_seconds), frame)
        return heard  # noqa: RET504 - as it was, where the guard steps in

    def _modulate(self, frame: Frame, features: Features) -> Values:
        """Return the values of this frame: what is set, and what the routes add."""
        controls, looks = self.controls, (self.preset, self.picture.leaving)
        changes, beat, positions = controls.looks.changes, controls.tempo.beat, controls.control.positions.now
        return self._movers.step(looks, changes, features, frame, controls.targets_of, beat, positions)

    def _edit(self) -> None:
        if self._shell is not None:
            with self.problems.guard("panels"):
                self._shell.begin(self.controls)

    def _follow_preset(self, frame: Frame) -> None:
        """Let time change the look, and bring the styles on air that it names."""
        controls, beat = self.controls, self.controls.tempo.beat
        controls.launch.step(beat)
        if controls.looks.due(frame.dt_seconds, beat):
            controls.look_onward()
        controls.looks.arrive(frame.dt_seconds)
        fade_seconds = controls.change_time.take(self.preset, beat.bpm)
        controls.mixer.step(frame.dt_seconds, fade_seconds)
        controls.undo.step(frame.seconds, controls.looks.changes)
        controls.farewell.step(controls.looks.changes)
        with self.problems.guard("panic"):
            if style := controls.outlets.follow_panic(self.picture, frame):
                self._casting.alone(style, controls.looks.changes)
        self._casting.step(self.preset, 0.0 if controls.looks.take_cut() else fade_seconds, controls.looks.changes)
        if self._shell is not None:
            self._sideshow.keep(controls.looks.before, self.picture.shown)

    def _train(self, frame: Frame) -> None:
        """Hear what the training process has to tell, and hold it back while the show misses frames."""
        trainer = self.controls.trainer
        if trainer is not None:
            with self.problems.guard("training"):
                trainer.poll()
                trainer.ease(frame.dt_seconds * self.controls.stats.fps > LATE, self._slack)

    def _draw(self, frame: Frame, features: Features) -> Target:
        self.picture.level = self.controls.outlets.master.step(frame.dt_seconds)
        if self.picture.level <= 0:
            return self.picture.black(frame)
        if not self.controls.frozen:
            with self.problems.guard("picture"):
                return self.picture.draw(self.preset, self.controls.values, frame, features, self.hearing.waveform)
        return self.picture.last(frame)

    def _show(self, image: Target) -> None:
        if self._shell is not None:
            with self.problems.guard("panels"):
                self._shell.draw()
        if self._screenshot_path is not None:
            png.write(self._screenshot_path, self._seen(image))
            self._screenshot_path = None
        self._fence.set()
        self._drawn_seconds = time.perf_counter()
        self.surface.swap()

    def _seen(self, image: Target) -> NDArray[np.uint8]:
        """Return what a person sees now: the window with its panels, or the picture where there is no window."""
        if self._shell is None:
            return image.read()
        width, height = self.surface.size_px
        raw = self.surface.ctx.screen.read((0, 0, width, height), components=3, alignment=1)
        return np.frombuffer(raw, np.uint8).reshape(height, width, 3)[::-1]

    def _note(self, frame: Frame, heard_seconds: float) -> None:
        """Keep the figures, adapt the resolution, wait for the next frame."""
        stats = self.controls.stats
        now_seconds = time.perf_counter()
        took_seconds = now_seconds - self._noted_seconds if self.settings.offline else frame.dt_seconds
        self._noted_seconds = now_seconds
        stats.step(frame.dt_seconds, took_seconds, self.picture.scale, self._latency_seconds(frame, heard_seconds))
        if not stats.first_frame_seconds:
            stats.first_frame_seconds = now_seconds - self.settings.started_seconds
            stats.first_frame_waited_seconds = waited_seconds()
        if self.picture.resolution is not None:
            busy_seconds = self._busy_seconds(heard_seconds)
            self._slack = 1 - busy_seconds * stats.fps
            self.picture.resolution.step(self.picture.network_seconds, busy_seconds)
            self._use_spare_time(1 / stats.fps - busy_seconds)
            self._collector.step(1 / stats.fps - busy_seconds)
            self._pacer.wait(stats.fps)

    def _latency_seconds(self, frame: Frame, heard_seconds: float) -> float:
        """Return how long a sound that is new in this picture took from the air to the screen.

        Sound comes evenly all the time since the last picture, so each picture tells of another moment of that time;
        and on average half a hop waits to be filled.
        """
        waited_seconds = frame.index * GOLDEN % 1.0 * frame.dt_seconds + self.hearing.hop_seconds / 2
        return self.hearing.source.latency_seconds + waited_seconds + time.perf_counter() - heard_seconds

    def _use_spare_time(self, seconds: float) -> None:
        """Do what may wait, if the frame left time for it: rehearse, draw what panels show."""
        with self.problems.guard("effects"):
            self._rehearsal.step(self.controls.frame.seconds, seconds, self.controls.looks, self._library.params)
        if self._shell is not None:
            self._sideshow.step(seconds, self.hearing.features, self.controls.frame, self._shell.visible)

    def _busy_seconds(self, heard_seconds: float) -> float:
        """Return what the frame cost: on a GPU the swap's wait for the display is no work, on the CPU it is."""
        if self._software:
            return time.perf_counter() - heard_seconds
        return max(self._drawn_seconds - heard_seconds, self.picture.gpu_seconds)

    # ------------------------------------------------------------------ the whole show

    @property
    def ended(self) -> bool:
        """True when the show is over: it was ended, or its seconds are up."""
        limit = self.settings.seconds
        late = bool(limit) and self.controls.frame.seconds >= limit
        return late or self.controls.quitting

    def end(self) -> None:
        """The show ended as it should: keep it, so that the next start knows."""
        self._backstage.end(self.controls)

    def screenshot(self, path: Path) -> None:
        """Draw one more frame and save it as PNG, panels included."""
        self._screenshot_path = path
        self.step()

    def report(self) -> dict[str, Any]:
        """Return the contents of a `--report` file."""
        return {
            "backend": self.controls.backend_name,
            "renderer": self.controls.renderer,
            "look": self.preset.name,
            **self._logbook.report(),
            "resumed": self._backstage.resumed is not None,
            **self.controls.stats.report(),
            "audio_dropped": self.hearing.dropped,
            "tflops": round(self.picture.tflops, 5),
            "best_tflops": round(self.controls.peak.tflops, 5),
        }


def _open_control(settings: Settings) -> Hub:
    osc = Osc(settings.osc_port, settings.osc_bind) if settings.osc_port else None
    hub = Hub(paths.own() / BINDINGS, osc, Midi(RtMidi(), settings.midi))
    hub.serve(settings.remote_port)
    return hub
