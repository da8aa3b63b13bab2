"""Where things lie: what ships (read only), what a person makes (their own folders), what the open show brings along.

`CLAVILUX_HOME` overrides every user folder. Nothing here creates a file; folders are made on first use, and one that
cannot be made is named all the same: reading finds nothing there, and writing says why.
"""

import contextlib
import os
from pathlib import Path

import platformdirs

LONGEST_NAME = 255
"""No system's files have longer names: whatever is named after a file may be as long."""
_PACKAGE = Path(__file__).resolve().parent


def shipped(*parts: str) -> Path:
    """Return a path below the shipped folders (shaders, styles, presets, assets), in a checkout or a wheel."""
    checkout = _PACKAGE.parent
    root = checkout if (checkout / "pyproject.toml").is_file() else _PACKAGE / "shipped"
    return root.joinpath(*parts)


def _home() -> Path | None:
    home = os.environ.get("CLAVILUX_HOME")
    return Path(home).expanduser() if home else None


def _made(folder: Path) -> Path:
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def data(*parts: str) -> Path:
    """Return (and make) a folder for what the user keeps: styles, presets, effects."""
    base = _home() or Path(platformdirs.user_data_dir("clavilux", appauthor=False))
    return _made(base.joinpath(*parts))


def cache(*parts: str) -> Path:
    """Return (and make) a folder for what can be made again: thumbnails, measurements, compiled programs."""
    home = _home()
    base = home / "cache" if home else Path(platformdirs.user_cache_dir("clavilux", appauthor=False))
    return _made(base.joinpath(*parts))


_SHIPPED = {"styles": ("styles",), "presets": ("presets",), "effects": ("shaders", "effects")}
_carried: list[Path] = []


def carry(folder: Path | None) -> None:
    """From now on look into the folder of an open show first and keep what is made there; None = no show is open."""
    _carried[:] = [] if folder is None else [folder]


def own(*parts: str) -> Path:
    """Return (and make) the folder that what the performer makes now goes to: the open show's, or their own."""
    return _made(_carried[0].joinpath(*parts)) if _carried else data(*parts)


def searched(kind: str) -> tuple[Path, ...]:
    """Return where "styles", "presets" or "effects" are looked for; what comes first hides what comes later."""
    return (*(folder / kind for folder in _carried), data(kind), shipped(*_SHIPPED[kind]))


def is_text(name: str) -> bool:
    """Return whether a file's name is text. One in bytes of another encoding can be opened, but never written down."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_file(path: Path) -> bool:
    """Return whether there is such a file. A stranger's name may be longer than any: then there is none."""
    with contextlib.suppress(OSError):
        return path.is_file()
    return False


def picture(text: str) -> Path:
    """Return where a picture lies that an effect shows; one named without its place comes with the open show."""
    path = Path(text)
    with contextlib.suppress(RuntimeError):  # "~name": whose home nobody knows here
        path = path.expanduser()
    return next((found for folder in _carried if is_file(found := folder / path)), path)


def recordings() -> Path:
    """Return (and make) the folder that recordings go to."""
    home = _home()
    return _made(home / "recordings" if home else Path(platformdirs.user_videos_dir()) / "Clavilux")
