"""Ableton Link: one tempo and one bar for all programs in the network. An extra; imported only when it is chosen.

Main thread here; the library talks to the network on a thread of its own, in C++, that never enters Python.
"""

from typing import Any

from app.problems import UserError
from app.tempo.beat import BAR


class LinkSession:
    """Takes part in the network's session; alone in it, it keeps the tempo it was given."""

    def __init__(self, bpm: float) -> None:
        try:
            import link
        except ImportError:
            raise UserError("no Ableton Link: pip install 'clavilux[link]' brings it") from None
        self._link: Any = link.Link(bpm)
        self._link.enabled = True

    @property
    def peers(self) -> int:
        """Other programs in the session."""
        return int(self._link.numPeers())

    def read(self) -> tuple[float, float]:
        """Return (beats, BPM) now; bars begin at multiples of four."""
        state = self._link.captureAppSessionState()
        return float(state.beatAtTime(self._link.clock().micros(), BAR)), float(state.tempo())

    def close(self) -> None:
        """Leave the session. Safe to call twice."""
        self._link.enabled = False
