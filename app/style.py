"""A style: one network's weights and where they came from, as one .safetensors file.

Main thread. A stranger's file is read once, up to a size limit, and only ever parsed as data: nothing in it runs.
Seed-style `.pth` files are read by `app.cppn.seed_file`.
"""

import json
import math
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app import files, paths
from app.cppn.arch import ACTIVATIONS, DEPTHS, WIDTHS, Arch
from app.cppn.inputs import INPUTS
from app.problems import UserError, nearest

Layer = tuple[NDArray[np.float32], NDArray[np.float32]]
"""(weights (out, in), biases (out,))."""

FORMAT = 1
MAX_BYTES = 64 * 2**20
MAX_HEADER_BYTES = 2**20
MAX_INPUTS = 64
LARGEST_WEIGHT = 1e6
SUFFIXES = (".safetensors", ".pth")
_KEY = "clavilux"
_DAMAGED = "corrupt or truncated style file; copy it here again, or delete it"


@dataclass(frozen=True, slots=True)
class Header:
    """What a style file says about itself."""

    w0: float = 10.0
    speed: float = 1.0
    prompts: tuple[str, ...] = ()
    judge: str = ""
    """Who guided: names and the start of their weights' SHA-256."""
    held_out: str = ""
    """Who kept the best and gave `scores`; never the guide unless that was asked for."""
    seed: int | None = None
    steps: int = 0
    scores: dict[str, float] = field(default_factory=dict)
    """`held_out` (or `guide`): cosine × 100; on the demo track `reaction`: dAudio/std, `ssim`: SSIM(t, t + 1/60)."""
    flash_score: float | None = None
    """Share of pictures of the demo track with more flashes than WCAG 2.3.1 allows: 0 is good. None: not counted."""
    licence: str = ""
    author: str = ""
    created: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """A named network with float32 weights; `layers` fit `arch.shapes`."""

    name: str
    arch: Arch
    layers: tuple[Layer, ...]
    header: Header = field(default_factory=Header)


@dataclass(frozen=True, slots=True)
class StyleEntry:
    """One line of the style list, known without reading weights. `problem` says why a file can't be used, else ""."""

    name: str
    path: Path
    arch: Arch
    header: Header
    problem: str = ""


def load(path: Path) -> Style:
    """Read a style file (.safetensors or seed-style .pth). `UserError` names the file and what is wrong with it."""
    data = _read(path)
    if path.suffix == ".pth":
        from app.cppn.seed_file import parse  # brings torch in, needed for nothing else

        return checked(parse(path, data), path)
    arch, header = _parse_header(path, _json_of(path, data[: MAX_HEADER_BYTES + 8]))
    tensors = _tensors(path, data)
    layers = tuple(
        (_tensor(path, tensors, f"layers.{i}.weight"), _tensor(path, tensors, f"layers.{i}.bias"))
        for i in range(len(arch.shapes))
    )
    return checked(Style(path.stem, arch, layers, header), path)


def checked(style: Style, path: Path) -> Style:
    """Return `style` if its weights fit its architecture and are finite, else raise a `UserError`."""
    for i, ((weights, biases), shape) in enumerate(zip(style.layers, style.arch.shapes, strict=True)):
        if weights.shape != shape or biases.shape != shape[:1]:
            raise UserError(f"{path}: layer {i} has shape {weights.shape}, its header says {shape}")
        if not (np.abs(weights).max() < LARGEST_WEIGHT and np.abs(biases).max() < LARGEST_WEIGHT):
            raise UserError(f"{path}: layer {i} holds NaN, infinite or absurd weights; export the style again")
    return style


def save(style: Style, path: Path) -> None:
    """Write a style file whole or not at all; the same style gives the same bytes."""
    files.replace(path, to_bytes(checked(style, path)))


def to_bytes(style: Style) -> bytes:
    """Return a style as the contents of its file."""
    from safetensors.numpy import save as packed

    arch = style.arch
    meta = {"format": FORMAT, "inputs": arch.inputs, "width": arch.width, "depth": arch.depth,
            "activation": arch.activation, **asdict(style.header)}  # fmt: skip
    tensors = {}
    for i, (weights, biases) in enumerate(style.layers):
        tensors[f"layers.{i}.weight"] = np.ascontiguousarray(weights, np.float32)
        tensors[f"layers.{i}.bias"] = np.ascontiguousarray(biases, np.float32)
    return packed(tensors, {_KEY: json.dumps(meta)})


def folders() -> tuple[Path, ...]:
    """Return where styles are looked for, in order: the open show's, the user's own, then the shipped ones."""
    return paths.searched("styles")


def find(name: str) -> Style:
    """Load a style by its name (the user's own before a shipped one of the same name) or by its file's path."""
    if name.endswith((".safetensors", ".pth")):
        return load(Path(name))
    found = {entry.name: entry.path for entry in reversed(listing())}
    if name not in found:
        raise UserError(f"unknown style '{name}'{nearest(name, found)}")
    return load(found[name])


def listing() -> list[StyleEntry]:
    """Return every style there is by name, the user's own first where two share a name; weights are not read."""
    seen: dict[str, StyleEntry] = {}
    for folder in folders():
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.suffix in SUFFIXES and path.stem not in seen and paths.is_text(path.name):
                seen[path.stem] = _entry(path)
    return sorted(seen.values(), key=lambda entry: entry.name)


def _entry(path: Path) -> StyleEntry:
    if path.suffix == ".pth":
        return StyleEntry(path.stem, path, Arch(), Header(tags=("seed",)))
    try:
        stat = path.stat()
        return _entry_of(path, (stat.st_mtime_ns, stat.st_size, stat.st_ino))
    except OSError as error:
        return StyleEntry(path.stem, path, Arch(), Header(), str(error))


@lru_cache(maxsize=4096)
def _entry_of(path: Path, signature: tuple[int, int, int]) -> StyleEntry:  # noqa: ARG001
    """Read a header once for each state of its file: the list is asked for within frames."""
    try:
        with path.open("rb") as file:
            arch, header = _parse_header(path, _json_of(path, file.read(MAX_HEADER_BYTES + 8)))
        return StyleEntry(path.stem, path, arch, header)
    except UserError as error:
        return StyleEntry(path.stem, path, Arch(), Header(), str(error))


def _read(path: Path) -> bytes:
    if path.suffix not in SUFFIXES:
        raise UserError(f"{path}: not a style file; expected {' or '.join(SUFFIXES)}")
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(MAX_BYTES + 1) if size <= MAX_BYTES else b""
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:  # a preset may say anything: no system has a file of this name
        raise UserError(f"{path}: no such file") from None
    if size > MAX_BYTES or len(data) > MAX_BYTES:
        raise UserError(f"{path}: larger than {MAX_BYTES // 2**20} MB; this is not a style file")
    return data


def _json_of(path: Path, start: bytes) -> Mapping[str, Any]:
    """Return our own JSON from the beginning of a safetensors file."""
    length = struct.unpack("<Q", start[:8])[0] if len(start) >= 8 else MAX_HEADER_BYTES + 1
    if length > min(MAX_HEADER_BYTES, len(start) - 8):
        raise UserError(f"{path}: {_DAMAGED}")
    try:
        meta = json.loads(start[8 : 8 + length])["__metadata__"][_KEY]
        parsed = json.loads(meta)
        json.dumps(parsed, ensure_ascii=False).encode("utf-8")  # no panel shows half of a character ("\ud83d")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UserError(f"{path}: has no Clavilux header; not a style file, or corrupt") from None
    if not isinstance(parsed, dict):
        raise UserError(f"{path}: its Clavilux header is not an object")
    return parsed


def _parse_header(path: Path, meta: Mapping[str, Any]) -> tuple[Arch, Header]:
    if meta.get("format") != FORMAT:
        raise UserError(
            f"{path}: style format {repr(meta.get('format'))[:40]}, this program reads {FORMAT}; update Clavilux"
        )
    try:
        arch = Arch(
            tuple(str(name) for name in meta["inputs"]), int(meta["width"]), int(meta["depth"]), meta["activation"]
        )
        header = _header(meta)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UserError(f"{path}: bad style header: {str(error)[:200]}") from None
    for problem in _problems(arch):
        raise UserError(f"{path}: {problem}")
    return arch, header


def _problems(arch: Arch) -> Iterator[str]:
    if arch.activation not in ACTIVATIONS:
        yield f"unknown activation {str(arch.activation)[:80]!r}{nearest(str(arch.activation), ACTIVATIONS)}"
    for name in arch.inputs:
        if name not in INPUTS:
            yield f"unknown input {name[:80]!r}{nearest(name, INPUTS)}"
    if not 0 < len(set(arch.inputs)) == len(arch.inputs) <= MAX_INPUTS:
        yield f"needs 1 to {MAX_INPUTS} different inputs"
    if arch.width not in WIDTHS or arch.depth not in DEPTHS:
        yield f"width {arch.width} × depth {arch.depth} is outside 8..256 × 1..8"


def _header(meta: Mapping[str, Any]) -> Header:
    known = {item.name: meta[item.name] for item in fields(Header) if item.name in meta}
    for name in ("prompts", "tags"):
        known[name] = tuple(str(text) for text in known.get(name, ()))
    known["scores"] = {str(key): _finite(value) for key, value in dict(known.get("scores", {})).items()}
    for name in ("w0", "speed"):
        known[name] = _finite(known.get(name, getattr(Header(), name)))
    if known.get("flash_score") is not None:
        known["flash_score"] = _finite(known["flash_score"])
    for name in ("judge", "held_out", "licence", "author", "created"):
        known[name] = str(known.get(name, ""))
    known["steps"] = int(known.get("steps", 0))
    known["seed"] = None if known.get("seed") is None else int(known["seed"])
    return Header(**known)


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number


def _tensors(path: Path, data: bytes) -> dict[str, NDArray[Any]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load as from_bytes

    try:
        return from_bytes(data)
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"{path}: {_DAMAGED}") from None


def _tensor(path: Path, tensors: Mapping[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
    array = tensors.get(name)
    if array is None or array.dtype != np.float32:
        raise UserError(f"{path}: '{name}' is missing or not float32")
    return array
