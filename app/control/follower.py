"""A follower: one binding at work. It remembers where its knob is and whether it may move the value yet.

Main thread. Soft take-over: after a look change or a move by mouse, a knob that stands elsewhere waits until it has
come to the value (or passed it), so that nothing jumps.
"""

from collections.abc import Callable, Sequence

from app.control import actions, encoders, origin
from app.control.actions import Switch, Trigger, Value
from app.control.bindings import RELATIVE, Binding, Mode
from app.control.stage import Stage

STEP = 1 / 127
NEAR = 2 * STEP
"""Two steps of a MIDI knob: as near as a hand can be expected to stop."""


class Follower:
    """Turns the signals 0..1 of one source into moves of one target."""

    def __init__(self, binding: Binding, pressed: bool = False, value: float | None = None) -> None:
        """`pressed` and `value` tell what is known of the control already: a learned pad is still held down."""
        self.binding = binding
        self.value = value
        self._pressed: bool | None = pressed or None
        self._given: float | None = None
        self.waiting = False
        """The knob was moved and has not come to the value yet."""
        self._recogniser = encoders.Recogniser() if value is not None and binding.mode == "absolute" else None

    def lamp(self, stage: Stage) -> float | None:
        """Return what the control should show, 0..1: lit or not, or where a knob stands for the value as it is now.

        None where there is nothing to show, or the knob itself has just been put there.
        """
        action = actions.find(stage, self.binding.target)
        if isinstance(action, Switch):
            return float(action.read(stage))
        if isinstance(action, Trigger):
            return float(action.lit(stage)) if action.lit is not None else None
        low, high = self.binding.min, self.binding.max
        if action is None or self.binding.mode not in ("absolute", *RELATIVE) or low == high:
            return None
        place = min(max((action.read(stage) - low) / (high - low), 0.0), 1.0)
        if self.binding.mode == "absolute" and self.value is not None and abs(place - self.value) < STEP:
            return None
        return round((1 - place if self.binding.invert else place) / STEP) * STEP

    def follow(self, value: float, stage: Stage, press: Callable[[Trigger], None]) -> None:
        """Act on one signal; `press` is given what happens once. What an endless knob says is for `turn`."""
        if self.binding.mode in RELATIVE:
            return
        action = actions.find(stage, self.binding.target)
        value = min(max(1 - value if self.binding.invert else value, 0.0), 1.0)
        before, self.value = self.value, value
        was, self._pressed = self._pressed, value >= self.binding.threshold
        changed, rising = self._pressed != was, self._pressed and not was
        if isinstance(action, Trigger):
            if rising:
                press(action)
        elif isinstance(action, Switch):
            self._switch(action, stage, changed, rising)
        elif isinstance(action, Value):
            self._move(action, stage, before, changed, rising)

    def turn(self, raw: Sequence[int], stage: Stage, press: Callable[[Trigger], None]) -> None:
        """Act on all that an endless knob sent in a frame, values 0..127."""
        if self.binding.mode not in RELATIVE:
            return
        steps = sum(encoders.steps(self.binding.mode, value) for value in raw) * (-1 if self.binding.invert else 1)
        action = actions.find(stage, self.binding.target)
        if isinstance(action, Value):
            self._advance(action, stage, steps)
        elif isinstance(action, Switch) and steps:
            action.write(stage, steps > 0)
        elif isinstance(action, Trigger) and steps > 0:
            press(action)

    def endless(self, raw: Sequence[int], stage: Stage) -> Mode | None:
        """Return how a knob that was just learned sends its steps, once that is clear; None for all others."""
        if self._recogniser is None or not isinstance(actions.find(stage, self.binding.target), Value):
            return None
        return next((mode for value in raw if (mode := self._recogniser.hear(value))), None)

    def _advance(self, action: Value, stage: Stage, steps: int) -> None:
        """Move a value by steps of a MIDI knob's size, of a list at least one entry each."""
        low, high = sorted((self.binding.min, self.binding.max))
        step = (high - low) * STEP
        if action.param.kind == "long":
            step = max(step, 1 / max(action.param.high - action.param.low, 1.0))
        action.write(stage, min(max(action.read(stage) + steps * step, low), high))
        self.value = action.read(stage)

    def _switch(self, action: Switch, stage: Stage, changed: bool, rising: bool) -> None:
        if self.binding.mode == "toggle":
            if rising:
                action.press(stage)
        elif changed:
            action.write(stage, bool(self._pressed))

    def _move(self, action: Value, stage: Stage, before: float | None, changed: bool, rising: bool) -> None:
        low, high = self.binding.min, self.binding.max
        if self.binding.mode == "toggle":
            if rising:
                now = action.read(stage)
                action.write(stage, low if abs(now - high) < abs(now - low) else high)
        elif self.binding.mode == "absolute" and not origin.is_key(self.binding.source):
            self._take_over(action, stage, before)
        elif changed:
            action.write(stage, high if self._pressed else low)

    def _take_over(self, action: Value, stage: Stage, before: float | None) -> None:
        assert self.value is not None
        share, now = self._share(self.value), action.read(stage)
        if self._given is None or abs(self._given - now) > _step(action):
            self._given = None
            last = share if before is None else self._share(before)
            self.waiting = self.binding.takeover and not self._reaches(last, share, now)
            if self.waiting:
                return
        action.write(stage, share)
        self._given = action.read(stage)

    def _share(self, value: float) -> float:
        return self.binding.min + value * (self.binding.max - self.binding.min)

    def _reaches(self, last: float, share: float, now: float) -> bool:
        """Return whether the way from `last` to `share` touches the value, or the nearest that the knob can reach."""
        low, high = sorted((self.binding.min, self.binding.max))
        goal = min(max(now, low), high)
        return min(last, share) - NEAR <= goal <= max(last, share) + NEAR


def _step(action: Value) -> float:
    """Return how far a value may lie from what was given and still be the same: rounding only."""
    return 1e-6 if action.param.kind != "long" else 0.5 / max(action.param.high - action.param.low, 1.0)
