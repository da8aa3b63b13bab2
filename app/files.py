"""Files written so that a crash or a full disk leaves the old one or the new one, never half of it."""

import contextlib
import json
import os
from pathlib import Path

from app.problems import UserError


def check_place(path: Path | None) -> None:
    """Raise `UserError` if no file can be written at `path` (None = none wanted): before the work, not after it."""
    if path is None or _is_stream(path):
        return
    folder = path.absolute().parent
    if path.is_dir():
        raise UserError(f"{path}: is a folder; name a file")
    if not folder.is_dir():
        raise UserError(f"{path}: the folder {folder} does not exist; make it first")
    if not os.access(folder, os.W_OK):
        raise UserError(f"{path}: the folder {folder} is read-only; choose another")


def replace(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write `data` to `path` by way of a temporary file beside it; `UserError` names the file and what stopped it.

    `private`: nobody but its owner may read it, where the system knows owners.
    """
    try:
        if _is_stream(path):
            path.write_bytes(data)
        else:
            _swap_in(path.resolve(), data, private)
    except OSError as error:
        hint = "choose another folder or free some space"
        raise UserError(f"{path}: cannot be written: {error.strerror}; {hint}") from None


def settle(temporary: Path, path: Path) -> None:
    """Put a file that was written in the place of `path`, with all of it on the disk before it has the name."""
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync_folder(path.parent)


def keep_aside(path: Path) -> None:
    """Rename a file that could not be read, so that a new one does not take its place."""
    try:
        path.replace(path.with_name(f"{path.name}.bad"))
    except OSError as error:
        raise UserError(f"{path}: cannot be renamed: {error.strerror}; move it away by hand") from None


def write_json(path: Path, content: object, indent: int | None = 2) -> None:
    """Write `content` as JSON, the way `replace` does."""
    replace(path, (json.dumps(content, indent=indent) + "\n").encode())


def _is_stream(path: Path) -> bool:
    """Whether this is a pipe or device such as /dev/stdout, which is written to and must never be replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _sync_folder(folder: Path) -> None:
    """Let the new name outlast a power cut, where the system can."""
    if os.name == "posix":
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _swap_in(path: Path, data: bytes, private: bool) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            if private:
                temporary.chmod(0o600)
            file.write(data)
        settle(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
