"""The state: what is on air and how the show is set, as it is kept for a relaunch and in a show file. Pure data."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from app.audio.source import SourceChoice
from app.change_time import Unit
from app.control.origin import LONGEST
from app.control.remote.door import MOST_PASSES
from app.master import SLOWEST_FADE_SECONDS
from app.preset import Preset
from app.settings import FASTEST_FPS
from app.show.checked import Strict
from app.show.marks import LookName
from app.tempo.launch import QUANTA
from app.tempo.tempo import LONGEST_DELAY_MS, MOST_BPM, TempoSource

Order = Literal["list", "bag"]
Side = Annotated[int, Field(ge=16, le=8192)]
KEPT_BEFORE = 12
MOST_QUEUED = 256


class SourceState(Strict):
    """What is listened to; `position_seconds` is the place in a file."""

    kind: Literal["demo", "device", "file"] = "demo"
    file: str = Field("", max_length=4096)
    device: str = Field("", max_length=256)
    """"" = the system's default input."""
    whole: bool = False
    loop: bool = False
    channels: list[Annotated[int, Field(ge=0, le=255)]] = Field(default_factory=list, max_length=64)
    gain_db: float = Field(0.0, ge=-60, le=60)
    position_seconds: float = Field(0.0, ge=0)
    paused: bool = False

    def choice(self) -> SourceChoice:
        """Return it as it is opened."""
        file = Path(self.file) if self.file else None
        return SourceChoice(
            self.kind,
            file,
            self.device,
            loop=self.loop,
            channels=tuple(self.channels),
            gain_db=self.gain_db,
            whole=self.whole,
        )


class TempoState(Strict):
    """The beat: what it follows, and how fast it runs (0 = not known yet)."""

    source: TempoSource = "heard"
    bpm: float = Field(0.0, ge=0, le=MOST_BPM)
    locked: bool = False
    delay_seconds: float = Field(0.0, ge=0, le=LONGEST_DELAY_MS / 1000)
    octave: float = Field(1.0, gt=0, le=64)
    position_beats: float = Field(0.0, ge=-1e9, le=1e9)
    at_unix_seconds: float = Field(0.0, ge=0)
    """When the beat was there: by the clock on the wall, which goes on while no program runs."""


class State(Strict):
    """A show at one moment."""

    look: Preset = Field(default_factory=lambda: Preset.model_validate({}))
    before: list[Preset] = Field(default_factory=list, max_length=KEPT_BEFORE)
    held: bool = False
    blackout: bool = False
    frozen: bool = False
    flash_mode: Literal["off", "standard", "wall"] = "standard"
    saving: Literal["off", "rows", "half", "refine"] = "off"
    advance_seconds: float = Field(0.0, ge=0, le=86_400)
    advance_beats: float = Field(0.0, ge=0, le=4096)
    quantise: str = Field("now", pattern=f"^({'|'.join(QUANTA)})$")
    crossfade: Unit = "own"
    """What rules how long a change takes: each look, or the seconds or beats of the show."""
    crossfade_seconds: float = Field(2.0, ge=0, le=60)
    crossfade_beats: float = Field(4.0, gt=0, le=64)
    tempo: TempoState = Field(default_factory=lambda: TempoState.model_validate({}))
    order: Order = "list"
    pool: str = Field("all", max_length=100)
    queue: list[LookName] = Field(default_factory=list, max_length=MOST_QUEUED)
    source: SourceState = Field(default_factory=lambda: SourceState.model_validate({}))
    display: str = Field("", max_length=256)
    """Name of the display that the clean output belongs to, "" = none."""
    fullscreen: bool = False
    window_px: tuple[Side, Side] = (1280, 720)
    picture_px: tuple[Side, Side] | None = None
    fps: float = Field(0.0, ge=0, le=FASTEST_FPS)
    recording: str = Field("", max_length=4096)
    """The file that was being recorded, "" = none."""
    master: float = Field(1.0, ge=0, le=1)
    fade_seconds: float = Field(0.0, ge=0, le=SLOWEST_FADE_SECONDS)
    feeds: list[Annotated[str, Field(max_length=64)]] = Field(default_factory=list, max_length=16)
    osc_port: int = Field(0, ge=0, le=65535)
    osc_bind: str = Field("127.0.0.1", max_length=64)
    remote_port: int = Field(0, ge=0, le=65535)
    remote_pin: str = Field("", pattern=r"^([0-9]{6})?$")
    remote_passes: list[Annotated[str, Field(max_length=64)]] = Field(default_factory=list, max_length=MOST_PASSES)
    """What lets the phones in that were connected. No show file holds it."""
    midi: list[Annotated[str, Field(max_length=200)]] = Field(default_factory=list, max_length=32)
    show: str = Field("", max_length=4096)
    positions: dict[Annotated[str, Field(max_length=LONGEST)], Annotated[float, Field(ge=0, le=1)]] = Field(
        default_factory=dict, max_length=64
    )
    """Where the controls stood that routes of the look begin at."""
    style_seconds: float = 0.0
    spin_degrees: float = 0.0
    lfo_turns: list[float] = Field(default_factory=list, max_length=64)
    """Periods so far of each route's LFO, where it swings at a frequency of its own."""

    def at_rest(self) -> "State":
        """Return what of it a show begins with elsewhere: nothing that only belonged to that moment or machine."""
        gone = {"before", "held", "blackout", "frozen", "master", "fade_seconds", "tempo", "style_seconds",
                "spin_degrees", "lfo_turns", "source", "fullscreen", "window_px", "picture_px", "fps", "feeds",
                "osc_port", "osc_bind", "remote_port", "remote_pin", "remote_passes", "midi", "show", "positions",
                "recording"}  # fmt: skip
        return State.model_validate(self.model_dump(exclude=gone))
