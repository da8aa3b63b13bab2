"""Expressions in experiments, evaluated by a whitelist over the syntax tree, never by `eval`. Pure; any process."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Value:
    """A number, or an expression that gives one at each step."""

    text: str
    number: float | None = None

    def at(self, scope: Mapping[str, float]) -> float:
        """Return the number in this scope (`epoch`, `t`, `resolution`, …)."""
        raise NotImplementedError

    @property
    def always_negative(self) -> bool:
        """Whether this is a constant below zero."""
        return self.number is not None and self.number < 0.0


def constant(number: float) -> Value:
    """Return a value that never changes."""
    return Value(f"{number:g}", number)
