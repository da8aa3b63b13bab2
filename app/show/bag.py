"""A bag: every name comes once before any comes again, and never the same one twice in a row. Pure."""

import random
from collections.abc import Sequence


class Bag:
    """Draws names in a random order; what leaves or joins the pool meanwhile is heeded at once."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self.drawn: set[str] = set()
        """What has come since the bag was filled."""

    def draw(self, pool: Sequence[str], now: str = "") -> str:
        """Return the next name of `pool` (not empty); `now` is on air and comes next only when it is alone."""
        names = list(dict.fromkeys(pool))
        self.drawn = {*self.drawn, now} & set(names)
        left = [name for name in names if name not in self.drawn]
        if not left:
            self.drawn.clear()
            left = [name for name in names if name != now] or names
        chosen = self._random.choice(left)
        self.drawn.add(chosen)
        return chosen
