"""Reads a judge's weights from a file: OpenAI's TorchScript archive, a safetensors file or a plain state dict.

Any process. Only tensors come out and no code of the file ever runs: the archive's pickle is read by an unpickler that
knows tensors and inert nodes alone. Sizes are checked before anything is made from them.
"""

import math
import pickle
import pickletools
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from app.problems import UserError

Tensor = Any

MOST_BYTES = 4 * 2**30
"""The largest weights known here, those of ViT-L/14, take 0.9 GB."""
PACKED_BYTES = 64 * 2**20
"""By how much an archive may grow when unpacked: its tensors lie in it as they are, only code is packed."""
MOST_ELEMENTS = 600_000_000
MOST_PICKLE_BYTES = 4 * 2**20
MOST_TUPLES = 20_000
"""Nested tuples end the process when hashed; ViT-L/14 holds about 4,000 tuples, side by side."""
MOST_NAMES = 50_000
DEEPEST = 32

_BAD = (
    pickle.PickleError, zipfile.BadZipFile, ArithmeticError, AssertionError, AttributeError, EOFError, ImportError,
    LookupError, MemoryError, NotImplementedError, RuntimeError, SafetensorError, TypeError, ValueError,
)  # fmt: skip
"""All that pickle, zipfile, torch and safetensors raise on damaged or hostile files."""
_DTYPES = {
    "HalfStorage": torch.float16, "FloatStorage": torch.float32, "DoubleStorage": torch.float64,
    "BFloat16Storage": torch.bfloat16, "LongStorage": torch.int64, "IntStorage": torch.int32,
    "BoolStorage": torch.bool, "ByteStorage": torch.uint8,
}  # fmt: skip
_OPCODES = frozenset((
    "PROTO", "GLOBAL", "BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET", "EMPTY_TUPLE", "EMPTY_DICT", "EMPTY_LIST",
    "NEWOBJ", "REDUCE", "BUILD", "MARK", "BINUNICODE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "NONE",
    "NEWTRUE", "NEWFALSE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "BINPERSID", "SETITEM", "SETITEMS", "APPEND",
    "APPENDS", "STOP",
))  # fmt: skip
"""What TorchScript writes; the rest of pickle's language can fill the memory with few bytes."""


def read(path: Path) -> dict[str, Tensor]:
    """Return the file's tensors by name, on the CPU, as they were stored. `UserError` for anything else."""
    try:
        size, start = path.stat().st_size, _head(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    if size > MOST_BYTES:
        raise UserError(f"{path}: larger than {MOST_BYTES // 2**30} GB; this is not a judge's weights")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tensors = _read(path, start)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except _BAD:
        raise UserError(f"{path}: corrupt, or holds more than weights (which could run code); not loaded") from None
    if not tensors:
        raise UserError(f"{path}: holds no weights")
    return tensors


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(9)


def _read(path: Path, start: bytes) -> dict[str, Tensor]:
    if start[8:9] == b"{":
        return _bounded(load_file(path))
    if start.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > path.stat().st_size + PACKED_BYTES:
                raise ValueError("an archive that unpacks to more than it holds")
            if any(name.endswith("/constants.pkl") for name in archive.namelist()):
                return _Archive(archive).tensors()
    with path.open("rb") as file:  # given a name, torch would go by its ending
        content = torch.load(file, map_location="cpu", weights_only=True)
    return _bounded({key: value for key, value in content.items() if isinstance(value, torch.Tensor)})


def _bounded(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Refuse tensors that claim more numbers than a judge has: a view can claim any size over a single number."""
    if sum(tensor.numel() for tensor in tensors.values()) > MOST_ELEMENTS or len(tensors) > MOST_NAMES:
        raise ValueError("more numbers than a judge has")
    if not all(isinstance(key, str) and tensor.layout == torch.strided for key, tensor in tensors.items()):
        raise ValueError("not plain tensors")
    return dict(tensors)


class _Storage(NamedTuple):
    """What the pickle says of a piece of memory: its type, the entry that holds it and how many numbers that has."""

    dtype: torch.dtype
    key: str
    length: int


class _View(NamedTuple):
    """What the pickle says of a tensor: a window onto a storage. A tuple, for a pickle can't change one afterwards."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


class _Node:
    """A module of the archive, as inert data: its attributes by name."""

    def __init__(self, *_: object) -> None:
        self.parts: dict[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        self.parts = state if isinstance(state, dict) else {}


def _inert(*_: object) -> None:
    """Stand in for containers that hold no weights (hooks, typed lists)."""


def _view(storage: Any, offset: Any, shape: Any, stride: Any, *_: object) -> _View:
    numbers = (offset, *shape, *stride)
    whole = all(type(number) is int and number >= 0 for number in numbers)
    if not isinstance(storage, _Storage) or not whole or len(shape) != len(stride):
        raise pickle.UnpicklingError("a tensor over nothing")
    last = offset + sum((size - 1) * step for size, step in zip(shape, stride, strict=True))
    if math.prod(shape) > storage.length or last >= storage.length:
        raise pickle.UnpicklingError("a tensor larger than its storage")
    return _View(storage, offset, tuple(shape), tuple(stride))


class _TensorsOnly(pickle.Unpickler):
    """Knows tensors, inert modules and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "__torch__" or module.startswith("__torch__."):
            return _Node
        if module == "torch._utils" and name == "_rebuild_tensor_v2":
            return _view
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        if (module, name) == ("collections", "OrderedDict") or module == "torch.jit._pickle":
            return _inert
        raise pickle.UnpicklingError(f"{module}.{name}")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _, count = pid
        if kind != "storage" or not isinstance(dtype, torch.dtype) or type(count) is not int or count < 0:
            raise pickle.UnpicklingError("no storage")
        return _Storage(dtype, str(key), count)


class _Archive:
    """One TorchScript archive, open for reading."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._root = next(name for name in archive.namelist() if name.endswith("/constants.pkl")).rpartition("/")[0]
        self._memory: dict[str, Tensor] = {}

    def tensors(self) -> dict[str, Tensor]:
        """Return each module's tensors under its dotted name."""
        views = dict(_named(self._tree(), "", 0))
        if sum(math.prod(view.shape) for view in views.values()) > MOST_ELEMENTS:
            raise ValueError("more numbers than a judge has")
        return {name: self._tensor(view) for name, view in views.items()}

    def _tree(self) -> Any:
        entry = self._archive.getinfo(f"{self._root}/data.pkl")
        if entry.file_size > MOST_PICKLE_BYTES:
            raise ValueError("a table of contents that is too long")
        with self._archive.open(entry) as file:
            data = file.read(MOST_PICKLE_BYTES)
            _check_opcodes(data)
        with self._archive.open(entry) as file:
            return _TensorsOnly(file).load()

    def _tensor(self, view: _View) -> Tensor:
        key = view.storage.key
        if key not in self._memory:
            self._memory[key] = self._storage(view.storage)
        memory = self._memory[key]
        if memory.dtype != view.storage.dtype or len(memory) != view.storage.length:
            raise ValueError("one piece of memory under two descriptions")
        return memory.as_strided(view.shape, view.stride, view.offset)

    def _storage(self, storage: _Storage) -> Tensor:
        entry = self._archive.getinfo(f"{self._root}/data/{storage.key}")
        if entry.file_size != storage.length * storage.dtype.itemsize:
            raise ValueError("a storage of another length")
        if storage.length == 0:
            return torch.empty(0, dtype=storage.dtype)
        return torch.frombuffer(bytearray(self._archive.read(entry)), dtype=storage.dtype)


def _check_opcodes(data: bytes) -> None:
    """Refuse a pickle whose few bytes would take a lot of memory or stack, before it is run."""
    tuples = 0
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name not in _OPCODES or (opcode.name == "LONG_BINPUT" and int(argument or 0) > len(data)):
            raise ValueError(opcode.name)
        tuples += opcode.name.startswith("TUPLE")
    if tuples > MOST_TUPLES:
        raise ValueError("too many tuples")


def _named(tree: Any, prefix: str, depth: int, budget: list[int] | None = None) -> Iterator[tuple[str, _View]]:
    """Walk the modules, which may refer to one another: never deeper than `DEEPEST`, nor more than `MOST_NAMES`."""
    budget = [MOST_NAMES] if budget is None else budget
    for name, part in tree.parts.items():
        budget[0] -= 1
        if depth > DEEPEST or budget[0] < 0 or not isinstance(name, str):
            raise ValueError("modules within modules without end")
        if isinstance(part, _View):
            yield prefix + name, part
        elif isinstance(part, _Node):
            yield from _named(part, f"{prefix}{name}.", depth + 1, budget)
