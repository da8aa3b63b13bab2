"""The shelf: experiment files that ship and those a person keeps, by name. Main thread; reads and writes text only."""

from pathlib import Path

from app import files, paths
from app import preset as presets
from app.problems import UserError, nearest

SUFFIX = ".yaml"
MAX_BYTES = 1_000_000


def folders() -> tuple[Path, Path]:
    """Return where experiments are looked for, in order: the user's own, then the shipped ones."""
    return paths.data("experiments"), paths.shipped("presets", "experiments")


def listing() -> dict[str, Path]:
    """Return every experiment there is by name; the user's own hides a shipped one of the same name."""
    found = {path.stem: path for folder in reversed(folders()) for path in sorted(folder.glob(f"*{SUFFIX}"))}
    return dict(sorted(found.items()))


def read(name: str) -> str:
    """Return an experiment's text. `UserError` if there is none of that name or it can't be read."""
    known = listing()
    if name not in known:
        raise UserError(f"unknown experiment '{name}'{nearest(name, known)}")
    path = known[name]
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path}: larger than {MAX_BYTES // 1000} kB; this is not an experiment")
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from None


def save(name: str, text: str) -> Path:
    """Keep an experiment among the user's own, whole or not at all; return its file. `UserError` if it can't be."""
    path = folders()[0] / presets.file_name(name)
    files.replace(path, text.encode())
    return path
