"""Endless knobs: they send how far they were turned, not where they stand, in one of three ways. Pure."""

from app.control.bindings import Mode

_SINGLE: dict[Mode, set[int]] = {"relative": {1, 127}, "relative_offset": {63, 65}, "relative_sign": {1, 65}}
"""What each sends for single steps to the right and to the left."""
_ALIKE = 4
_HEARD = 24


def steps(mode: Mode, raw: int) -> int:
    """Return how many steps a controller's value 0..127 means: to the right positive.

    relative: 1 is one step to the right, 127 one to the left. relative_offset: 65 and 63. relative_sign: 1 and 65.
    """
    if mode == "relative_offset":
        return raw - 64
    if mode == "relative_sign":
        return raw if raw < 64 else 64 - raw
    return raw if raw < 64 else raw - 128


class Recogniser:
    """Tells an endless knob by its first values: one that knows where it stands never sends four single steps."""

    def __init__(self) -> None:
        self._heard: list[int] = []

    def hear(self, raw: int) -> Mode | None:
        """Take one value 0..127; return how such a knob sends, once it is known that it is one."""
        if len(self._heard) >= _HEARD:
            return None
        self._heard.append(raw)
        last = set(self._heard[-_ALIKE:])
        if len(self._heard) < _ALIKE:
            return None
        if last == {65} and 1 in self._heard:
            return "relative_sign"
        return next((mode for mode, single in _SINGLE.items() if last <= single), None)
