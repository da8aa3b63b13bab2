"""The list of bindings as undo sees it. Main thread."""

from collections.abc import Callable

from app.control import origin
from app.control.actions import spoken
from app.control.bindings import Binding
from app.control.hub import Hub
from app.show.undo import listed

State = tuple[Binding, ...]


class EditedBindings:
    """The bindings of the hub that `hub` returns: a show may open another one after the history has begun."""

    def __init__(self, hub: Callable[[], Hub]) -> None:
        self._hub = hub

    def state(self) -> State:
        """Return the list."""
        return tuple(follower.binding for follower in self._hub().followers)

    def become(self, state: State) -> None:
        """Hold it again."""
        self._hub().restore(state)

    def told(self, before: State, after: State) -> str:
        """Return which controls led, or lead, to what."""
        changed = [binding for binding in (*before, *after) if (binding in before) != (binding in after)]
        pairs = dict.fromkeys((binding.source, binding.target) for binding in changed)
        return listed([f"{origin.short(source)} for {spoken(target)}" for source, target in pairs])
