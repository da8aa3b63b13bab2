"""Playlists as a hand edits them: made, filled, put in order, renamed, taken away. Main thread; each edit is kept.

They lie in the marks (`show/marks.py`), so they travel with a show file. Which one plays is `Looks.pool`.
"""

from collections.abc import Callable, Sequence

from app.looks import Looks
from app.problems import Problems, UserError
from app.show.marks import EVERYTHING, MOST_IN_PLAYLIST, MOST_NAME, MOST_PLAYLISTS, PLAYLIST


class Playlists:
    """Acts on the marks of `looks`; `keep` writes them down and may fail with a `UserError`."""

    def __init__(self, looks: Looks, problems: Problems, keep: Callable[[], None]) -> None:
        self._looks, self._problems, self._keep = looks, problems, keep

    @property
    def names(self) -> list[str]:
        """All playlists in the order in which they were made."""
        return list(self._looks.marks.playlists)

    def looks_of(self, playlist: str) -> list[str]:
        """Return the looks of a playlist in order, also those that are not in the library now."""
        return list(self._looks.marks.playlists.get(playlist, ()))

    def put(self, playlist: str, look: str) -> None:
        """Append a look to a playlist, which is made where there is none."""
        self.arrange(playlist, [*self.looks_of(playlist), look])

    def arrange(self, playlist: str, looks: Sequence[str]) -> None:
        """Let a playlist, made where there is none, hold these looks in this order."""
        lists = self._looks.marks.playlists
        with self._problems.guard("playlist"):
            name = playlist.strip()[:MOST_NAME]
            if not name:
                raise UserError("a playlist needs a name")
            if len(looks) > MOST_IN_PLAYLIST or (name not in lists and len(lists) >= MOST_PLAYLISTS):
                raise UserError(
                    f"playlist '{name}': {MOST_PLAYLISTS} playlists of {MOST_IN_PLAYLIST} looks are the most"
                )
            lists[name] = list(looks)
            self._keep()

    def rename(self, playlist: str, name: str) -> None:
        """Give a playlist a name that no other has; it stays chosen if it was."""
        lists, name = self._looks.marks.playlists, name.strip()[:MOST_NAME]
        with self._problems.guard("playlist"):
            if not name or (name != playlist and name in lists):
                raise UserError(f"playlist '{name}' is there already" if name else "a playlist needs a name")
            self._looks.marks.playlists = {name if own == playlist else own: looks for own, looks in lists.items()}
            self._keep()
            if self._looks.pool == f"{PLAYLIST}{playlist}":
                self._looks.pool = f"{PLAYLIST}{name}"

    def drop(self, playlist: str) -> None:
        """Forget a playlist; its looks stay in the library."""
        with self._problems.guard("playlist"):
            self._looks.marks.playlists.pop(playlist, None)
            self._keep()
            if self._looks.pool == f"{PLAYLIST}{playlist}":
                self._looks.pool = EVERYTHING
