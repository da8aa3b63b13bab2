"""When training rests for the show, and when it goes on. Pure; main thread.

Resting comes at once and ends carefully: each time that going on brings the misses back, the next rest is twice as
long. Misses that stay while training rests are not its doing: then it goes on, else it would never end.
"""

from collections import deque

MISSES, WITHIN_SECONDS = 3, 1.0
"""So many late frames in so short a time make training rest."""
CALM_SECONDS = 1.0
FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 2.0, 32.0
RELAPSE_SECONDS = 10.0
NOT_MINE_SECONDS, LEFT_ALONE_SECONDS = 10.0, 60.0


class Easing:
    """`step` once a frame says whether training should rest."""

    def __init__(self) -> None:
        self.resting = False
        self._missed: deque[float] = deque([float("-inf")] * MISSES, MISSES)
        self._changed = self._left_alone_until = float("-inf")
        self._rest_seconds = FIRST_REST_SECONDS

    def step(self, missed: bool, now_seconds: float) -> bool:
        """Note one frame that came late, or not, at `now_seconds` on any steady clock."""
        if missed:
            self._missed.append(now_seconds)
        if self.resting:
            self._rest(now_seconds)
        elif missed and self._trouble(now_seconds) and now_seconds >= self._left_alone_until:
            relapsed = now_seconds - self._changed < RELAPSE_SECONDS
            longer = min(2 * self._rest_seconds, LONGEST_REST_SECONDS)
            self._rest_seconds = longer if relapsed else FIRST_REST_SECONDS
            self._turn(True, now_seconds)
        return self.resting

    def _rest(self, now_seconds: float) -> None:
        rested_seconds = now_seconds - self._changed
        calm = now_seconds - self._missed[-1] >= CALM_SECONDS
        if calm and rested_seconds >= self._rest_seconds:
            self._turn(False, now_seconds)
        elif rested_seconds >= max(NOT_MINE_SECONDS, self._rest_seconds):
            self._left_alone_until = now_seconds + LEFT_ALONE_SECONDS
            self._turn(False, now_seconds)

    def _trouble(self, now_seconds: float) -> bool:
        return now_seconds - self._missed[0] <= WITHIN_SECONDS

    def _turn(self, resting: bool, now_seconds: float) -> None:
        self.resting, self._changed = resting, now_seconds
