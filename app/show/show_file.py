"""The show file: one document that holds all of a show, to be carried to another machine.

`open_show` unpacks it into a folder of its own, where the libraries look first; `gather` collects it again (in an
errand's thread: it only reads files). A part that is wrong is left out and named; the rest of the show plays.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from app import files, paths
from app import preset as presets
from app import style as styles
from app.control import bindings
from app.preset import Preset
from app.problems import UserError
from app.render import isf
from app.show import belongings, box, checked, marks
from app.show.checked import Strict
from app.show.state import State

DOCUMENT, BINDINGS, MARKS = "show.yaml", "bindings.yaml", "library.yaml"


class Document(Strict):
    """The front page of a show file: `state` is what it begins with."""

    format: Literal[1]
    name: str = Field("", max_length=80)
    state: State = Field(default_factory=State)


def open_show(path: Path, folder: Path) -> tuple[Document, list[str]]:
    """Unpack a show file into an empty folder; return its front page and what is wrong with parts left out.

    `UserError` when it is no show file at all. A file that is not there yet is a new show of all that is the user's.
    """
    if not path.exists():
        return _new(path, folder)
    try:
        return _read(path, folder)
    except UserError as error:
        cure = f"copy {box.backup(path).name} over it, the show as it was before" if box.backup(path).is_file() else ""
        raise UserError(f"{error}; {cure or 'open another, or name a new one to begin afresh'}") from None


def _read(path: Path, folder: Path) -> tuple[Document, list[str]]:
    parts = box.read(path)
    if DOCUMENT not in parts:
        raise UserError(f"{path}: has no {DOCUMENT}; not a show file")
    long = [name for name, data in parts.items() if not _unpacked(folder / name, data)]
    document = _checked(path, folder, folder / DOCUMENT, lambda place: checked.load(Document, place))
    problems = [f"{path.name}: {name}: this name is too long for a file here (left out)" for name in long]
    problems += _refused(path, folder, [folder / name for name in parts if name not in (DOCUMENT, *long)])
    if BINDINGS not in parts:
        _adopt(paths.data() / BINDINGS, folder / BINDINGS)
    return document, problems


def _unpacked(place: Path, data: bytes) -> bool:
    """Write a part; return whether it could be called so: systems count the longest names in bytes or in letters."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        place.write_bytes(data)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise
    return True


def _new(path: Path, folder: Path) -> tuple[Document, list[str]]:
    if path.suffix.lower() != box.SUFFIX:
        raise UserError(f"{path}: not a show file; its name ends in {box.SUFFIX}")
    files.check_place(path)
    for name in (BINDINGS, MARKS):
        _adopt(paths.data() / name, folder / name)
    for own in paths.data("presets").glob("*.yaml"):
        if box.fits(f"presets/{own.name}"):
            _adopt(own, folder / "presets" / own.name)
    return Document(format=1, name=path.stem[:80]), []


def _adopt(source: Path, target: Path) -> None:
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _checked(path: Path, folder: Path, place: Path, load: Callable[[Path], Document]) -> Document:
    try:
        return load(place)
    except UserError as error:
        raise UserError(_placed(path, folder, error)) from None


def _placed(path: Path, folder: Path, error: UserError) -> str:
    """Return an error's line with the place inside the show file, not where it was unpacked."""
    text = str(error).replace(f"{folder}{os.sep}", f"{path.name}: ")
    return text if text.startswith(path.name) else f"{path.name}: {text}"


def _refused(path: Path, folder: Path, places: list[Path]) -> Iterator[str]:
    """Check every part with the reader of its kind; delete those that are wrong and yield why."""
    for place in places:
        try:
            _check(place)
        except UserError as error:
            place.unlink()
            yield f"{_placed(path, folder, error)} (left out)"


def _check(place: Path) -> None:
    kind = place.parent.name
    if place.name == BINDINGS:
        bindings.load(place)
    elif place.name == MARKS:
        marks.load(place)
    elif kind == "presets":
        presets.load(place)
    elif kind == "styles":
        styles.load(place)
    elif place.suffix == ".fs":
        isf.parse(place)


# ---------------------------------------------------------------------- collecting


def gather(name: str, state: State, folder: Path) -> bytes:
    """Return the show file of what is in `folder`, of looks in playlists and queue, and of all that looks bring along.

    Reads files only and may run in any thread. What cannot be found is left out: it could not have been shown either.
    """
    inside = state.model_copy(update={"look": belongings.portable(state.look)})
    parts: dict[str, bytes] = {DOCUMENT: checked.dump(Document(format=1, name=name, state=inside))}
    for own in (BINDINGS, MARKS):
        if (folder / own).is_file():
            parts[own] = (folder / own).read_bytes()
    looks = [state.look, *state.before]
    for look_name, path in _wanted(folder, state.queue).items():
        try:
            stat = path.stat()
            look = _look(path, (stat.st_mtime_ns, stat.st_size, stat.st_ino))
            carried = belongings.portable(look)
            parts[f"presets/{look_name}.yaml"] = path.read_bytes() if carried is look else presets.dumped(carried)
        except (UserError, OSError):
            continue
        looks.append(look)
    parts |= belongings.style_files(name for look in looks for name in (look.style, look.style_b))
    parts |= belongings.effect_files(
        name for look in looks for name in (look.transition, *(use.effect for use in look.effects))
    )
    parts |= belongings.pictures(looks)
    return box.pack({part: data for part, data in parts.items() if box.takes(part, data)})


@lru_cache(maxsize=512)
def _look(path: Path, signature: tuple[int, int, int]) -> Preset:  # noqa: ARG001
    """Read a look once for each state of its file, not to be written: frames feel what errands do in Python."""
    return presets.load(path)


def _wanted(folder: Path, queue: list[str]) -> dict[str, Path]:
    """Return the presets of the show: those in its folder and those that playlists, marks and the queue name."""
    wanted = {path.stem: path for path in (folder / "presets").glob("*.yaml")}
    try:
        marked = marks.load(folder / MARKS)
    except UserError:
        marked = marks.Marks()
    named = {name for looks in marked.playlists.values() for name in looks} | set(marked.looks) | set(queue)
    return {entry.name: entry.path for entry in presets.listing() if entry.name in named} | wanted


def begins_with(state: State) -> bool:
    """Return whether a show names a look to begin with."""
    return bool(state.look.style) or state.look.name != Preset.model_fields["name"].default
