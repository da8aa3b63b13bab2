"""Checkpoint files: safetensors with a JSON header. Runs where training runs; nothing in a file is ever executed.

A file is written whole or not at all, so the one before it survives a crash or a full disk. A checksum finds damage.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app import files
from app.problems import UserError
from app.training.progress import Checkpoint, Row

FORMAT = 1
MAX_BYTES = 512 * 2**20
_KEY = "clavilux-checkpoint"


@dataclass(frozen=True, slots=True)
class Stored:
    """A checkpoint as it lies on disk: the experiment is still text."""

    text: str
    step: int
    arrays: dict[str, object]
    numbers: dict[str, float]
    history: tuple[Row, ...]


def write(path: Path, checkpoint: Checkpoint, text: str) -> None:
    """Write a checkpoint; `text` is its experiment as YAML. `UserError` if the disk does not take it."""
    from safetensors.numpy import save

    arrays = {name: np.asarray(array, order="C") for name, array in checkpoint.arrays.items()}
    meta = {
        "format": FORMAT,
        "text": text,
        "step": checkpoint.step,
        "numbers": checkpoint.numbers,
        "history": checkpoint.history,
        "crc": _crc(arrays),
    }
    files.replace(path, save(arrays, {_KEY: json.dumps(meta)}))


def read(path: Path) -> Stored:
    """Read a checkpoint; `UserError` names the file and what is wrong with it."""
    from safetensors import SafetensorError

    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{path}: larger than {MAX_BYTES // 2**20} MB; this is no checkpoint")
        return _parse(path)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(f"{path}: corrupt or truncated checkpoint: {error}") from None


def _parse(path: Path) -> Stored:
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        meta = json.loads(file.metadata()[_KEY])
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    if meta["format"] != FORMAT or meta["crc"] != _crc(arrays):
        raise ValueError("its checksum or format is wrong")
    return Stored(
        str(meta["text"]),
        int(meta["step"]),
        dict(arrays),
        {str(name): float(number) for name, number in meta["numbers"].items()},
        tuple(_row(*row) for row in meta["history"]),
    )


def _row(step: int, guide: float, held_out: float | None, loss: float, *more: Any) -> Row:
    """Return a row; `more` is what an earlier version did not write."""
    width, height, views, heard = more or (0, 0, 0, ())
    held = None if held_out is None else float(held_out)
    numbers = tuple(float(number) for number in heard)
    return Row(int(step), float(guide), held, float(loss), int(width), int(height), int(views), numbers)


def _crc(arrays: Mapping[str, Any]) -> int:
    crc = 0
    for name in sorted(arrays):
        crc = zlib.crc32(arrays[name].tobytes(), zlib.crc32(name.encode(), crc))
    return crc
