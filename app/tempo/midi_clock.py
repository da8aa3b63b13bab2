"""MIDI clock: 24 ticks a beat, with start, continue, stop and song position. Pure, main thread.

Ticks are noted in the frame that reads them, so each comes up to a frame late; a straight line through the last four
beats of them gives a tempo and a place that are steadier than any single tick.
"""

from collections import deque
from collections.abc import Sequence

TICKS_PER_BEAT, TICKS_PER_SONG_STEP = 24, 6
TICK, START, CONTINUE, STOP, SONG_POSITION = 0xF8, 0xFA, 0xFB, 0xFC, 0xF2
MOST, FEWEST = 96, 12
"""Ticks the line goes through, and from how many on there is one."""
BENT_TICKS = 2.0
"""Newest tick so far off the line, besides those it came with: another tempo, only the newest quarter counts."""
LOST_SECONDS = 0.5
"""Slower than 5 BPM is no clock."""
SLOWEST_BPM, FASTEST_BPM = 20.0, 400.0


def is_timing(message: Sequence[int]) -> bool:
    """Return whether a message is one of the clock's."""
    return bool(message) and message[0] in (TICK, START, CONTINUE, STOP, SONG_POSITION)


class MidiClock:
    """Listens to the first device that ticks, as long as it ticks."""

    def __init__(self) -> None:
        self.device = ""
        """Whose clock is heard; "" before the first."""
        self._ticks: deque[tuple[float, int]] = deque(maxlen=MOST)
        self._next = 0
        self._heard_seconds = -LOST_SECONDS

    def alive(self, now_seconds: float) -> bool:
        """Return whether ticks come."""
        return now_seconds - self._heard_seconds < LOST_SECONDS

    def hear(self, device: str, message: Sequence[int], now_seconds: float) -> None:
        """Take one message of a device; a second device is heard only when the first has fallen silent."""
        if device != self.device:
            if self.alive(now_seconds):
                return
            self.device = device
            self._ticks.clear()
        if message[0] == TICK:
            self._tick(now_seconds)
        elif message[0] == START:
            self._go_to(0)
        elif message[0] == SONG_POSITION and len(message) == 3:
            self._go_to(TICKS_PER_SONG_STEP * ((message[2] & 127) << 7 | message[1] & 127))

    def _go_to(self, tick: int) -> None:
        """Let the next tick be another one; the tempo is as it was."""
        moved, self._next = tick - self._next, tick
        self._ticks = deque(((seconds, index + moved) for seconds, index in self._ticks), MOST)

    def _tick(self, now_seconds: float) -> None:
        if not self.alive(now_seconds):
            self._ticks.clear()
        self._heard_seconds = now_seconds
        if len(self._ticks) == MOST and self._ticks[0][0] == now_seconds:
            return  # four beats of them in one frame are no clock but a cable that leads back
        self._ticks.append((now_seconds, self._next))
        self._next += 1
        line = self._line()
        together = sum(seconds == now_seconds for seconds, _ in self._ticks)
        if line is not None and abs(self._next - 1 - line[0] - line[1] * now_seconds) > BENT_TICKS + together:
            for _ in range(len(self._ticks) * 3 // 4):
                self._ticks.popleft()

    def read(self, now_seconds: float, dt_seconds: float) -> tuple[float, float] | None:
        """Return (beats since the start, BPM) now, or None when no clock is heard. `dt_seconds`: length of a frame."""
        line = self._line() if self.alive(now_seconds) else None
        if line is None:
            return None
        start, speed = line
        bpm = 60 * speed / TICKS_PER_BEAT
        if not SLOWEST_BPM <= bpm <= FASTEST_BPM:
            return None
        return (start + speed * (now_seconds + dt_seconds / 2)) / TICKS_PER_BEAT, bpm

    def _line(self) -> tuple[float, float] | None:
        """Return (tick number at 0 s, ticks a second) by least squares."""
        count = len(self._ticks)
        if count < FEWEST:
            return None
        seconds = sum(tick[0] for tick in self._ticks) / count
        index = sum(tick[1] for tick in self._ticks) / count
        spread = sum((tick[0] - seconds) ** 2 for tick in self._ticks)
        if spread < 1e-6:
            return None
        speed = sum((tick[0] - seconds) * (tick[1] - index) for tick in self._ticks) / spread
        return index - speed * seconds, speed
