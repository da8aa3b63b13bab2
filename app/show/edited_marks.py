"""Marks and playlists as undo sees them. Main thread. A mark is replaced, never changed in place: states share them."""

from collections.abc import Callable

from app.looks import Looks
from app.problems import Problems
from app.show.marks import EVERYTHING, PLAYLIST, Mark
from app.show.undo import differing, listed

State = tuple[dict[str, Mark], dict[str, list[str]]]


class EditedMarks:
    """Stars, favourites, ticks, tags and playlists of `looks`; `keep` writes them down and may fail."""

    def __init__(self, looks: Looks, problems: Problems, keep: Callable[[], None]) -> None:
        self._looks, self._problems, self._keep = looks, problems, keep

    def state(self) -> State:
        """Return the marks and the playlists by name."""
        return dict(self._looks.marks.looks), dict(self._looks.marks.playlists)

    def become(self, state: State) -> None:
        """Hold them again; a playlist that plays goes on playing under the name it has then."""
        marks, pool = self._looks.marks, self._looks.pool
        was = marks.playlists
        marks.looks, marks.playlists = dict(state[0]), dict(state[1])
        with self._problems.guard("marks"):
            self._keep()
        if pool not in marks.choices():
            playing = was.get(pool.removeprefix(PLAYLIST))
            name = next((name for name, looks in state[1].items() if name not in was and looks == playing), None)
            self._looks.pool = EVERYTHING if name is None else f"{PLAYLIST}{name}"

    def told(self, before: State, after: State) -> str:
        """Return which marks of which looks differ, and which playlists."""
        changed = []
        for look in differing(before[0], after[0]):
            old, new = (marks.get(look, Mark()).model_dump() for marks, _ in (before, after))
            changed += [f"{mark} of {look}" for mark in differing(old, new)]
        return listed(changed + [f"playlist {name}" for name in differing(before[1], after[1])])
