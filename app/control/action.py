"""The three kinds of action: what happens once, what is on or off, what has a value. Main thread."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.control.stage import Stage
from app.params import Param


@dataclass(frozen=True, slots=True)
class Trigger:
    """Something that happens once per press. `changes_look` ones cost a frame's work and may be held back a little.

    `release` undoes it a frame later (a button of an effect); `lit` says whether its lamp shines.
    """

    name: str
    help: str
    press: Callable[[Stage], None]
    changes_look: bool = False
    release: Callable[[Stage], None] | None = None
    lit: Callable[[Stage], bool] | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """Something that is on or off."""

    name: str
    help: str
    read: Callable[[Stage], bool]
    write: Callable[[Stage, bool], None]

    def press(self, stage: Stage) -> None:
        """Flip it."""
        self.write(stage, not self.read(stage))


@dataclass(frozen=True, slots=True)
class Value:
    """A number, of the look on air or of the show, as a share 0..1 of its range."""

    name: str
    help: str
    param: Param
    read_value: Callable[[Stage], float]
    write_value: Callable[[Stage, float], None]

    def read(self, stage: Stage) -> float:
        """Return the share that is set (before music moves it)."""
        param = self.param
        return (self.read_value(stage) - param.low) / max(param.high - param.low, 1e-9)

    def write(self, stage: Stage, share: float) -> None:
        """Set a share; lists and whole numbers take the nearest step."""
        value = self.param.low + share * (self.param.high - self.param.low)
        self.write_value(stage, self.param.clamp(round(value) if self.param.kind == "long" else value))


Action = Trigger | Switch | Value


def listed(name: str, label: str, choices: Iterable[str]) -> Param:
    """Return the param of a choice by number, 0 for the first."""
    options = tuple((choice, float(i)) for i, choice in enumerate(choices))
    return Param(name, 0.0, 0.0, len(options) - 1.0, "", label, "long", options)
