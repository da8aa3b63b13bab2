"""How long a change of look takes: as each look says, or as the performer says for all of them. Pure; main thread."""

from typing import Literal, get_args

from app.preset import Preset
from app.tempo.beat import BAR

Unit = Literal["own", "seconds", "bars"]
UNITS: tuple[Unit, ...] = get_args(Unit)
LONGEST_SECONDS, MOST_BARS = 20.0, 16.0


class ChangeTime:
    """`unit` says what rules the next change: the look's own time, or the show's `seconds` or `beats`; 0 s is a cut."""

    def __init__(self) -> None:
        self.unit: Unit = "own"
        self.seconds = 2.0
        self.beats = float(BAR)

    def take(self, look: Preset, bpm: float) -> float:
        """Return the seconds a change to `look` takes at a tempo; 0 BPM = none is known, bars are `seconds` then."""
        if self.unit == "own":
            return look.fade_seconds(bpm)
        return self.beats * 60 / bpm if self.unit == "bars" and bpm else self.seconds

    def choose_seconds(self, seconds: float) -> None:
        """Let every change take so many seconds."""
        self.unit, self.seconds = "seconds", seconds

    def choose_bars(self, bars: float) -> None:
        """Let every change take so many bars, in whole beats."""
        self.unit, self.beats = "bars", float(max(round(bars * BAR), 1))

    def next_unit(self) -> None:
        """Own, seconds, bars, own, …."""
        self.unit = UNITS[(UNITS.index(self.unit) + 1) % len(UNITS)]
