"""What weighs the bar pointer's proposal: which half of the beat, how many beats, and how sure.

Main thread, once a hop. All sums leak, so that an old verdict can be overturned by what is heard now.
"""

import math

from app.audio.spectrum import share


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


class HalfTimeVote:
    """Is the pointer counting twice too fast? Sums over 8 s of the drive on even beats, odd beats and between beats.

    When, at 138 BPM or more, every second beat has less than half the other's and there is next to nothing between
    the beats for 2 s, the odd beats are off-beats: the tempo is halved. It is taken back when the odd beats come
    within 0.7 of the others for 2 s, or at once when the pointer slows down.
    """

    REACH, FASTEST_BPM = 0.14, 138.0
    WEAK, STRONG, EMPTY, PATIENCE_SECONDS = 0.45, 0.7, 0.3, 2.0

    def __init__(self, dt_seconds: float) -> None:
        self._dt = dt_seconds
        self._keep = math.exp(-dt_seconds / 8.0)
        self._sums = [0.0, 0.0, 0.0]
        self._position = 0.0
        self._seconds = 0.0
        self._halved = False

    def step(self, phase: float, hz: float, drive: float) -> tuple[float, float]:
        """Take the pointer's phase, speed and drive; return the phase and speed to follow."""
        self._position = (self._position + (phase - self._position + 0.5) % 1.0 - 0.5) % 2.0
        nearest = round(self._position)
        self._sums = [total * self._keep for total in self._sums]
        distance = abs(self._position - nearest)
        if distance < self.REACH:
            self._sums[nearest % 2] += drive
        elif distance > 0.5 - self.REACH:
            self._sums[2] += drive
        self._decide(hz)
        if not self._halved:
            return phase, hz
        strong = int(self._sums[1] > self._sums[0])
        return (self._position - strong) % 2.0 / 2, hz / 2

    def _decide(self, hz: float) -> None:
        if 60 * hz < self.FASTEST_BPM - (8 if self._halved else 0):
            self._halved, self._seconds = False, 0.0
            return
        weak, strong = sorted(self._sums[:2])
        if self._halved:
            against = weak > self.STRONG * strong
        else:
            against = weak < self.WEAK * strong and self._sums[2] < self.EMPTY * (weak + strong)
        self._seconds = self._seconds + self._dt if against else 0.0
        if self._seconds > self.PATIENCE_SECONDS:
            self._halved, self._seconds = not self._halved, 0.0


class Confidence:
    """0..1: how sure the tempo is. The product of two doubts, over 0.5 s, and 0 within 2 s of silence.

    The part of the belief within 4 % of the best tempo (0.55 = none .. 0.95 = sure), and the part of the last 4 s of
    drive that fell within a tenth of a beat (chance is 0.2; 0.28 = none .. 0.38 = sure).
    """

    REACH = 0.1

    def __init__(self, dt_seconds: float) -> None:
        self._keep = math.exp(-dt_seconds / 4.0)
        self._move, self._sink = share(dt_seconds, 0.5), share(dt_seconds, 0.2)
        self._on = self._all = 0.0
        self.value = 0.0

    def step(self, belief_near: float, phase: float, drive: float, heard: bool) -> None:
        """Take one hop: the belief near the best tempo, the pointer's phase and the drive."""
        self._all = self._all * self._keep + drive
        self._on = self._on * self._keep + (drive if min(phase, 1 - phase) < self.REACH else 0.0)
        clear = (self._on / self._all - 0.28) / 0.1 if self._all > 1.0 else 0.0
        sure = min(max((belief_near - 0.55) / 0.4, 0.0), 1.0) * min(max(clear, 0.0), 1.0)
        self.value += self._move * (sure - self.value) if heard else -self._sink * self.value
