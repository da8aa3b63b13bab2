"""Displays by name: who is connected, and where the clean output belongs. Pure; knows no window system.

`Roster` gives each display a name that stays its own, `Placement` decides each frame what the output does: it shows
itself on the display that was asked for, waits hidden while that one is away, and never takes another instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

Move = Literal["stay", "show", "park"]


@dataclass(frozen=True, slots=True)
class Display:
    """One connected display. `key` is the window system's handle; sizes in pixels, `size_mm` of the panel itself."""

    name: str
    key: int
    position_px: tuple[int, int]
    size_px: tuple[int, int]
    rate_hz: int = 60
    size_mm: tuple[int, int] = (0, 0)

    def covers(self, x: int, y: int) -> bool:
        """Whether a point of the desktop lies on it."""
        return all(
            0 <= at - start < side for at, start, side in zip((x, y), self.position_px, self.size_px, strict=True)
        )


class Roster:
    """Gives every display a name of its own ("PnP", "PnP 2") and gives it back when the display returns."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, Display]] = {}
        """Name → what the system calls it, and how it was seen last."""

    def name(self, found: Sequence[Display]) -> list[Display]:
        """Return what is connected under its lasting names, from left to right."""
        known = {(seen.key, base): own for own, (base, seen) in self._last.items()}
        kept = {display.key: known[it] for display in found if (it := (display.key, display.name)) in known}
        named = []
        for display in sorted(found, key=lambda display: (display.position_px, display.key)):
            own = kept.get(display.key) or self._old_name(display, set(kept.values())) or self._new_name(display.name)
            kept[display.key] = own
            self._last[own] = (display.name, display)
            named.append(replace(display, name=own))
        return named

    def _old_name(self, display: Display, taken: set[str]) -> str:
        """Return the name of one that is away and is called the same; of several the one most like it."""
        away = [own for own, (base, _) in self._last.items() if base == display.name and own not in taken]
        return max(away, key=lambda own: _likeness(self._last[own][1], display), default="")

    def _new_name(self, base: str) -> str:
        number = 1
        while (own := base if number == 1 else f"{base} {number}") in self._last:
            number += 1
        return own


def _likeness(one: Display, other: Display) -> int:
    """Return how much speaks for two sightings being of one display; its panel says more than its place."""
    same = (one.size_mm == other.size_mm, one.position_px == other.position_px, one.size_px == other.size_px)
    return sum(weight * bool(equal) for weight, equal in zip((4, 2, 1), same, strict=True))


def named(wanted: str, displays: Sequence[Display]) -> Display | None:
    """Return the display called so; part of a name is enough where only one has it. None where none or several do."""
    exact = [display for display in displays if display.name == wanted]
    loose = [display for display in displays if wanted.casefold() in display.name.casefold()]
    same = [display for display in loose if display.name.casefold() == wanted.casefold()]
    found = exact or same or loose
    return found[0] if wanted and len(found) == 1 else None


def following(displays: Sequence[Display], now: str, avoided: Display | None) -> Display | None:
    """Return the display after `now`, round and round, without the one of the control window; None if no other is."""
    others = [display for display in displays if avoided is None or display.name != avoided.name]
    names = [display.name for display in others]
    here = names.index(now) if now in names else -1
    return others[(here + 1) % len(others)] if others else None


class Placement:
    """Where the clean output is wanted ("" = nowhere) and where it is (None = hidden)."""

    def __init__(self, wanted: str = "") -> None:
        self.wanted = wanted
        self.on: Display | None = None

    @property
    def waiting(self) -> bool:
        """Whether the display that is wanted is away."""
        return bool(self.wanted) and self.on is None

    def step(self, displays: Sequence[Display]) -> Move:
        """Return what to do now that these are connected; `on` is where it then is."""
        there = named(self.wanted, displays)
        if there is not None:
            self.wanted = there.name  # from now on exactly this one
        before, self.on = self.on, there
        if there == before:
            return "stay"
        return "park" if there is None else "show"
