"""Marks: stars, favourites, ticks and tags of looks, and playlists. One small file beside the presets. Main thread."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import Field

from app import files, paths
from app.show import checked
from app.show.checked import Strict

Tag = Annotated[str, Field(min_length=1, max_length=40)]
MOST_NAME, MOST_IN_PLAYLIST, MOST_PLAYLISTS = 80, 10_000, 256
Name = Annotated[str, Field(min_length=1, max_length=MOST_NAME)]
LookName = Annotated[str, Field(min_length=1, max_length=paths.LONGEST_NAME)]
MOST_STARS = 5
EVERYTHING, FAVOURITES, TICKED = "all", "favourites", "ticked"
PLAYLIST, TAG, STARS = "playlist:", "tag:", "stars:"


class Mark(Strict):
    """What a performer thinks of one look."""

    stars: int = Field(0, ge=0, le=MOST_STARS)
    favourite: bool = False
    ticked: bool = False
    tags: list[Tag] = Field(default_factory=list, max_length=16)


class Marks(Strict):
    """Every mark by the name of its look, and the playlists in their order."""

    looks: dict[LookName, Mark] = Field(default_factory=dict, max_length=10_000)
    playlists: dict[Name, Annotated[list[LookName], Field(max_length=MOST_IN_PLAYLIST)]] = Field(
        default_factory=dict, max_length=MOST_PLAYLISTS
    )

    def seen(self, look: str) -> Mark:
        """Return the mark of a look, to be read only."""
        return self.looks.get(look, Mark())

    def pool(self, choice: str, looks: Iterable[str]) -> list[str]:
        """Return those of `looks` that a choice names, a playlist in its own order.

        "all", "favourites", "ticked", "playlist:NAME", "tag:TAG" or "stars:N" (N and more); an unknown one is empty.
        """
        names = list(looks)
        if choice.startswith(PLAYLIST):
            known = set(names)
            return [name for name in self.playlists.get(choice[len(PLAYLIST) :], ()) if name in known]
        return [name for name in names if self._chosen(choice, self.seen(name))]

    def _chosen(self, choice: str, mark: Mark) -> bool:
        if choice.startswith(TAG):
            return choice[len(TAG) :] in mark.tags
        if choice.startswith(STARS):
            return mark.stars >= int(choice[-1]) if choice[-1].isdecimal() else False
        return {EVERYTHING: True, FAVOURITES: mark.favourite, TICKED: mark.ticked}.get(choice, False)

    def choices(self) -> list[str]:
        """Return every choice that there is now."""
        tags = sorted({tag for mark in self.looks.values() for tag in mark.tags})
        lists = [f"{PLAYLIST}{name}" for name in self.playlists]
        return [EVERYTHING, FAVOURITES, TICKED, *lists, *(f"{TAG}{tag}" for tag in tags)]


def load(path: Path) -> Marks:
    """Read the marks, none where there is no file; `UserError` names file, line and place."""
    return checked.load(Marks, path) if path.is_file() else Marks()


def save(path: Path, marks: Marks) -> None:
    """Write the marks whole or not at all; a look without any is left out."""
    kept = {name: mark for name, mark in marks.looks.items() if mark != Mark()}
    files.replace(path, checked.dump(Marks(looks=kept, playlists=marks.playlists)))
