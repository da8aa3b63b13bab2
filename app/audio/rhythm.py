"""The beat heard in a stream of onsets: tempo, confidence, and a phase that only runs forward.

Main thread, once a hop; strictly causal, time is counted in hops. The bar pointer proposes, a vote of the kick drum
settles which half of the beat is the beat, and a phase-locked loop turns that into a steady phase.
"""

import math

from app.audio.level import Peak
from app.audio.spectrum import share
from app.audio.tempo import BarPointer


class OnsetDrive:
    """Flux as the bar pointer wants it: (flux - its 0.8 s mean)+ against the strongest of the last 6 s, 0..1."""

    def __init__(self, dt_seconds: float) -> None:
        self._move = share(dt_seconds, 0.8)
        self._mean = 0.0
        self._peak = Peak(dt_seconds, 6.0)

    def step(self, flux: float) -> float:
        """Take one hop's flux and return the drive."""
        self._mean += self._move * (flux - self._mean)
        above = max(flux - self._mean, 0.0)
        return above / max(self._peak.step(above), 1e-3)


class KickVote:
    """Is the beat where the kick drum is? Sums over 6 s of kick flux near phase 0 and near phase 0.5.

    When the off-beat has 1.5 x more for 3 s the beat is moved by half.
    """

    REACH, RATIO, PATIENCE_SECONDS = 0.14, 1.5, 3.0

    def __init__(self, dt_seconds: float) -> None:
        self._dt = dt_seconds
        self._keep = math.exp(-dt_seconds / 6.0)
        self._on = self._off = self._wrong_seconds = 0.0
        self.shift = 0.0

    def step(self, phase: float, kick: float) -> float:
        """Take the unshifted phase and the kick flux; return the shift to add: 0 or 0.5."""
        place = (phase + self.shift) % 1.0
        self._on = self._on * self._keep + (kick if min(place, 1 - place) < self.REACH else 0.0)
        self._off = self._off * self._keep + (kick if abs(place - 0.5) < self.REACH else 0.0)
        self._wrong_seconds = self._wrong_seconds + self._dt if self._off > self.RATIO * self._on else 0.0
        if self._wrong_seconds > self.PATIENCE_SECONDS:
            self.shift = 0.5 - self.shift
            self._on, self._off, self._wrong_seconds = self._off, self._on, 0.0
        return self.shift


class SteadyPhase:
    """A phase-locked loop: follows a jumpy phase without ever running backwards.

    Small errors (< 0.1 beat) change the speed by at most 8 %; large ones are caught up with by running up to twice as
    fast or half as fast, whichever way is shorter.
    """

    def __init__(self, dt_seconds: float) -> None:
        self._dt = dt_seconds
        self.phase = 0.0
        self.beats = 0
        self.beat_seconds = 0.0

    def step(self, target: float, hz: float, now_seconds: float) -> None:
        """Run one hop at `hz` beats a second, bent towards `target` (0..1)."""
        error = (target - self.phase + 0.5) % 1.0 - 0.5
        bend = min(max(0.8 * error, -0.08), 0.08) if abs(error) < 0.1 else math.copysign(0.5, error)
        self.phase += hz * (1 + bend) * self._dt
        if self.phase >= 1.0:
            self.phase -= 1.0
            self.beats += 1
            self.beat_seconds = now_seconds - self.phase / (hz * (1 + bend))


class Rhythm:
    """Tempo in BPM, confidence 0..1, phase 0..1 of the beat, count of beats and the time of the last one."""

    LATENCY_SECONDS = 0.02
    NEAR_TEMPO = 0.04

    def __init__(self, dt_seconds: float) -> None:
        self._dt = dt_seconds
        self._drive = OnsetDrive(dt_seconds)
        self._pointer = BarPointer(dt_seconds)
        self._vote = KickVote(dt_seconds)
        self._steady = SteadyPhase(dt_seconds)
        self._unsure = math.exp(-dt_seconds / 0.5)
        self.tempo_bpm = 0.0
        self.confidence = 0.0

    @property
    def phase(self) -> float:
        """Place in the beat, 0..1."""
        return self._steady.phase

    @property
    def beats(self) -> int:
        """Beats so far."""
        return self._steady.beats

    @property
    def beat_seconds(self) -> float:
        """When the last beat was, in seconds since the start of the stream."""
        return self._steady.beat_seconds

    def step(self, flux: float, kick: float, heard: bool, now_seconds: float) -> None:
        """Take one hop's onset flux and kick flux."""
        drive = self._drive.step(flux)
        self._pointer.step(drive)
        row, place = self._pointer.best()
        period = float(self._pointer.periods[row])
        hz = 1 / (period * self._dt)
        phase = (place / period + self.LATENCY_SECONDS * hz) % 1.0
        phase = (phase + self._vote.step(phase, kick)) % 1.0
        self.tempo_bpm = 60 * hz
        self.raw = phase
        self._steady.step(phase, hz, now_seconds)
