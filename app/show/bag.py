"""A bag: every name comes once before any comes again, and never the same one twice in a row. Pure."""

import random
from collections.abc import Sequence


class Bag:
    """Draws names in a random order; what leaves or joins the pool meanwhile is heeded at once."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self.drawn: set[str] = set()
        """What has come since the bag was filled."""
        self._next = ""

    def draw(self, pool: Sequence[str], now: str = "") -> str:
        """Return the next name of `pool` (not empty); `now` is on air and comes next only when it is alone."""
        chosen = self.peek(pool, now)
        been = {*self.drawn, now} & set(pool)
        self.drawn = {*(been if been != set(pool) else ()), chosen}
        self._next = ""
        return chosen

    def peek(self, pool: Sequence[str], now: str = "") -> str:
        """Return what `draw` will: the same name until it is drawn, comes otherwise or leaves the pool."""
        names = list(dict.fromkeys(pool))
        left = [name for name in names if name not in self.drawn and name != now]
        left = left or [name for name in names if name != now] or names
        if self._next not in left:
            self._next = self._random.choice(left)
        return self._next
