"""What jobs leave on disk: one folder each while they are unfinished, a style and its history when they are done.

`create` and `unfinished` run on the main thread at a click and at the start; everything else where training runs. A
folder with a `job.json` is an unfinished job: there is no other mark that could disagree with it.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from app import files
from app import style as styles
from app.problems import UserError
from app.style import Style
from app.training.progress import Job, Row

JOB, CHECKPOINT, BEST, LOCK = "job.json", "checkpoint.safetensors", "best.safetensors", "lock"
MAX_NAME = 60
MAX_JOB_BYTES = 4 * 2**20


def file_name(name: str) -> str:
    """Return a style's name that is safe as a file name."""
    safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in name.strip()[:MAX_NAME])
    return safe.strip("_").lower() or "untitled"


def name_taken(folder: Path, name: str) -> bool:
    """Whether a style of this name exists, in `folder` or in the library."""
    places = {folder, *styles.folders()}
    return any(os.path.lexists(place / f"{name}{suffix}") for place in places for suffix in styles.SUFFIXES)


def create(root: Path, name: str, text: str, style_folder: Path, base: Path) -> Job:
    """Make a job's folder below `root`; `UserError` if there is an unfinished job of this name or no place for it."""
    folder = root / file_name(name)
    if len(text.encode("utf-8", "replace")) > MAX_JOB_BYTES // 4:
        raise UserError(f"{name}: the experiment is larger than {MAX_JOB_BYTES // 4 // 2**20} MB; this is no recipe")
    if (folder / JOB).exists():
        raise UserError(f"an unfinished job is named '{folder.name}' already; continue or cancel it, or choose a name")
    job = Job(folder.name, folder.name, text, folder, style_folder, base)
    _delete(folder, CHECKPOINT, BEST)  # what a crash left of a job that had ended
    write_job(job)
    return job


def write_job(job: Job, failed: bool = False) -> None:
    """Write what the job is, whole or not at all, and whether it failed: another one may then take its name."""
    content = {"name": job.name, "text": job.text, "styles": str(job.styles), "base": str(job.base)}
    files.write_json(job.folder / JOB, content | ({"failed": True} if failed else {}))


def has_failed(folder: Path) -> bool:
    """Whether the unfinished job in a folder has failed; `UserError` if its file can't be read."""
    return bool(_raw(folder / JOB).get("failed"))


def renew(job: Job) -> None:
    """Let a job that has nothing to keep begin again when it is trained; one that has goes on."""
    if not (job.folder / BEST).exists():
        _delete(job.folder, CHECKPOINT)


def read_job(folder: Path) -> Job:
    """Read one job; `UserError` names the file and what is wrong with it."""
    path = folder / JOB
    raw = _raw(path)
    fields = [field for key in ("name", "text", "styles", "base") if isinstance(field := raw.get(key), str)]
    if len(fields) < 4:
        raise UserError(f"{path}: is no job; delete its folder to forget it")
    name, text, style_folder, base = fields
    return Job(folder.name, file_name(name), text, folder, Path(style_folder), Path(base))


def _raw(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = json.loads(file.read(MAX_JOB_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: cannot be read: {error}; delete its folder to forget this job") from None
    return raw if isinstance(raw, dict) else {}


def unfinished(root: Path) -> list[Job | UserError]:
    """Return the jobs found in `root`, oldest first; one that can't be read as its error."""
    found = sorted((path for path in root.glob(f"*/{JOB}") if path.is_file()), key=lambda path: path.stat().st_mtime)
    return [_job_or_error(path.parent) for path in found]


def _job_or_error(folder: Path) -> Job | UserError:
    try:
        return read_job(folder)
    except UserError as error:
        return error


def forget(job: Job) -> None:
    """Delete an ended job's files, the mark of an unfinished job first."""
    _delete(job.folder, JOB, CHECKPOINT, BEST, LOCK)
    _sweep(job.folder, ".*.tmp")
    with contextlib.suppress(OSError):
        job.folder.rmdir()


def _sweep(folder: Path, pattern: str) -> None:
    """Delete what was only half written when a process was killed."""
    _delete(folder, *(path.name for path in folder.glob(pattern)))


def _delete(folder: Path, *names: str) -> None:
    with contextlib.suppress(OSError):
        for name in names:
            (folder / name).unlink(missing_ok=True)


@contextlib.contextmanager
def claimed(job: Job) -> Iterator[None]:
    """Hold the job while it is trained: `UserError` if another process trains it. The system frees it after a crash."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    try:
        lock = (job.folder / LOCK).open("wb")
    except OSError as error:
        raise UserError(f"{job.folder}: cannot be written: {error.strerror}; free some space") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(f"'{job.name}' is being trained by another Clavilux already") from None
        _sweep(job.folder, ".*.tmp")
        yield


def write_best(job: Job, style: Style) -> None:
    """Keep the best style so far."""
    styles.save(style, job.folder / BEST)


def read_best(job: Job) -> Style | None:
    """Return the best style that an earlier part of this job left, None if there is none that can be read."""
    try:
        return styles.load(job.folder / BEST)
    except UserError:
        return None


def finish(job: Job, style: Style, history: tuple[Row, ...]) -> Path:
    """Put the style where styles are listed, complete, under a name that nobody has; its history beside it.

    Raises `UserError` if the disk does not take the style; a history that it does not take is left out.
    """
    _sweep(job.styles, f".{job.name}.*.part")
    with _room(job.styles):
        part = job.styles / f".{job.name}.{os.getpid()}.part"
        try:
            styles.save(replace(style, name=job.name), part)
            path = _link_free(part, job.styles, job.name)
        except UserError as error:  # a performer knows the style, not the file it passes through
            raise UserError(str(error).replace(str(part), str(job.styles / f"{job.name}.safetensors"))) from None
        finally:
            part.unlink(missing_ok=True)
    with contextlib.suppress(UserError):
        content = {"style": path.name, "experiment": job.text, "columns": Row._fields}
        files.write_json(path.with_suffix(".history.json"), content | {"history": history}, indent=None)
    return path


@contextlib.contextmanager
def _room(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(f"{folder}: cannot be written: {error.strerror}; free some space") from None


def _link_free(part: Path, folder: Path, name: str) -> Path:
    """Give the finished file its first free name; never replaces a file, even one made at this very moment."""
    number = 1
    while True:
        path = folder / f"{name if number == 1 else f'{name}-{number}'}.safetensors"
        number += 1
        if name_taken(folder, path.stem):
            continue
        try:
            path.hardlink_to(part)
        except FileExistsError:
            continue
        except OSError:  # a file system without links
            part.replace(path)
        return path
