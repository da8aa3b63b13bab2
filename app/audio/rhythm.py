"""The beat heard in a stream of onsets: tempo, confidence, and a phase that only runs forward.

Main thread, once a hop; strictly causal, time is counted in hops. The bar pointer proposes, a vote of the kick drum
settles which half of the beat is the beat, and a phase-locked loop turns that into a steady phase.
"""

import math

from app.audio.level import Peak
from app.audio.spectrum import share
from app.audio.tempo import BarPointer
from app.audio.votes import Confidence, HalfTimeVote, KickVote


class OnsetDrive:
    """Flux as the bar pointer wants it: (flux - its 0.8 s mean)+ against the strongest of the last 6 s, 0..1.

    The strongest counts as at least 0.04, about twice the ripple of steady noise.
    """

    def __init__(self, dt_seconds: float) -> None:
        self._move = share(dt_seconds, 0.8)
        self._mean = 0.0
        self._peak = Peak(dt_seconds, 6.0)

    def step(self, flux: float) -> float:
        """Take one hop's flux and return the drive."""
        self._mean += self._move * (flux - self._mean)
        above = max(flux - self._mean, 0.0)
        return above / max(self._peak.step(above), 0.04)


class SteadyPhase:
    """A phase-locked loop: follows a jumpy phase without ever running backwards.

    Small errors (< 0.1 beat) change the speed by at most 8 %; large ones are caught up with by running half as fast
    again, or half as fast, whichever way is shorter.
    """

    def __init__(self, dt_seconds: float) -> None:
        self._dt = dt_seconds
        self._hz = 0.0
        self._resting = True
        self.phase = 0.0
        self.beats = 0
        self.beat_seconds = 0.0

    def follow(self, target: float, hz: float, now_seconds: float) -> None:
        """Run one hop at `hz` beats a second, bent towards `target` (0..1)."""
        if self._resting:
            self._resting, self.phase = False, target
        error = (target - self.phase + 0.5) % 1.0 - 0.5
        self._hz = hz
        self._run(hz * (1 + (min(max(0.8 * error, -0.08), 0.08) if abs(error) < 0.1 else math.copysign(0.5, error))))
        if self.phase >= 1.0:
            self._beat(now_seconds)

    def coast(self, now_seconds: float) -> None:
        """Run one hop as before: nothing is heard, but the music may come back."""
        if not self._resting:
            self._run(self._hz)
            if self.phase >= 1.0:
                self._beat(now_seconds)

    def rest(self) -> None:
        """Finish the beat under way, then stand at 0."""
        if not self._resting:
            self._run(self._hz)
            if self.phase >= 1.0:
                self.phase, self._resting = 0.0, True

    def _run(self, hz: float) -> None:
        self._speed = hz
        self.phase += hz * self._dt

    def _beat(self, now_seconds: float) -> None:
        self.phase -= 1.0
        self.beats += 1
        self.beat_seconds = now_seconds - self.phase / self._speed


class Rhythm:
    """Tempo in BPM, confidence 0..1, phase 0..1 of the beat, count of beats and the time of the last one.

    When the gate closes it coasts for 1 s, then rests: phase 0, no beats. With sound but no clear beat the phase
    runs on at the likeliest tempo, and `confidence` says how little to trust it.
    """

    LATENCY_SECONDS = 0.008
    """From a sound to the hop in which the flux of its attack is largest, less half that attack."""
    NEAR_TEMPO = 0.04
    COAST_SECONDS = 1.0

    def __init__(self, dt_seconds: float) -> None:
        self._dt = dt_seconds
        self._drive = OnsetDrive(dt_seconds)
        self._pointer = BarPointer(dt_seconds)
        self._kicks = KickVote(dt_seconds)
        self._halves = HalfTimeVote(dt_seconds)
        self._confidence = Confidence(dt_seconds)
        self._steady = SteadyPhase(dt_seconds)
        self._silent_seconds = math.inf
        self._tempo_move = share(dt_seconds, 0.5)
        self.tempo_bpm = 0.0

    @property
    def confidence(self) -> float:
        """How sure the tempo is, 0..1."""
        return self._confidence.value

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
        drive = self._drive.step(flux) if heard else 0.0
        self._pointer.step(drive)
        row, place = self._pointer.best()
        period, belief_near = self._pointer.near(row, self.NEAR_TEMPO)
        hz = 1 / (period * self._dt)
        phase = (place / float(self._pointer.periods[row]) + self.LATENCY_SECONDS * hz) % 1.0
        self._confidence.step(belief_near, phase, drive, heard)
        phase = (phase + self._kicks.step(phase, kick if heard else 0.0)) % 1.0
        phase, hz = self._halves.step(phase, hz, drive)
        self._move_on(phase, hz, heard, now_seconds)

    def _move_on(self, phase: float, hz: float, heard: bool, now_seconds: float) -> None:
        self._silent_seconds = 0.0 if heard else self._silent_seconds + self._dt
        if heard:
            self._steady.follow(phase, hz, now_seconds)
            self._show_tempo(60 * hz)
        elif self._silent_seconds < self.COAST_SECONDS:
            self._steady.coast(now_seconds)
        else:
            self._steady.rest()

    def _show_tempo(self, bpm: float) -> None:
        """Average the tempo over 0.5 s, but jump where the music does."""
        jump = abs(bpm - self.tempo_bpm) > 0.08 * bpm
        self.tempo_bpm = bpm if jump else self.tempo_bpm + self._tempo_move * (bpm - self.tempo_bpm)
