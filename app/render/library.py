"""The effects at hand: the shipped folder, the user's own and the open show's, read again when a file changes.

Main thread. Checks the folders at most twice a second (a few `stat` calls, no watcher thread); a file that cannot be
read stays listed as its `UserError`. A user's effect hides a shipped one of the same name.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from app import paths
from app.params import Param
from app.preset import TRANSITIONS, Preset
from app.problems import UserError, nearest
from app.render.isf import EffectFile, name_of, parse
from app.render.isf_glsl import Sources, translate

CHECK_SECONDS = 0.5
Entry = EffectFile | UserError
_Signature = tuple[int, int, int, int]


class Library:
    """Effects by name, shipped and own; `folders` later in the list win."""

    def __init__(self, folders: Sequence[Path] | None = None) -> None:
        self._folders = tuple(folders or reversed(paths.searched("effects")))
        self._seen: dict[Path, tuple[_Signature, Entry]] = {}
        self._entries: dict[str, Entry] = {}
        self._params: dict[str, tuple[Param, ...]] = {}
        self._paths: dict[str, Path] = {}
        self._unknown: dict[str, UserError] = {}
        self._checked_seconds = 0.0
        self.reload()

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Every file by effect name, sorted: what it says, or what is wrong with it."""
        return self._entries

    @property
    def params(self) -> Mapping[str, tuple[Param, ...]]:
        """The parameters of every effect that could be read, under its own name as key."""
        return self._params

    @property
    def transitions(self) -> list[str]:
        """Names of the effects that lead from one picture to another."""
        known = self._entries.items()
        return [name for name, entry in known if isinstance(entry, EffectFile) and entry.kind == "transition"]

    def find(self, name: str) -> Entry:
        """Return the effect `name`, or the error that explains why there is none (the same one until files change)."""
        if name in self._entries:
            return self._entries[name]
        if name not in self._unknown:
            self._unknown[name] = UserError(f"unknown effect '{name}'{nearest(name, self._entries)}")
        return self._unknown[name]

    def path(self, name: str) -> Path:
        """Return the file of a listed effect."""
        return self._paths[name]

    def refresh(self, seconds: float) -> None:
        """Look for changed files if the last look is half a second ago; `seconds` is the show's time."""
        if abs(seconds - self._checked_seconds) >= CHECK_SECONDS:
            self._checked_seconds = seconds
            self.reload()

    def reload(self) -> None:
        """Look for changed files now; unchanged ones keep their very same entry."""
        files = self._files()
        seen = {path: self._entry(path, signature) for path, signature in files.items()}
        if seen == self._seen:
            return
        self._seen = seen
        self._unknown.clear()
        self._entries = {name_of(path): entry for path, (_, entry) in seen.items()}
        self._entries = dict(sorted(self._entries.items()))
        self._paths = {name_of(path): path for path in seen}
        self._params = {name: entry.params for name, entry in self._entries.items() if isinstance(entry, EffectFile)}

    def _entry(self, path: Path, signature: _Signature) -> tuple[_Signature, Entry]:
        known = self._seen.get(path)
        if known is not None and known[0] == signature:
            return known
        try:
            return signature, parse(path)
        except UserError as error:
            return signature, error

    def _files(self) -> dict[Path, _Signature]:
        """Return the .fs files with the time and size of themselves and of the vertex shader beside them."""
        stats: dict[Path, os.stat_result] = {}
        for folder in self._folders:
            with contextlib.suppress(OSError), os.scandir(folder) as items:
                for item in items:
                    # What goes away at this very moment, or is a link that leads round, is simply not there.
                    with contextlib.suppress(OSError):
                        if item.name.endswith((".fs", ".vs")) and paths.is_text(item.name) and item.is_file():
                            stats[Path(item.path)] = item.stat()
        return {path: _signature(stats, path) for path in stats if path.suffix == ".fs"}


def needed(look: Preset, library: Library) -> Iterator[Sources]:
    """Yield what has to be compiled for a look; what cannot be read is reported when it is drawn."""
    names = [use.effect for use in look.effects if use.enabled]
    for name in [*names, *({look.transition} - set(TRANSITIONS))]:
        entry = library.find(name)
        with contextlib.suppress(UserError):
            if isinstance(entry, EffectFile):
                yield translate(entry)


def _signature(stats: Mapping[Path, os.stat_result], path: Path) -> _Signature:
    own, vertex = stats[path], stats.get(path.with_suffix(".vs"))
    return own.st_mtime_ns, own.st_size, vertex.st_mtime_ns if vertex else 0, vertex.st_size if vertex else 0
