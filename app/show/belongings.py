"""What looks bring along when their show is carried elsewhere: styles, effects, pictures. Reads files only; any thread.

A look inside a show names nothing by a path of the machine it was made on: `portable` gives it names that are found
wherever the show is opened.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from app import paths
from app import style as styles
from app.preset import Preset
from app.problems import UserError
from app.show import box

PICTURES = "pictures"
MOST_PICTURE_BYTES = 128 * 2**20
"""Of all pictures of a show together; what would be more stays outside."""


def portable(look: Preset) -> Preset:
    """Return the look as it is inside a show file: itself, where it names nothing by a path."""
    names = _style_name(look.style), _style_name(look.style_b)
    images = [{name: _picture_name(text) or text for name, text in use.images.items()} for use in look.effects]
    if (look.style, look.style_b) == names and [use.images for use in look.effects] == images:
        return look
    inside = look.model_copy(deep=True)
    inside.style, inside.style_b = names
    for use, own in zip(inside.effects, images, strict=True):
        use.images = own
    return inside


def _style_name(style: str) -> str:
    return Path(style).stem if style.endswith(styles.SUFFIXES) else style


def _picture_name(text: str) -> str:
    """Return the name of a picture inside a show, "" for one that cannot come along."""
    path = paths.picture(text)
    try:
        if not paths.is_file(path) or path.stat().st_size > box.PART_BYTES.get(path.suffix.lower(), 0):
            return ""
    except (OSError, ValueError):
        return ""
    folder = hashlib.sha256(str(path.parent.absolute()).encode()).hexdigest()[:6]
    name = f"{PICTURES}/{path.name}"
    if path.parent != paths.own() / PICTURES:  # two folders may hold pictures of one name
        name = f"{PICTURES}/{path.stem}-{folder}{path.suffix.lower()}"
    return name if box.fits(name) else ""


def pictures(looks: Iterable[Preset]) -> dict[str, bytes]:
    """Return the pictures that effects of these looks load."""
    parts: dict[str, bytes] = {}
    left = MOST_PICTURE_BYTES
    for text in sorted({text for look in looks for use in look.effects for text in use.images.values() if text}):
        name = _picture_name(text)
        if name and name not in parts:
            try:
                data = paths.picture(text).read_bytes()
            except OSError:
                continue
            if len(data) <= left:
                parts[name] = data
                left -= len(data)
    return parts


def style_files(names: Iterable[str]) -> dict[str, bytes]:
    """Return styles by name or path; seed-style ones as ours. What cannot be read is left out."""
    parts = {}
    known = {entry.name: entry.path for entry in styles.listing()}
    for name in sorted(set(names) - {""}):
        path = known.get(name, Path(name))
        try:
            style = styles.load(path)
            parts[f"styles/{path.stem}.safetensors"] = (
                styles.to_bytes(style) if path.suffix == ".pth" else path.read_bytes()
            )
        except (UserError, OSError):
            continue
    return parts


def effect_files(names: Iterable[str]) -> dict[str, bytes]:
    """Return the effects of these names that do not ship with the program."""
    parts = {}
    for name in sorted(set(names)):
        for folder in paths.searched("effects")[:-1]:
            if paths.is_file(folder / f"{name}.fs"):
                for path in (folder / f"{name}.fs", folder / f"{name}.vs"):
                    if path.is_file():
                        parts[f"effects/{path.name}"] = path.read_bytes()
                break
    return parts
