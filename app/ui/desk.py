"""The desk: what panels may see and do. The running show implements it; panels import only this.

Panels read anything here, write only into `preset`, and call the verbs. Main thread.
"""

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from app.audio.features import Features
from app.audio.source import Source, SourceChoice
from app.change_time import ChangeTime
from app.clock import Frame
from app.control.hub import Hub
from app.farewell import Farewell
from app.looks import Looks
from app.mixer import Mixer
from app.modulation.values import Values
from app.outlets import Outlets
from app.params import Param
from app.playlists import Playlists
from app.preset import EffectParams, Preset
from app.problems import Problems
from app.render.flash_limiter import FlashMode
from app.render.saving import Saving
from app.search import Search
from app.show.undo import Undo
from app.stats import Stats
from app.tempo.launch import Launch
from app.tempo.tempo import Tempo
from app.training.trainer import Trainer
from app.ui.pictures import Keepsakes, Preview, Thumbnails


class Recording(Protocol):
    """What the Output panel shows of a running recording."""

    path: Any
    seconds: float
    frames_written: int
    duplicated: int
    error: str


@runtime_checkable
class Playback(Protocol):
    """What can be done to a sound that has a beginning and an end."""

    loop: bool

    @property
    def position_seconds(self) -> float:
        """The place that is heard now."""
        ...

    @property
    def duration_seconds(self) -> float:
        """Length of the track."""
        ...

    @property
    def paused(self) -> bool:
        """Held by `pause`."""
        ...

    def play(self) -> None:
        """Go on."""
        ...

    def pause(self) -> None:
        """Hold the place."""
        ...

    def seek(self, seconds: float) -> None:
        """Go on from another place."""
        ...


@runtime_checkable
class Adjustable(Protocol):
    """A source whose loudness can be set while it runs."""

    gain_db: float


class Import(Protocol):
    """Effects that are being brought in from a folder, and the report."""

    rows: Any
    """What became of each file: its name, kind, and trouble ("" when it came in)."""

    @property
    def running(self) -> bool:
        """Whether files are still being looked at."""
        ...

    @property
    def told(self) -> str:
        """The report in one line."""
        ...

    def begin(self, path: Path) -> None:
        """Bring in a file, or every .fs file below a folder; `UserError` when there is nothing of the kind."""
        ...


class Desk(Protocol):
    """The show, seen from a panel."""

    preset: Preset
    features: Features
    """What is heard; the one beat is in `tempo`."""
    values: Values
    frame: Frame
    looks: Looks
    tempo: Tempo
    launch: Launch
    """The change of look that waits for the beat."""
    change_time: ChangeTime
    """How long the next change of look takes."""
    farewell: Farewell
    """Asks before a show ends that is watched, or would lose something."""
    mixer: Mixer
    """The two decks, and chance."""
    stats: Stats
    problems: Problems
    source: Source
    source_choice: SourceChoice
    backend_name: str
    """What draws: "cpu", "glsl", …."""
    backend_report: str
    """How it was chosen: measured figures in one line."""
    picture_px: tuple[int, int]
    """Size of the finished picture (outputs, recordings)."""
    scale: float
    """Side of the network's picture relative to the finished one, 0..1."""
    frozen: bool
    blackout: bool
    outlets: Outlets
    """Where the picture goes, and with how much light."""
    control: Hub
    """Bindings of knobs and pads, OSC, MIDI."""
    flash_mode: FlashMode
    """How strictly flashes are limited."""
    saving: Saving
    """How the network is evaluated for fewer pixels."""
    undo: Undo
    """Edits of the look on air, bindings and marks, to be taken back."""
    playlists: Playlists

    @property
    def search(self) -> Search | None:
        """Finds looks and styles by meaning, or None where nobody does."""
        ...

    @property
    def keepsakes(self) -> Keepsakes | None:
        """Pictures of the looks that were on air, or None where nobody keeps them."""
        ...

    @property
    def speed(self) -> str:
        """The network's arithmetic a second beside the machine's best, in one line."""
        ...

    @property
    def pixels(self) -> str:
        """For how many pixels the network is evaluated, and where the others come from, in one line."""
        ...

    @property
    def flash_acting(self) -> float:
        """How much the flash limiter holds back now, 0..1."""
        ...

    @property
    def playback(self) -> Playback | None:
        """The source's play head when it is a file or the demo track, else None."""
        ...

    @property
    def thumbnails(self) -> Thumbnails | None:
        """Pictures of styles and presets, or None when nobody draws them."""
        ...

    @property
    def trainer(self) -> Trainer | None:
        """The queue of training jobs, or None where nothing is trained."""
        ...

    @property
    def preview(self) -> Preview | None:
        """Draws networks in training, or None when nobody does."""
        ...

    @property
    def renderer(self) -> str:
        """OpenGL renderer string."""
        ...

    @property
    def backend_detail(self) -> str:
        """Precision, tiles, threads of the backend on air."""
        ...

    @property
    def recording(self) -> Recording | None:
        """The running recording, or None."""
        ...

    @property
    def style_on_air(self) -> str:
        """Name of the style that is drawn (or faded to)."""
        ...

    @property
    def fade(self) -> float:
        """Progress of a running crossfade, 1 when none."""
        ...

    @property
    def style_names(self) -> list[str]:
        """All styles of the library."""
        ...

    @property
    def style_moods(self) -> dict[str, str]:
        """Style → mood, the first tag of its header ("" for none), of all styles of the library."""
        ...

    @property
    def effects(self) -> EffectParams:
        """All effects of the library with their parameters."""
        ...

    @property
    def transitions(self) -> list[str]:
        """Names of the effects that lead from one picture to another."""
        ...

    @property
    def importer(self) -> Import | None:
        """Brings in effects from a folder, or None where nobody does."""
        ...

    @property
    def targets(self) -> dict[str, Param]:
        """Every parameter a route may lead to now."""
        ...

    @property
    def fps(self) -> float:
        """Target frame rate."""
        ...

    def effect_images(self, effect: str) -> tuple[str, ...]:
        """Return the names of the pictures an effect asks for, besides the one it changes."""
        ...

    def choose_source(self, choice: SourceChoice) -> None:
        """Listen to something else; the old source goes on if the new one fails."""
        ...

    def choose_gain(self, gain_db: float) -> None:
        """Make the device louder or softer, at once."""
        ...

    def choose_style(self, name: str) -> None:
        """Crossfade to a style, the rest of the look unchanged."""
        ...

    def choose_look(self, name: str, *, cut: bool = False) -> None:
        """Put a preset on air; at once with `cut`, else as long as changes take."""
        ...

    def step_look(self, count: int, *, cut: bool = False) -> None:
        """Next (1) or previous (-1) preset."""
        ...

    def random_look(self, *, cut: bool = False) -> None:
        """Any other preset."""
        ...

    def look_before(self) -> None:
        """The preset before, as it was left."""
        ...

    def look_again(self, look: Preset) -> None:
        """One of the looks before, as it was left."""
        ...

    def save_look(self, name: str) -> None:
        """Save the preset on air under a name in the user's folder."""
        ...

    def mark(self, look: str, **changes: Any) -> None:
        """Change stars, favourite, ticked or tags of a look."""
        ...

    def toggle_record(self) -> None:
        """Start or finish a recording."""
        ...

    def choose_picture(self, size_px: tuple[int, int]) -> None:
        """Change the size of the finished picture."""
        ...

    def choose_fps(self, fps: float) -> None:
        """Change the target frame rate."""
        ...

    def toggle_fullscreen(self) -> None:
        """Cover the monitor or go back."""
        ...
