"""What becomes of a control that is learned: its binding, what it leads to no longer, and how that is told. Pure."""

from collections.abc import Sequence

from app.control import origin
from app.control.actions import has_range, spoken
from app.control.bindings import Binding


def is_press(source: str) -> bool:
    """Return whether a control is pressed and let go, not turned."""
    return origin.kind_of(source) in ("note", "program") or origin.is_key(source)


def binding(source: str, target: str) -> Binding:
    """Return how a control that was just moved is bound to an action."""
    turned = has_range(target) and not is_press(source)
    mode = "absolute" if turned else "toggle"
    return Binding.model_validate(
        {"source": source, "target": target, "mode": mode, "takeover": source.startswith(origin.MIDI)}
    )


def given_up(own: Sequence[Binding], new: Binding) -> list[Binding]:
    """Return what the control of `new` leads to besides, in a list of bindings."""
    return [binding for binding in own if binding.source == new.source and binding.target != new.target]


def told(own: Sequence[Binding], new: Binding, besides: bool) -> str:
    """Return in one line what is bound now, what else leads there, and what the control is no longer, or still."""
    others = [binding.source for binding in own if binding.target == new.target and binding.source != new.source]
    before = ", ".join(spoken(binding.target) for binding in given_up(own, new))
    said = f"{origin.short(new.source)} is {spoken(new.target)} now"
    said += f", as {', '.join(map(origin.short, others))} is" if others else ""
    return said + (f", {'and still' if besides else 'no longer'} {before}" if before else "")


def told_endless(binding: Binding) -> str:
    """Return in one line that a control turned out to be an endless knob."""
    return f"{origin.short(binding.source)} turns without end: it moves {spoken(binding.target)} from where it is"
