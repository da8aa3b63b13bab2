"""Positions: where knobs, pads and faders of the outside world stand, for the routes that begin at them.

Main thread, latest wins. Strangers may send any number of addresses: only so many are kept, first come, first kept;
those that the look on air asks for always have room.
"""

from collections.abc import Collection, Mapping

MOST = 4096


class Positions:
    """Every control that was moved, 0..1 by its name (see `origin`)."""

    def __init__(self) -> None:
        self._now: dict[str, float] = {}
        self._asked: Collection[str] = ()
        self._moved: set[str] = set()
        self._let_go: set[str] = set()

    @property
    def now(self) -> Mapping[str, float]:
        """Where each stands; one that was never moved is missing."""
        return self._now

    def begin(self, asked: Collection[str]) -> None:
        """Begin a frame in which the look on air asks for these controls."""
        self._asked = asked
        self._now |= dict.fromkeys(self._let_go, 0.0)
        self._moved.clear()
        self._let_go.clear()

    def put(self, name: str, value: float) -> bool:
        """Note where a control stands; return whether the look on air asks for it.

        One that is pressed and let go between two frames is seen for one frame, whatever the frame rate.
        """
        if name in self._now or self._has_room(name):
            if value <= 0 and name in self._moved and self._now[name] > 0:
                self._let_go.add(name)
            else:
                self._let_go.discard(name)
                self._now[name] = min(max(value, 0.0), 1.0)
            self._moved.add(name)
        return name in self._asked

    def _has_room(self, name: str) -> bool:
        if len(self._now) < MOST:
            return True
        if name not in self._asked:
            return False
        del self._now[next(other for other in self._now if other not in self._asked)]
        return True

    def at(self, names: Collection[str]) -> dict[str, float]:
        """Return where some controls stand, without those that were never moved."""
        return {name: self._now[name] for name in names if name in self._now}

    def go_on(self, positions: Mapping[str, float]) -> None:
        """Take over where controls stood when another run ended."""
        self._now |= positions
