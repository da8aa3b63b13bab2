"""Sources: everything a route may begin at, declared once. YAML, checks, menus and the modulator follow from here.

Pure, main thread. Four kinds have fixed names (`GROUPS`); a look's own bands are "band:<name>", controls of the outside
world are named as in bindings (`control.origin`).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from operator import attrgetter

from app.audio.features import FEATURES, Features
from app.control import origin
from app.modulation.lfo import SHAPES
from app.params import MACROS
from app.problems import nearest
from app.tempo.beat import BAR, Beat

BAND = "band:"
SILENT_DBFS = -60.0


@dataclass(frozen=True, slots=True)
class Now:
    """What sources are read from in one frame. `positions`: where controls stand, 0..1 by name."""

    features: Features
    beat: Beat
    positions: Mapping[str, float] = field(default_factory=dict)


def _envelope(now: Now) -> float:
    return min(max(1 - now.features.level_dbfs / SILENT_DBFS, 0.0), 1.0)


def _bar(now: Now) -> float:
    return now.beat.position / BAR % 1.0 if now.beat.known else 0.0


def _feature(name: str) -> Callable[[Now], float]:
    get: Callable[[Now], float] = attrgetter(f"features.{name}")
    return get


READERS: dict[str, Callable[[Now], float]] = {
    **{name: _feature(name) for name in FEATURES},
    "envelope": _envelope,
    "bar": _bar,
}
"""The nine features; the plain level of the sound, -60..0 dBFS, without automatic gain; the place in the bar."""

GROUPS: dict[str, tuple[str, ...]] = {
    "Sound": tuple(name for name in READERS if name not in ("beat", "bar")),
    "Time": ("beat", "bar"),
    "LFO": tuple(SHAPES),
    "Macro": MACROS,
}
"""The sources that every look has, as a person looks for them."""
NAMED = tuple(name for names in GROUPS.values() for name in names)


HELP: dict[str, str] = {
    "loudness": "how loud the music is, with automatic gain",
    "bass": "20 to 250 Hz", "mid": "250 to 2500 Hz", "treble": "2.5 to 16 kHz",
    "onset": "a new sound begins",
    "centroid": "how bright the sound is",
    "chroma1": "pitch, first part: rests at 0.5", "chroma2": "pitch, second part: rests at 0.5",
    "envelope": "plain level of the sound from -60 dB up, no automatic gain",
    "beat": "rises from 0 at the beat to 1 at the next", "bar": "rises from 0 at the one to 1 at the next",
}  # fmt: skip
"""What those whose name does not say it are."""


def band(name: str) -> str:
    """Return the source of one of the look's own bands."""
    return f"{BAND}{name}"


def outside(source: str, now: Now) -> float:
    """Return what a source brings that is neither an LFO nor a macro, 0..1; 0 where there is no such thing now."""
    if source in READERS:
        return READERS[source](now)
    if source.startswith(BAND):
        return now.features.bands.get(source[len(BAND) :], 0.0)
    return now.positions.get(source, 0.0)


def wrong(source: str, bands: Collection[str]) -> str:
    """Return what is wrong with a source in a look with these bands; "" when nothing is."""
    if origin.is_own(source):
        return f"'{source}' does something by itself; choose an address outside {origin.ROOT}"
    if origin.is_control(source):
        return "" if origin.is_proper(source) else f"'{source}' is not {origin.SHAPE}"
    known = (*NAMED, *(band(name) for name in bands))
    return "" if source in known else f"unknown source '{source}'{nearest(source, known)}"
