"""The controls: what panels, keys and controllers may see of the show and do to it (see ui/desk.py).

Main thread. Nothing here draws or listens by itself; the session runs the frame, the controls change what it shows.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import moderngl

from app import edits, paths
from app import style as styles
from app.audio.features import Features
from app.audio.source import Source, SourceChoice
from app.change_time import ChangeTime
from app.clock import Frame
from app.control.hub import Hub
from app.farewell import Farewell
from app.hearing import Hearing
from app.looks import Looks
from app.mixer import Mixer
from app.modulation.values import Values
from app.outlets import Outlets
from app.output.muxer import default_path
from app.output.recorder import RecorderState
from app.output.takes import Takes
from app.params import Param
from app.playlists import Playlists
from app.preset import EffectParams, Preset
from app.problems import Problems
from app.render import floor
from app.render.auto import Choice
from app.render.flash_limiter import FlashMode
from app.render.isf import EffectFile
from app.render.library import Library
from app.render.picture import Picture
from app.render.saving import Saving, told
from app.render.software import is_software
from app.render.surface import Surface, WindowSurface
from app.search import Search
from app.show import marks, show_file
from app.show.marks import Mark
from app.stats import Stats
from app.targets import Targets
from app.tempo.launch import Launch
from app.tempo.tempo import Tempo
from app.training.trainer import Trainer
from app.ui.desk import Adjustable, Import, Playback
from app.ui.pictures import Keepsakes, Preview, Thumbnails

GIVEN_IMAGES = ("inputImage", "startImage")
"""Inputs that are the picture so far."""


class Controls:
    """Holds the parts of one show; `frame` and `values` are the newest."""

    def __init__(
        self,
        surface: Surface,
        hearing: Hearing,
        looks: Looks,
        picture: Picture,
        takes: Takes,
        library: Library,
        backend: Choice,
        stats: Stats,
        problems: Problems,
    ) -> None:
        self.surface = surface
        self._hearing = hearing
        self._picture = picture
        self._takes = takes
        self._library = library
        self.looks = looks
        self.preset: Preset = looks.on_air
        self.stats = stats
        self.problems = problems
        self.backend_name, self.backend_report = backend
        self.peak = floor.peak(self.backend_name, self.renderer, is_software(self.ctx))
        self.frame = Frame(0, 0.0, 0.0)
        self.values = Values({}, Features().heard, 0.0)
        self.frozen = self.quitting = False
        self.outlets = Outlets()
        self.thumbnails: Thumbnails | None = None
        self.trainer: Trainer | None = None
        self.preview: Preview | None = None
        self.importer: Import | None = None
        self.control = Hub()
        self.undo = edits.begin(looks, lambda: self.control, problems, self._keep_marks)
        self.on_take: Callable[[], None] = lambda: None
        """Called when a take begins or a look is saved: a moment worth keeping."""
        self.tempo, self.launch, self.change_time = Tempo(), Launch(), ChangeTime()
        self.farewell = Farewell(self, self.quit)
        self.playlists = Playlists(looks, problems, self._keep_marks)
        self.targets_of = Targets(lambda: library.params).of
        """Every parameter of a look, its effects' included: to be read only."""
        self.search: Search | None = None
        self.keepsakes: Keepsakes | None = None
        self.mixer = Mixer(looks, lambda: library.params, self._launch)

    # ------------------------------------------------------------------ what can be seen

    @property
    def ctx(self) -> moderngl.Context:
        """The GL context."""
        return self.surface.ctx

    @property
    def renderer(self) -> str:
        """OpenGL renderer string."""
        return str(self.ctx.info["GL_RENDERER"])

    @property
    def fps(self) -> float:
        """Target frame rate."""
        return self.stats.fps

    @property
    def features(self) -> Features:
        """What is heard now."""
        return self._hearing.features

    @property
    def source(self) -> Source:
        """The source on."""
        return self._hearing.source

    @property
    def source_choice(self) -> SourceChoice:
        """How the source was chosen."""
        return self._hearing.choice

    @property
    def playback(self) -> Playback | None:
        """The source's play head when it is a file or the demo track."""
        return self.source if isinstance(self.source, Playback) else None

    @property
    def picture_px(self) -> tuple[int, int]:
        """Size of the finished picture."""
        return self._picture.size_px

    @property
    def scale(self) -> float:
        """Side of the network's picture relative to the finished one."""
        return self._picture.scale

    @property
    def fade(self) -> float:
        """Progress of a running crossfade."""
        return self._picture.fade

    @property
    def backend_detail(self) -> str:
        """Precision, tiles, threads of the backend on air."""
        return self._picture.backend_detail

    @property
    def speed(self) -> str:
        """How fast the network is drawn, beside the machine's best."""
        return floor.told(self._picture.tflops, self.peak)

    @property
    def style_on_air(self) -> str:
        """Name of the style that is drawn or faded to."""
        return self._picture.style.name if self._picture.style else ""

    @property
    def style_names(self) -> list[str]:
        """All styles of the library."""
        return [entry.name for entry in styles.listing() if not entry.problem]

    @property
    def style_moods(self) -> dict[str, str]:
        """Style → mood, the first tag of its header."""
        return {entry.name: next(iter(entry.header.tags), "") for entry in styles.listing() if not entry.problem}

    @property
    def effects(self) -> EffectParams:
        """All effects of the library with their parameters."""
        return self._library.params

    @property
    def transitions(self) -> list[str]:
        """Names of the effects that lead from one picture to another."""
        return self._library.transitions

    def effect_images(self, effect: str) -> tuple[str, ...]:
        """Return the names of the pictures an effect asks for, besides the one it changes."""
        entry = self._library.find(effect)
        inputs = entry.inputs if isinstance(entry, EffectFile) else ()
        return tuple(own.name for own in inputs if own.type == "image" and own.name not in GIVEN_IMAGES)

    @property
    def targets(self) -> dict[str, Param]:
        """Every parameter of the look on air, its effects' included."""
        return self.targets_of(self.preset)

    @property
    def recording(self) -> RecorderState | None:
        """The running recording."""
        return self._takes.running.state if self._takes.running else None

    @property
    def flash_mode(self) -> FlashMode:
        """How strictly flashes are limited, on every output and in recordings."""
        return self._picture.limiter.mode

    @flash_mode.setter
    def flash_mode(self, mode: FlashMode) -> None:
        self._picture.limiter.mode = mode

    @property
    def saving(self) -> Saving:
        """How the network is evaluated for fewer pixels."""
        return self._picture.saving

    @saving.setter
    def saving(self, saving: Saving) -> None:
        self._picture.saving = saving

    @property
    def pixels(self) -> str:
        """For how many pixels the network is evaluated, and where the others come from."""
        return told(self.saving, self._picture.drawn, self.scale)

    @property
    def flash_acting(self) -> float:
        """How much the flash limiter holds back now, 0..1."""
        return self._picture.limiter.acting

    @property
    def blackout(self) -> bool:
        """Whether the picture is black, or on its way there."""
        return self.outlets.blackout

    @blackout.setter
    def blackout(self, on: bool) -> None:
        self.outlets.blackout = on

    # ------------------------------------------------------------------ what can be done

    def choose_source(self, choice: SourceChoice) -> None:
        """Listen to something else; the old source goes on if the new one fails."""
        with self.problems.guard("sound"):
            self._hearing.choose(choice)

    def choose_gain(self, gain_db: float) -> None:
        """Make the device louder or softer, at once."""
        self._hearing.choice = replace(self._hearing.choice, gain_db=gain_db)
        if isinstance(self.source, Adjustable):
            self.source.gain_db = gain_db

    def choose_style(self, name: str) -> None:
        """Crossfade to a style, the rest of the look unchanged."""
        self._launch(f"style {name}", lambda: self._put_style(name))

    def _put_style(self, name: str) -> None:
        self.looks.remember()
        self.preset.style = name

    def _launch(self, what: str, act: Callable[[], None], steps: int = 0) -> None:
        """Change the look when the beat that is waited for comes; a change that fails leaves it as it is."""

        def guarded() -> None:
            with self.problems.guard("preset"):
                act()

        self.launch.ask(what, guarded, steps)

    def choose_look(self, name: str, *, cut: bool = False) -> None:
        """Put a preset on air; at once with `cut`, else as long as changes take."""
        self._launch(name, lambda: self.looks.show(name, self.effects, cut=cut))

    def step_look(self, count: int, *, cut: bool = False) -> None:
        """Next (1) or previous (-1) preset; while one waits for the beat, one further."""
        steps = self.launch.steps + count
        if steps:
            what = "next" if steps > 0 else "previous"
            self._launch(what, lambda: self.looks.step(steps, self.effects, cut=cut), steps)
        else:
            self.launch.cancel()

    def look_onward(self) -> None:
        """The look that comes by itself; one that was asked for and waits for the beat comes instead."""
        if not self.launch.waiting:
            self._launch("next", lambda: self.looks.step(1, self.effects))

    def random_look(self, *, cut: bool = False) -> None:
        """Any other preset."""
        self._launch("any look", lambda: self.looks.random(self.effects, cut=cut))

    def look_before(self) -> None:
        """The look before, as it was left."""
        self._launch("the look before", self.looks.back)

    def look_again(self, look: Preset) -> None:
        """One of the looks before, as it was left."""
        self._launch(f"{look.name} again", lambda: self.looks.again(look))

    def save_look(self, name: str) -> None:
        """Save the preset on air under a name in the user's folder."""
        with self.problems.guard("preset"):
            self.looks.save(name)
            self.farewell.saved()
            self.on_take()
            where = "among your own looks" if paths.own() == paths.data() else "in the show"
            self.problems.say(f"saved {where}: {self.preset.name}")

    def mark(self, look: str, **changes: Any) -> None:
        """Change stars, favourite, ticked or tags of a look."""
        with self.problems.guard("marks"):
            marked = Mark.model_validate(self.looks.marks.seen(look).model_dump() | changes)
            self.looks.marks.looks[look] = marked
            self._keep_marks()

    def _keep_marks(self) -> None:
        marks.save(paths.own() / show_file.MARKS, self.looks.marks)

    def toggle_record(self) -> None:
        """Start a recording in the recordings folder, or finish the running one."""
        if self._takes.running:
            self._takes.stop()
            return
        with self.problems.guard("recording"):
            self.record(default_path(self.preset.name))

    def record(self, path: Path) -> None:
        """Start recording to a file; `UserError` when it cannot be written."""
        width, height = self.picture_px
        self._takes.start(path, (width - width % 2, height - height % 2), self.fps)
        self.on_take()

    def choose_picture(self, size_px: tuple[int, int]) -> None:
        """Change the size of the finished picture; a running recording keeps the size it began with."""
        with self.problems.guard("picture"):
            self._picture.resize(size_px)

    def choose_fps(self, fps: float) -> None:
        """Change the target frame rate."""
        self.stats.fps = fps
        if self._picture.resolution is not None:
            self._picture.resolution.fps = fps

    def toggle_fullscreen(self) -> None:
        """Cover the monitor or go back."""
        if isinstance(self.surface, WindowSurface):
            self.surface.toggle_fullscreen()

    def quit(self) -> None:
        """End the show after this frame."""
        self.quitting = True
