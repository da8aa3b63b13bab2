"""How loud it is: level, silence gate with a learnt noise floor, automatic gain, and followers with attack and release.

Main thread, once a hop. Time constants are seconds. While the gate is closed nothing is learnt, so silence is never
amplified into features.
"""

import math

from app.audio.spectrum import share

FLOOR_DBFS = -120.0


def decibels(mean_square: float) -> float:
    """Return 10 log10 of a mean square, at least -120."""
    return max(10 * math.log10(mean_square), FLOOR_DBFS) if mean_square > 1e-12 else FLOOR_DBFS


class Follower:
    """A value that rises with one time constant and falls with another."""

    def __init__(self, dt_seconds: float, attack_seconds: float, release_seconds: float) -> None:
        self._attack = share(dt_seconds, attack_seconds)
        self._release = share(dt_seconds, release_seconds)
        self.value = 0.0

    def step(self, target: float) -> float:
        """Move towards `target` by one hop and return where it is now."""
        self.value += (self._attack if target > self.value else self._release) * (target - self.value)
        return self.value


class Peak:
    """A slow peak of an amplitude: jumps up to it, falls with `fall_seconds`."""

    def __init__(self, dt_seconds: float, fall_seconds: float) -> None:
        self._keep = math.exp(-dt_seconds / fall_seconds)
        self.value = 0.0

    def step(self, amplitude: float) -> float:
        """Take one hop's amplitude and return the peak."""
        self.value = max(amplitude, self.value * self._keep)
        return self.value


class Gate:
    """Open while there is sound worth hearing.

    Opens above -60 dBFS, or 6 dB above the learnt floor of a steady faint noise; closes 6 dB (floor: 4 dB) lower,
    after 0.5 s below. The floor follows the lowest recent level, falling in 0.3 s and rising 2 dB/s, and is only
    believed between -66 and -50 dBFS: louder steady sound is music.
    """

    OPEN_DBFS = -60.0
    LEARN_DBFS = (-66.0, -50.0)
    HOLD_SECONDS = 0.5

    def __init__(self, dt_seconds: float) -> None:
        self._dt = dt_seconds
        self._fall = share(dt_seconds, 0.3)
        self._floor_dbfs = self.LEARN_DBFS[1]
        self._quiet_seconds = 0.0
        self.open = False

    def step(self, level_dbfs: float) -> bool:
        """Take the level of one hop and return whether the gate is open."""
        self._learn(level_dbfs)
        if level_dbfs > max(self.OPEN_DBFS, self._floor_dbfs + 6):
            self.open, self._quiet_seconds = True, 0.0
        elif level_dbfs > max(self.OPEN_DBFS - 6, self._floor_dbfs + 2):
            self._quiet_seconds = 0.0
        else:
            self._quiet_seconds += self._dt
            self.open = self.open and self._quiet_seconds < self.HOLD_SECONDS
        return self.open

    def _learn(self, level_dbfs: float) -> None:
        if level_dbfs < -90:  # digital silence says nothing about the room
            return
        rise = min(level_dbfs, self._floor_dbfs + 2 * self._dt) if level_dbfs > self._floor_dbfs else None
        floor = rise if rise is not None else self._floor_dbfs + self._fall * (level_dbfs - self._floor_dbfs)
        self._floor_dbfs = min(max(floor, self.LEARN_DBFS[0]), self.LEARN_DBFS[1])


class Level:
    """Level, gate and automatic gain of the whole sound.

    `level_dbfs` is the RMS over about 50 ms (a full-scale sine reads -3). The gain aims the slow peak of that RMS
    (rises at once, falls in 10 s) at -12 dBFS, within -12..+40 dB, and stands still while the gate is closed.
    """

    TARGET_DBFS = -12.0
    GAIN_DB = (-12.0, 40.0)

    def __init__(self, dt_seconds: float) -> None:
        self._smooth = share(dt_seconds, 0.05)
        self._mean_square = 0.0
        self._peak = Peak(dt_seconds, 10.0)
        self._gate = Gate(dt_seconds)
        self.level_dbfs = FLOOR_DBFS
        self.gain_db = 0.0
        self.open = False

    def step(self, mean_square: float) -> None:
        """Take the mean square of one hop of samples."""
        self._mean_square += self._smooth * (mean_square - self._mean_square)
        self.level_dbfs = decibels(self._mean_square)
        self.open = self._gate.step(self.level_dbfs)
        if self.open:
            loudest = self._peak.step(math.sqrt(self._mean_square))
            self.gain_db = min(max(self.TARGET_DBFS - decibels(loudest**2), self.GAIN_DB[0]), self.GAIN_DB[1])

    @property
    def gain(self) -> float:
        """The gain as a factor on amplitudes."""
        return float(10 ** (self.gain_db / 20))

    @property
    def reference(self) -> float:
        """The amplitude (RMS) that counts as loud now: what the gain lifts to the target."""
        return float(10 ** ((self.TARGET_DBFS - self.gain_db) / 20))


HEADROOM = 0.85


def loudness_of(amplitude: float, reference: float) -> float:
    """Return 0..1: 0.85 at the reference, by Stevens' power law (perceived loudness grows as amplitude^0.6)."""
    return float(min(HEADROOM * (amplitude / reference) ** 0.6, 1.0)) if amplitude > 0 else 0.0
