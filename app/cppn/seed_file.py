"""Seed-style `.pth` files: a torch state dict with or without metadata. Only tensors and plain data are read.

Coordinates are those of the seed: x, y in [-π, π], then t, then sound. Twelve inputs are the default ones; fewer
mean that the last ones are missing. Imports torch: load through `app.style.load`.
"""

import io
import pickle
import pickletools
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from app.cppn.arch import ACTIVATIONS, DEFAULT_INPUTS, DEPTHS, OUTPUTS, WIDTHS, Arch
from app.problems import UserError, nearest
from app.style import MAX_BYTES, Header, Layer, Style

_UNREADABLE = (
    pickle.UnpicklingError, ArithmeticError, AssertionError, AttributeError, EOFError, ImportError, LookupError,
    MemoryError, OSError, RuntimeError, TypeError, ValueError, struct.error,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""All that torch and zipfile were seen to raise on damaged or hostile files."""
LARGEST = max(WIDTHS) * max(WIDTHS) * 2
"""Numbers in the largest layer that can be drawn."""
PICKLE_BYTES, LONGEST_TEXT, PICKLES_BEFORE_1_6 = 1 << 18, 1000, 5
_STATE_KEYS = ("state_dict", "model_state_dict", "model", "weights")
_META_KEYS = ("metadata", "config", "architecture", "args", "hparams")


def parse(path: Path, data: bytes) -> Style:
    """Return the style in a `.pth` file's bytes. `UserError` for anything but a plain chain of linear layers."""
    _refuse_tricks(path, data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except _UNREADABLE:
        raise UserError(f"{path}: corrupt, or holds more than weights (which could run code); not loaded") from None
    if not isinstance(content, Mapping):
        raise UserError(f"{path}: holds no state dict")
    layers = _layers(path, _state(content))
    meta = _metadata(content)
    arch = _arch(path, layers, str(meta.get("activation", "sin")))
    return Style(path.stem, arch, layers, Header(prompts=_prompts(meta), tags=("seed",)))


def _refuse_tricks(path: Path, data: bytes) -> None:
    """Look before torch does: at what an archive becomes, and at what its pickles would make.

    A pickle may be long, and torch's own refusal of a long name takes time by the square of its length.
    """
    try:
        for pickled, count in _pickles(path, data):
            stream = io.BytesIO(pickled[:PICKLE_BYTES])
            for _ in range(count):
                texts = (text for _, text, _ in pickletools.genops(stream) if isinstance(text, str | bytes))
                longest = max(map(len, texts), default=0)
                if longest > LONGEST_TEXT:
                    raise UserError(f"{path}: holds a text of {longest} letters; this is not a style file")
    except _UNREADABLE:
        raise UserError(f"{path}: corrupt, or not a style file") from None


def _pickles(path: Path, data: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield what is pickled, and how many pickles follow each other there."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        yield data, PICKLES_BEFORE_1_6
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > MAX_BYTES:
            raise UserError(f"{path}: unpacks to more than {MAX_BYTES // 2**20} MB; this is not a style file")
        for part in parts:
            if part.filename.lower().endswith(".pkl"):
                with archive.open(part) as file:
                    yield file.read(PICKLE_BYTES + 1), 1


def _state(content: Mapping[Any, Any]) -> Mapping[Any, Any]:
    for key in _STATE_KEYS:
        if isinstance(content.get(key), Mapping):
            return dict(content[key])
    return content


def _metadata(content: Mapping[Any, Any]) -> dict[Any, Any]:
    found = {key: value for key, value in content.items() if isinstance(value, str | int | float)}
    for key in _META_KEYS:
        if isinstance(content.get(key), Mapping):
            found.update(content[key])
    return found


def _prompts(meta: Mapping[Any, Any]) -> tuple[str, ...]:
    prompt = meta.get("prompt", meta.get("prompts", ()))
    if isinstance(prompt, str):
        return (prompt,)
    return tuple(str(text) for text in prompt) if isinstance(prompt, list | tuple) else ()


def _layers(path: Path, state: Mapping[Any, Any]) -> tuple[Layer, ...]:
    """Pair weights with biases in the order they were saved, which is the order of the layers."""
    pairs: dict[str, dict[str, torch.Tensor]] = {}
    for key, value in state.items():
        if isinstance(value, torch.Tensor) and isinstance(key, str) and value.is_floating_point():
            stem, _, kind = key.rpartition(".")
            pairs.setdefault(stem, {})[kind] = value
    ordered = sorted(pairs.items(), key=lambda item: _rank(item[0]))
    for stem, pair in ordered:
        if set(pair) != {"weight", "bias"} or not (_plain(pair["weight"], 2) and _plain(pair["bias"], 1)):
            raise UserError(f"{path}: '{stem}' is not a linear layer with weight and bias")
    return tuple((_array(pair["weight"]), _array(pair["bias"])) for _, pair in ordered)


def _plain(tensor: torch.Tensor, dimensions: int) -> bool:
    """Whether a tensor holds what it says: a view can claim any size over a single number."""
    dense = tensor.layout == torch.strided and tensor.device.type == "cpu" and not tensor.is_quantized
    return dense and tensor.ndim == dimensions and tensor.numel() <= LARGEST


def _rank(stem: str) -> tuple[int, int]:
    """Numbered layers in order; anything without a number ("output", "head") comes last, as saved."""
    numbers = re.findall(r"\d+", stem)
    return (0, int(numbers[-1])) if numbers and len(numbers[-1]) < 9 else (1, 0)


def _array(tensor: torch.Tensor) -> Any:
    return np.ascontiguousarray(tensor.detach().to(torch.float32).numpy())


def _arch(path: Path, layers: tuple[Layer, ...], activation: str) -> Arch:
    activation = {"sine": "sin", "siren": "sin", "mixed": "mix"}.get(activation, activation)
    if activation not in ACTIVATIONS:
        raise UserError(f"{path}: unknown activation '{activation}'{nearest(activation, ACTIVATIONS)}")
    if len(layers) < 2:
        raise UserError(f"{path}: holds {len(layers)} linear layers, a network needs 2 or more")
    width, columns = layers[0][0].shape
    if not 2 <= columns <= len(DEFAULT_INPUTS):
        raise UserError(
            f"{path}: takes {columns} inputs, expected 2 to {len(DEFAULT_INPUTS)} ({', '.join(DEFAULT_INPUTS)})"
        )
    arch = Arch(DEFAULT_INPUTS[:columns], width, len(layers) - 1, activation)
    if width not in WIDTHS or arch.depth not in DEPTHS or layers[-1][0].shape[0] != OUTPUTS:
        raise UserError(f"{path}: {width} wide, {arch.depth} deep, {layers[-1][0].shape[0]} colours; can't be drawn")
    return arch
