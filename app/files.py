"""Files written so that a crash or a full disk leaves the old one or the new one, never half of it."""

import contextlib
import os
from pathlib import Path

from app.problems import UserError


def replace(path: Path, data: bytes) -> None:
    """Write `data` to `path` by way of a temporary file beside it; `UserError` names the file and what stopped it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        hint = "choose another folder or free some space"
        raise UserError(f"{path}: cannot be written: {error.strerror}; {hint}") from None
