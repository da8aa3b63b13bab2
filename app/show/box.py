"""The box: the ZIP file that a show is, as parts in memory. What a stranger put into it can be wrong in any way.

Pure. Nothing is unpacked by the name it was given: names are of a known kind and cannot lead anywhere, sizes are
counted while reading, so that no file can fill the disk or the memory.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from app.problems import UserError, shown

SUFFIX = ".clavilux"
STEM = r"[^\0- ./\\:*?\"<>|\x7f\ud800-\udfff][^\0-\x1f/\\:*?\"<>|\x7f\ud800-\udfff]{0,250}"
"""What a part's file may be called before the dot: any name that leads nowhere and that every system has."""
_NAME = re.compile(rf"(show|bindings|library)\.yaml|presets/{STEM}\.yaml|styles/{STEM}\.safetensors"
                   rf"|effects/{STEM}\.(fs|vs)|pictures/{STEM}\.(png|jpg|jpeg|webp)")  # fmt: skip
MOST_PARTS = 4096
MOST_BYTES = 512 * 2**20
_PICTURES = dict.fromkeys((".png", ".jpg", ".jpeg", ".webp"), 32 * 2**20)
PART_BYTES = {".yaml": 10**6, ".fs": 2 * 10**6, ".vs": 2 * 10**6, ".safetensors": 64 * 2**20} | _PICTURES
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What is read, too: other ways fail in ways of their own, and may ask for gigabytes of memory to unpack a byte."""
_DATE = (1980, 1, 1, 0, 0, 0)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, OverflowError)


def fits(name: str) -> bool:
    """Return whether a part may have this name."""
    return _NAME.fullmatch(name) is not None


def takes(name: str, data: bytes) -> bool:
    """Return whether a part may have this name and so many bytes: a box that `read` refuses must not be packed."""
    return fits(name) and len(data) <= PART_BYTES[Path(name).suffix]


def backup(path: Path) -> Path:
    """Return where a show file lies as it was when it was opened last."""
    return path.with_suffix(f"{SUFFIX}.bak")


def read(path: Path) -> dict[str, bytes]:
    """Return the parts of a show file by name; `UserError` when it is not one."""
    if path.suffix.lower() != SUFFIX:
        raise UserError(f"{path}: not a show file; its name ends in {SUFFIX}")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UserError(f"{path}: larger than {MOST_BYTES // 2**20} MB; this is not a show file")
        with zipfile.ZipFile(path) as box:
            return _parts(path, box)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from None
    except _BROKEN:
        raise UserError(f"{path}: damaged, or not a show file") from None


def _parts(path: Path, box: zipfile.ZipFile) -> dict[str, bytes]:
    infos = [info for info in box.infolist() if not info.filename.endswith("/")]  # is_dir fails on a name of no letters
    if len(infos) > MOST_PARTS:
        raise UserError(f"{path}: holds {len(infos)} parts; {MOST_PARTS} are the most")
    parts: dict[str, bytes] = {}
    seen: set[str] = set()
    left = MOST_BYTES
    for info in infos:
        if not fits(info.filename):
            raise UserError(f"{path}: '{shown(info.filename)}' does not belong into a show file")
        if info.filename.casefold() in seen:
            raise UserError(f"{path}: '{shown(info.filename)}' is there twice")
        seen.add(info.filename.casefold())
        parts[info.filename] = data = _part(path, box, info, left)
        left -= len(data)
    return parts


def _part(path: Path, box: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
    if info.compress_type not in _PACKED:
        raise UserError(f"{path}: '{info.filename}' is packed in a way that no show file is")
    most = min(PART_BYTES[Path(info.filename).suffix], left)
    with box.open(info) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise UserError(f"{path}: '{info.filename}' is larger than a part of its kind can be")
    return data


def pack(parts: Mapping[str, bytes]) -> bytes:
    """Return the show file; the same parts give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        for name in sorted(parts, key=lambda name: (name != "show.yaml", name)):
            info = zipfile.ZipInfo(name, _DATE)
            packed = name.startswith(("styles/", "pictures/"))
            info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            box.writestr(info, parts[name])
    return out.getvalue()
