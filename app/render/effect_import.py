"""Bringing in a folder of ISF effects: each file is read, compiled beside the show and copied, or it is told why not.

Main thread, GL context current; `step` does a little in each frame, so the show goes on meanwhile. What does not
compile stays where it is; nothing that is at hand already is ever written over.
"""

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import moderngl

from app import paths
from app.problems import UserError, shown
from app.render import effect_workshop
from app.render.effect_program import Program
from app.render.effect_textures import MAX_FILE_BYTES
from app.render.isf import EffectFile, parse
from app.render.isf_glsl import Sources, translate

MOST_FILES = 1000
STEP_SECONDS = 0.002
"""So long at most a frame is spent on looking for files."""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one file: `trouble` "" when it came in."""

    name: str
    kind: str
    trouble: str = ""


class Importer:
    """One folder or file at a time; `rows` is the report, in the order of the files."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._work: Iterator[None] | None = None
        self.rows: list[Row] = []

    @property
    def running(self) -> bool:
        """Whether files are still being looked at."""
        return self._work is not None

    @property
    def told(self) -> str:
        """The report in one line."""
        came = sum(not row.trouble for row in self.rows)
        return f"{came} of {len(self.rows)} effects came in" + (" so far" if self.running else "")

    def begin(self, path: Path) -> None:
        """Bring in a file, or every .fs file below a folder; `UserError` when there is nothing of the kind."""
        path = path.expanduser()
        if not path.is_dir() and not (path.is_file() and path.suffix.lower() == ".fs"):
            raise UserError(f"{path}: neither a folder nor an .fs file")
        self.rows, self._work = [], self._all(path)

    def step(self) -> None:
        """Go on for a moment; call once a frame."""
        until = time.monotonic() + STEP_SECONDS
        while self._work is not None and time.monotonic() < until:
            if next(self._work, self) is self:
                self._work = None

    def _all(self, path: Path) -> Iterator[None]:
        count = 0
        for file in [path] if path.is_file() else _walk(path):
            if file is None:
                yield
                continue
            count += 1
            if count > MOST_FILES:
                why = f"more than {MOST_FILES} files; bring in its folders one by one"
                self.rows.append(Row(shown(path.name), "", why))
                return
            yield from self._one(file)
        if not self.rows:
            self.rows.append(Row(shown(path.name), "", "no .fs files in this folder"))

    def _one(self, file: Path) -> Iterator[None]:
        """Bring in one file; a piece of the work between any two yields."""
        kind = ""
        try:
            if not paths.is_text(file.name):
                raise UserError("its name is no text, so no library would have it; rename it")
            effect = parse(file)
            kind, sources = effect.kind, translate(effect)
            yield
            while not effect_workshop.of(self._ctx).prepared([sources]):
                time.sleep(0)
                yield
            self._refuse_broken(sources)
            _copy(effect)
            self.rows.append(Row(shown(file.stem), kind))
        except UserError as error:
            self.rows.append(Row(shown(file.stem), kind, str(error)))
        yield

    def _refuse_broken(self, sources: Sources) -> None:
        """Raise why it does not compile; where nothing is compiled beside the show, find out now."""
        shop = effect_workshop.of(self._ctx)
        program: Program = shop.borrow(sources)
        shop.give_back(program)


def _walk(folder: Path) -> Iterator[Path | None]:
    """Yield every .fs file, and None for each folder on the way; links are not followed."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return
    yield None
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        elif entry.is_file(follow_symlinks=False) and entry.name.lower().endswith(".fs"):
            yield Path(entry.path)


def _copy(effect: EffectFile) -> None:
    """Copy an effect with all that belongs to it into the performer's folder; the effect itself last."""
    folder = paths.own("effects")
    source = effect.path.parent.resolve()
    if source == folder.resolve():
        return
    vertex = effect.path.with_suffix(".vs")
    placed = [(part.path, folder / part.path.relative_to(source)) for part in effect.imported if part.path.is_file()]
    placed += [(vertex, folder / vertex.name)] if vertex.is_file() else []
    placed.append((effect.path, folder / effect.path.with_suffix(".fs").name))  # X.FS would not be found there
    try:
        _refuse_taken(placed)
        for part, place in placed:
            _copy_whole(part, place)
    except OSError as error:
        raise UserError(f"{folder}: cannot be written: {error.strerror or error}") from None


def _refuse_taken(placed: list[tuple[Path, Path]]) -> None:
    """Raise for what is too large, or would take the place of another file or hide a shipped effect."""
    effect, place = placed[-1]
    for part, there in [*placed, (effect, paths.shipped("shaders", "effects", place.name))]:
        if part.stat().st_size > MAX_FILE_BYTES:
            raise UserError(f"{part.name}: larger than {MAX_FILE_BYTES // 1_000_000} MB")
        if there.is_file() and there.read_bytes() != part.read_bytes():
            raise UserError(f"{part.name}: another file of this name is at hand already; rename it")


def _copy_whole(part: Path, place: Path) -> None:
    """Copy by way of a file beside it: nobody finds what a full disk left of a copy, and nothing has to be renamed."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.part")
    try:
        shutil.copyfile(part, beside)
        beside.replace(place)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()
