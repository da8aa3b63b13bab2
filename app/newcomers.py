"""Newcomers: a look or a style from elsewhere, dropped on the window, is checked and kept among the performer's own.

Main thread: they are small files. What is wrong with one is a `UserError`, and nothing is kept or changed then.
Nothing that is there is written over.
"""

from collections.abc import Mapping
from pathlib import Path

from app import files, paths
from app import preset as presets
from app import style as styles
from app.preset import EffectParams
from app.problems import UserError

LOOK, STYLE, SHOW = (".yaml", ".yml"), ".safetensors", ".clavilux"
"""What their files end in. Styles of the seed's format need torch, which would hold the show."""


def look(path: Path, effects: EffectParams) -> str:
    """Keep a look whose style and effects are here; return its name from now on."""
    brought = presets.load(path, effects)
    if brought.style:
        styles.find(brought.style)
    known = {entry.name: entry.path for entry in presets.listing()}
    return _kept(path, paths.own("presets") / presets.file_name(path.stem), known)


def style(path: Path) -> str:
    """Keep a style; return its name from now on."""
    styles.load(path)
    known = {entry.name: entry.path for entry in styles.listing()}
    return _kept(path, paths.own("styles") / f"{path.stem}{STYLE}", known)


def show(path: Path) -> UserError:
    """Return why a show file cannot be taken in."""
    return UserError(f"{path}: a show is opened at the start, 'clavilux --show {path.name}'; this one goes on")


def _kept(path: Path, place: Path, known: Mapping[str, Path]) -> str:
    """Copy a file under the name it asks for, or one with a number where that is another's; return the name."""
    name, number = place.stem, 1
    data = _bytes(path)
    while name in known and _bytes(known[name]) != data:
        number += 1
        name = f"{place.stem}-{number}"
    if name not in known:
        files.replace(place.with_name(f"{name}{place.suffix}"), data)
    return name


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
