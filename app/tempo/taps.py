"""Taps: a tempo from presses in time. Pure, main thread."""

from collections import deque

SLOWEST_BPM, FASTEST_BPM = 30.0, 300.0
MOST = 9
UNEVEN = 0.35
"""An interval that differs by more than this share from the mean of those before begins a new row of taps."""


class Taps:
    """The taps of one row; a pause of more than the slowest beat begins a new one."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=MOST)

    def tap(self, seconds: float) -> float:
        """Take a tap and return the tempo in BPM; 0 after the first of a row.

        The tempo is that of the line that fits best (least squares), so one early tap does not shift it as much as it
        would shift a mean of first and last.
        """
        taps = self._seconds
        if taps:
            interval = seconds - taps[-1]
            if interval < 60 / FASTEST_BPM:
                return self._bpm()  # a finger that trembled
            if interval > 60 / SLOWEST_BPM:
                taps.clear()
            elif len(taps) > 1 and abs(interval / self._mean() - 1) > UNEVEN:
                last = taps[-1]
                taps.clear()
                taps.append(last)
        taps.append(seconds)
        return self._bpm()

    def _mean(self) -> float:
        return (self._seconds[-1] - self._seconds[0]) / (len(self._seconds) - 1)

    def _bpm(self) -> float:
        count = len(self._seconds)
        if count < 2:
            return 0.0
        middle = (count - 1) / 2
        rise = sum((i - middle) * seconds for i, seconds in enumerate(self._seconds))
        interval = rise / sum((i - middle) ** 2 for i in range(count))
        return min(max(60 / interval, SLOWEST_BPM), FASTEST_BPM)
