"""Backstage: what a show begins with (a show file, what a crashed run had on air, or safe mode) and what is kept of it.

Main thread. Nothing that is missing stops the start: it is said in a message, and the rest plays.
"""

import os
import shutil
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from app import memory, paths
from app import preset as presets
from app import style as styles
from app.audio.source import SourceChoice
from app.control.remote.door import Door
from app.controls import Controls
from app.hearing import Hearing
from app.modulation.routes import Modulator
from app.output import muxer
from app.preset import EffectParams, Preset
from app.problems import Problems, UserError
from app.settings import Settings
from app.show import keeper, show_file
from app.show.keeper import Keeper
from app.show.sentinel import Sentinel
from app.show.state import State, TempoState
from app.standing import state_of
from app.style import Style

FIRST_LOOK = "first_light"
LONGEST_AWAY_SECONDS = 600.0
"""After a longer break nobody knows the bar."""


class Backstage:
    """Decides what a session begins with; `settings` are those asked for, as the show or the last run changes them."""

    def __init__(self, settings: Settings, problems: Problems, stack: ExitStack) -> None:
        memory.keep_little()
        self._problems = problems
        self._sentinel: Sentinel | None = None
        self._begun = self._ended = False
        stack.push(self._leave)
        if settings.keeps:
            self._sentinel = Sentinel(keeper.sentinel_path(), list(settings.given))
        self.resumed: State | None = self._last(settings)
        self.settings = _as_it_was(settings, self.resumed) if self.resumed else settings
        self.state: State | None = None if settings.safe else self.resumed
        self._keeper = self._open(stack)
        if self.state is not None and not self.settings.output_display:
            self.settings = replace(self.settings, output_display=self.state.display)
        self.offers_safe_mode = self._sentinel is not None and self._sentinel.offers_safe_mode and not settings.safe
        self._say()

    def _last(self, settings: Settings) -> State | None:
        """Return what a crashed run had on air, if this is its relaunch."""
        sentinel = self._sentinel
        if sentinel is None or sentinel.second:
            return None
        kept = keeper.Kept(keeper.state_path())
        if sentinel.crashed and kept.state is not None:
            self._mend(kept.state.recording)
        if not sentinel.crashed:
            keeper.forget()  # else a crash while loading would bring it back
            return None
        if settings.safe:
            return None
        if settings.given and not sentinel.same_request:
            if kept.state is not None:
                look = kept.state.look.name
                self._problems.report(f"the last show broke off at '{look}'; this start asked for something else")
            return None
        if kept.problem:
            self._problems.report(kept.problem)
        return kept.state

    def _mend(self, recording: str) -> None:
        """Let what was being recorded play, whatever broke off."""
        with self._problems.guard("recording"):
            if recording and muxer.mend(Path(recording)):
                self._problems.report(f"{recording}: the recording broke off; what is whole of it was kept, and plays")

    def _open(self, stack: ExitStack) -> Keeper | None:
        """Open the show file, if one is asked for; return who keeps it."""
        show, folder, name = self.settings.show, None, ""
        if show is not None and not self.settings.safe:
            folder = keeper.folder_for(os.getpid())
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            new = not show.exists()
            document, wrong = self._opened(show, folder)
            if new and not wrong:
                self._problems.say(f"{show.name}: a new show; it is kept from now on")
            paths.carry(folder)
            self._problems.call(folder, show.name)
            stack.callback(paths.carry, None)
            name = document.name
            self.state = self.state or document.state
            for text in wrong:
                self._problems.report(text)
        if self._sentinel is None:
            return None
        return Keeper(self._sentinel, self._problems, show if folder else None, folder, name)

    def _opened(self, show: Path, folder: Path) -> tuple[show_file.Document, list[str]]:
        """Open a show file; one that was good at the crashed run's start may be gone now, and stops nothing."""
        try:
            return show_file.open_show(show, folder)
        except UserError as error:
            if not self.resumed:
                raise
            self.settings = replace(self.settings, show=None)
            return show_file.Document(format=1), [str(error)]

    def _say(self) -> None:
        if self.settings.safe and (left_out := _left_out(self.settings)):
            self._problems.report(f"--safe: {left_out} left out; start without --safe to have it")
        if self._sentinel is None:
            return
        if self._sentinel.was_reset:
            self._problems.report(f"the graphics driver was reset; the show went on at {time.strftime('%H:%M:%S')}")
        if self._sentinel.second:
            self._problems.report("another show runs on this computer: it keeps what is on air, this one does not")
        if self.offers_safe_mode:
            count = self._sentinel.crashes
            self._problems.report(f"the last {count} shows crashed: 'clavilux --safe' starts with defaults only")

    # ------------------------------------------------------------------ the beginning

    def first_look(self, effects: EffectParams) -> Preset:
        """Return the look to begin with. One named on the command line must exist; all else may be missing."""
        settings = self.settings
        if settings.safe:
            look = presets.load(presets.find(FIRST_LOOK))
            look.effects, look.routes = [], [route for route in look.routes if "." not in route.param]
            return look
        named = bool(settings.preset or settings.style)
        if self.state is not None and not named and show_file.begins_with(self.state):
            return self.state.look.model_copy(deep=True)
        if not paths.is_text(settings.style):
            raise UserError(f"--style {settings.style}: its name is no text, so no look can name it; rename the file")
        name = settings.preset or ("" if settings.style else FIRST_LOOK)
        stem = Path(settings.style).stem or "untitled"  # a style "." is no style, but that is told below
        look = presets.load(presets.find(name), effects) if name else Preset(name=stem)
        look.style = settings.style or look.style or presets.load(presets.find(FIRST_LOOK)).style
        return look

    def first_style(self, look: Preset) -> Style:
        """Return the style to begin with: the look's, or a shipped one where that is missing."""
        try:
            return styles.find(look.style)
        except UserError as error:
            if self.settings.style:
                raise
            other = styles.find(presets.load(presets.find(FIRST_LOOK)).style)
            self._problems.report(f"look '{look.name}': {error}; '{other.name}' plays instead")
            return other

    def hearing(self) -> Hearing:
        """Return the hearing of the show; a file of the last run that is gone gives way to the default input."""
        try:
            return Hearing(self.settings.source, self._problems)
        except UserError as error:
            if self.resumed is None:
                raise
            self._problems.report(f"{error}; the default input is heard instead")
            return Hearing(SourceChoice(kind="device"), self._problems)

    def set_up(self, controls: Controls, modulator: Modulator) -> None:
        """Put everything but the look where it was."""
        self._modulator = modulator
        looks, state = controls.looks, self.state
        looks.marks = keeper.load_marks(self._problems)
        controls.farewell.keeps_edits = self._keeper is not None and self._keeper.show is not None
        if state is None:
            return
        looks.before = [look.model_copy(deep=True) for look in state.before]
        looks.held, looks.pool, looks.order = state.held, state.pool, state.order
        looks.queue = list(state.queue)
        if self.resumed or not (self.settings.advance_seconds or self.settings.advance_beats):
            looks.advance_seconds, looks.advance_beats = state.advance_seconds, state.advance_beats
        controls.launch.quantise = state.quantise
        controls.change_time.go_on(state.crossfade, state.crossfade_seconds, state.crossfade_beats)
        controls.flash_mode, controls.saving = state.flash_mode, state.saving
        if state.flash_mode == "off":
            self._problems.report("this show does not limit flashes, which can set off seizures: see the Output panel")
        controls.blackout, controls.frozen = state.blackout, False
        modulator.go_on(state.style_seconds, state.spin_degrees, state.lfo_turns)
        controls.control.positions.go_on(state.positions)
        if self.resumed:
            controls.outlets.master.fader = state.master
            controls.outlets.master.fade_seconds = state.fade_seconds
            if state.picture_px not in (None, controls.picture_px):
                controls.choose_picture(state.picture_px)
            if state.fps:
                controls.choose_fps(state.fps)
            if controls.control.remote is not None:
                controls.control.remote.door = Door(state.remote_pin, state.remote_passes)
            self._go_on_playing(controls, state)

    def begin(self, controls: Controls) -> None:
        """Everything is open and the first frame is next: go on in time, and where the picture was sent to."""
        if self.resumed is None:
            return
        tempo = self.resumed.tempo
        with self._problems.guard("tempo"):
            position = tempo.position_beats + _away_seconds(controls, tempo) * tempo.bpm / 60
            controls.tempo.go_on(tempo.source, tempo.bpm, tempo.locked, tempo.octave, position)
        if controls.outlets.feeds is not None:
            for name in self.resumed.feeds:
                controls.outlets.feeds.toggle(name)

    def _go_on_playing(self, controls: Controls, state: State) -> None:
        playback = controls.playback
        if playback is not None and controls.source_choice == state.source.choice():
            playback.seek(state.source.position_seconds)
            if state.source.paused:
                playback.pause()

    # ------------------------------------------------------------------ while it runs

    def step(self, controls: Controls) -> None:
        """Keep what is to be kept."""
        if self._keeper is not None:
            if not self._begun:
                self._begin()
            self._keeper.step(controls.frame.seconds, lambda: self._state(controls))

    def _begin(self) -> None:
        """A picture was drawn: from now on this show is the one to go on with."""
        self._begun = True
        if self._sentinel is not None and not self._sentinel.second:
            self._sentinel.begin()
            if self.resumed is None:
                keeper.forget()

    def _leave(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        """A start that was refused or interrupted was no show: what was found stays for the next one."""
        refused = isinstance(error, (UserError, OSError, KeyboardInterrupt))
        if refused and self._sentinel is not None and not (self._begun or self._ended):
            self._sentinel.withdraw()

    def save_soon(self) -> None:
        """Bring the show file up to date with the next frame."""
        if self._keeper is not None:
            self._keeper.save_soon()

    def reset(self, controls: Controls) -> None:
        """Keep everything a last time: the graphics driver ended the show, and it will go on at once."""
        if self._keeper is not None and not self._ended:
            self._ended = True
            self._keeper.reset(lambda: self._state(controls))

    def end(self, controls: Controls) -> None:
        """Keep everything a last time: the show ends as it should. Safe to call twice."""
        if self._keeper is not None and not self._ended:
            self._ended = True
            self._keeper.end(lambda: self._state(controls))

    def _state(self, controls: Controls) -> State:
        return state_of(controls, self.settings, self._modulator.turns)


def _left_out(settings: Settings) -> str:
    """Return what safe mode does not heed of what was asked for."""
    asked = {
        "--show": settings.show,
        "--preset": settings.preset,
        "--style": settings.style,
        "--osc": settings.osc_port,
        "--remote": settings.remote_port,
        "--midi": ", ".join(settings.midi),
    }
    return ", ".join(f"{option} {value}" for option, value in asked.items() if value)


def _as_it_was(settings: Settings, last: State) -> Settings:
    """Return the settings of a relaunch: what the performer had chosen meanwhile counts, not how it was started."""
    return replace(
        settings,
        preset="",
        style="",
        source=last.source.choice(),
        show=settings.show or (Path(last.show) if last.show else None),
        fullscreen=last.fullscreen or settings.fullscreen,
        window_px=last.window_px,
        output_display=last.display,
        osc_port=last.osc_port,
        osc_bind=last.osc_bind,
        remote_port=last.remote_port,
        midi=tuple(last.midi),
        delay_seconds=last.tempo.delay_seconds,
    )


def _away_seconds(controls: Controls, tempo: TempoState) -> float:
    """Return for how long the music went on without us: not at all where we play it, as far as is known elsewhere."""
    away = time.time() - tempo.at_unix_seconds
    return away if controls.playback is None and 0 < away < LONGEST_AWAY_SECONDS else 0.0
