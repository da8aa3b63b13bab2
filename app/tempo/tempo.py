"""Tempo: joins the beat that is heard, tapped, or sent by MIDI clock or Ableton Link into one `Beat`.

Main thread, once a frame, after hearing. Features stay what is heard; what the performer says lies on top of them
(`step` returns them with the one beat in place of the heard one), and is never read back by the analysis.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

from app.audio.features import Features
from app.clock import Frame
from app.tempo.beat import Beat
from app.tempo.link import LinkSession
from app.tempo.midi_clock import MidiClock
from app.tempo.taps import FASTEST_BPM, SLOWEST_BPM, Taps

TempoSource = Literal["heard", "tap", "midi", "link"]
TEMPO_SOURCES: tuple[TempoSource, ...] = get_args(TempoSource)
RESTING_BPM = 120.0
"""How fast the position runs before any tempo is known."""
STEERING = 0.25
"""Share of its speed by which the beat hurries or waits to come back into step: it never jumps by itself."""
SAME_TEMPO = 0.04
"""A locked tempo takes correction from a heard one that differs by no more, octaves aside."""
NEAR_BEAT = 0.2
"""Setting the one so near to a heard beat means that beat."""
NUDGE = 1 / 32
LONGEST_DELAY_MS = 500
MOST_BPM = 2 * FASTEST_BPM
"""What doubling may lead to."""


@dataclass(frozen=True, slots=True)
class _Guide:
    """What the position follows: beats so far, tempo; `counts` when its number says which beat of the bar it is."""

    position: float
    bpm: float
    counts: bool


class Tempo:
    """Musical time, and all that can be done to it. `beat` is the newest."""

    def __init__(self) -> None:
        self.beat = Beat()
        self.source: TempoSource = "heard"
        self.clock = MidiClock()
        self.link: LinkSession | None = None
        self.delay_seconds = 0.0
        """How much later than what is heard the picture is to be: speakers that are far, or wireless."""
        self.following = False
        """Whether the source is there; without it the beat runs on as it was."""
        self._taps = Taps()
        self._bpm = self._locked_bpm = 0.0
        self._octave = 1.0
        self._factor = 1.0
        self._position = self._guide = self._lead = self._nudged = 0.0
        self._ahead = self._step = 0.0

    # ------------------------------------------------------------------ the frame

    def step(self, heard: Features, frame: Frame) -> Features:
        """Move on by one frame; return what is heard with the one beat in it."""
        guide = self._read(heard, frame)
        self.following = guide is not None or self.source == "tap"
        first = not self._bpm
        if guide is not None:
            self._bpm = guide.bpm
        self._step = frame.dt_seconds * (self._bpm or RESTING_BPM) / 60
        if guide is not None and first:
            self._guide = guide.position
            self._position = self._ahead = guide.position + self._lead
        else:
            self._run(guide)
        ahead = max(self._position + self._step / 2, self._ahead)
        sure = self._sure(heard, guide is not None)
        self.beat = Beat(self._position, self._bpm, sure, self._ahead, ahead)
        self._ahead = ahead
        return self._with_beat(heard)

    def _run(self, guide: _Guide | None) -> None:
        """Follow the guide, or run on; come back into step smoothly, whole beats (of a guide that counts) at once."""
        moved = self._step if guide is None else guide.position - self._guide
        self._guide = self._guide + moved
        if not 0 <= moved <= 3 * self._step + 0.05:
            moved = self._step
        error = self._guide + self._lead - self._position - moved
        if guide is not None and guide.counts and round(error):
            self._position += round(error)
            self._ahead = min(self._ahead, self._position)
        error -= round(error)
        reach = STEERING * self._step
        self._position += max(moved + min(max(error, -reach), reach), 0.0)

    def _read(self, heard: Features, frame: Frame) -> _Guide | None:
        if self.source == "heard":
            return self._heard(heard)
        read = None
        if self.source == "midi":
            read = self.clock.read(frame.seconds, frame.dt_seconds)
        elif self.source == "link" and self.link is not None:
            read = self.link.read()
        if read is None:
            return None
        position, bpm = read
        late = self.delay_seconds * bpm / 60
        return _Guide((position - late) * self._octave, bpm * self._octave, True)

    def _heard(self, heard: Features) -> _Guide | None:
        """Return the heard beat; None in silence, and where a locked tempo says otherwise."""
        factor = self._heard_factor(heard.tempo_bpm) if heard.gate_open and heard.tempo_bpm else 0.0
        if not factor:
            return None
        position = (heard.beats + heard.beat) * factor
        if factor != self._factor:  # which of the heard beats are beats (or that there are more) is as near as can be
            grid = min(factor, 1.0)
            self._lead = self._nudged + grid * round((self._position - self._nudged - position) / grid)
            self._factor = factor
        return _Guide(position, self._locked_bpm or heard.tempo_bpm * factor, False)

    def _heard_factor(self, bpm: float) -> float:
        if not self._locked_bpm:
            return self._octave
        factors = (self._octave, 2 * self._octave, self._octave / 2)
        return next((f for f in factors if abs(bpm * f / self._locked_bpm - 1) <= SAME_TEMPO), 0.0)

    def _sure(self, heard: Features, guided: bool) -> float:
        if self.source == "heard":
            return 1.0 if self._locked_bpm and heard.gate_open else heard.tempo_confidence
        return float(guided or self.source == "tap")

    def _with_beat(self, heard: Features) -> Features:
        beat = self.beat
        if not beat.known:
            return heard
        return replace(
            heard,
            beat=beat.phase,
            beats=math.floor(beat.position),
            beat_seconds=heard.seconds - beat.phase * 60 / beat.bpm,
            tempo_bpm=beat.bpm,
            tempo_confidence=beat.sure,
        )

    # ------------------------------------------------------------------ what can be done

    @property
    def bpm(self) -> float:
        """The tempo, 0 while none is known."""
        return self._bpm

    def set_bpm(self, bpm: float) -> None:
        """Run at this tempo from here on, whatever is heard."""
        self.choose("tap")
        self._bpm = min(max(bpm, SLOWEST_BPM), FASTEST_BPM)
        self._locked_bpm = self._bpm if self._locked_bpm else 0.0

    def tap(self, seconds: float) -> None:
        """Take a tap at a frame's time: from the second on it sets the tempo, and each is a beat."""
        bpm = self._taps.tap(seconds)
        if bpm:
            self.set_bpm(bpm)
            self._shift(round(self._position) - self._step / 2 - self._position)

    def scale(self, factor: float) -> None:
        """Double (2) or halve (0.5) the tempo; ones stay ones."""
        if not SLOWEST_BPM / 2 <= self._bpm * factor <= MOST_BPM:
            return
        for name in ("_bpm", "_locked_bpm", "_position", "_guide", "_lead", "_nudged", "_ahead"):
            setattr(self, name, getattr(self, name) * factor)
        if self.source != "tap":
            self._octave *= factor
            self._factor *= factor

    def nudge(self, beats: float) -> None:
        """Bring the beat forward (or, negative, back) by a part of a beat, smoothly."""
        self._lead += beats
        self._nudged += beats

    def resync(self) -> None:
        """This is the one. Near a heard beat that beat is; else the beat is where the performer says."""
        away = self._position - round(self._position)
        if self.source == "heard" and self.following and abs(away) < NEAR_BEAT:
            self._shift(-round(self._position))
        else:
            shift = -self._position - self._step / 2
            self._nudged += shift - round(shift)
            self._shift(shift)
        self._ahead = min(self._position, -1e-6)  # so that what waits for a bar takes this for one

    def _shift(self, beats: float) -> None:
        self._position += beats
        self._lead += beats

    def choose(self, source: TempoSource) -> None:
        """Follow something else; `UserError` when it is not to be had. The beat slides over, it does not jump."""
        if source == self.source:
            return
        if source == "link":
            self.link = LinkSession(self._bpm or RESTING_BPM)
        elif self.link is not None:
            self.close()
        self.source = source
        self._guide = self._position
        self._lead = self._nudged = 0.0
        self._octave = self._factor = 1.0

    @property
    def octave(self) -> float:
        """How many of our beats are one of the source's: 2 when its tempo was doubled."""
        return self._octave

    def go_on(self, source: TempoSource, bpm: float, locked: bool, octave: float, position: float) -> None:
        """Begin where another run ended, at its tempo until the source is there; `UserError` when it never will be."""
        self._bpm = bpm
        self.locked = locked
        self._position = self._ahead = position
        self.choose(source)
        self._octave, self._factor = octave, 0.0  # which heard beat is ours: the nearest, as when it was doubled

    @property
    def locked(self) -> bool:
        """Whether the tempo is held: what is heard may correct it by a few per cent, and its phase, no more."""
        return self._locked_bpm > 0

    @locked.setter
    def locked(self, on: bool) -> None:
        self._locked_bpm = self._bpm if on else 0.0

    def close(self) -> None:
        """Leave the Link session, if any."""
        if self.link is not None:
            self.link.close()
            self.link = None
