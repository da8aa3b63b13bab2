"""Tiny random CLIP networks, written as the archives OpenAI publishes: float16 in a TorchScript zip."""

import hashlib
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch

from app.training.judges import openai_files
from app.training.judges.openai_clip import Published, Sizes
from app.training.judges.weights import WeightsFile

TINY = {
    "vit": Sizes(32, 32, 2, 64, 16, 77, 49408, 64, 2),
    "rn": Sizes(32, 32, (1, 1, 1, 1), 8, None, 77, 49408, 64, 2),
}


def tiny_state(kind: str, seed: int = 5) -> dict[str, Any]:
    """Return random float16 weights of a tiny network, every ResNet branch awake."""
    sizes = TINY[kind]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = openai_files.model_code().CLIP(
            sizes.embed, sizes.image_px, sizes.vision_layers, sizes.vision_width, sizes.patch_px, sizes.context,
            sizes.vocabulary, sizes.text_width, 1, sizes.text_layers,
        )  # fmt: skip
        for name, weight in model.named_parameters():
            if name.endswith("bn3.weight"):
                torch.nn.init.ones_(weight)
    state = {name: value.half() if value.is_floating_point() else value for name, value in model.state_dict().items()}
    return state | {"input_resolution": torch.tensor(sizes.image_px), "vocab_size": torch.tensor(sizes.vocabulary)}


class Global:
    """A name that pickles as a reference to something this test does not have."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class Module:
    """A module of the archive, or a call of any function, as the pickle will hold it."""

    def __init__(self, kind: Global, parts: dict[str, Any] | None = None, call: tuple[Any, ...] | None = None) -> None:
        self.kind, self.parts, self.call = kind, parts, call


_STORAGES = {torch.float16: "HalfStorage", torch.float32: "FloatStorage", torch.int64: "LongStorage"}
_REBUILD = Global("torch._utils", "_rebuild_tensor_v2")
_ORDERED = Global("collections", "OrderedDict")


_PythonPickler: Any = pickle._Pickler  # the one in Python, which can be taught


class _Writer(_PythonPickler):  # type: ignore[misc]
    """Writes tensors and modules the way TorchScript does, and notes the memory they need."""

    dispatch: ClassVar[dict[Any, Any]] = _PythonPickler.dispatch.copy()

    def __init__(self, file: Any) -> None:
        super().__init__(file, protocol=2)
        self.storages: list[bytes] = []

    def persistent_id(self, thing: Any) -> Any:
        return thing.pid if isinstance(thing, Pid) else None

    def save_module(self, thing: Module) -> None:
        self.save(thing.kind)
        self.save(thing.call or ())
        self.write(pickle.REDUCE if thing.call is not None else pickle.NEWOBJ)
        if thing.parts is not None:
            self.save(thing.parts)
            self.write(pickle.BUILD)

    def save_link(self, thing: Global) -> None:
        self.write(pickle.GLOBAL + f"{thing.module}\n{thing.name}\n".encode())

    def save_tensor(self, value: Any) -> None:
        flat = value.detach().contiguous()
        self.storages.append(flat.flatten().numpy().tobytes())
        kind = Global("torch", _STORAGES[flat.dtype])
        pid = Pid(("storage", kind, str(len(self.storages) - 1), "cuda:0", flat.numel()))
        hooks = Module(_ORDERED, call=())
        self.save(Module(_REBUILD, call=(pid, 0, tuple(flat.shape), tuple(flat.stride()), False, hooks)))

    dispatch[Module] = save_module
    dispatch[Global] = save_link
    dispatch[torch.Tensor] = save_tensor


class Pid:
    def __init__(self, pid: tuple[Any, ...]) -> None:
        self.pid = pid


def tree(state: Mapping[str, Any]) -> Any:
    """Return nested modules, as TorchScript keeps them, from dotted names."""
    branches: dict[str, Any] = {"training": False, "hook": None}
    for name, value in state.items():
        first, dot, rest = name.partition(".")
        if dot:
            branches.setdefault(first, {})[rest] = value
        else:
            branches[first] = value
    parts = {name: tree(part) if isinstance(part, dict) else part for name, part in branches.items()}
    return Module(Global("__torch__.torch.nn.modules.Mangled", "Module"), parts)


def write_archive(path: Path, content: Any, storages: list[bytes] | None = None, data: bytes | None = None) -> Path:
    """Write an imitation of a TorchScript archive: `content` pickled, or `data` in its place."""
    with zipfile.ZipFile(path, "w") as archive:
        with archive.open("m/data.pkl", "w") as file:
            writer = _Writer(file)
            if data is None:
                writer.dump(content)
            else:
                file.write(data)
        for number, piece in enumerate(storages if storages is not None else writer.storages):
            archive.writestr(f"m/data/{number}", piece)
        archive.writestr("m/constants.pkl", b"\x80\x02).")
        archive.writestr("m/code/__torch__.py", "raise SystemExit('this must never run')", zipfile.ZIP_DEFLATED)
    return path


def published(name: str, path: Path, kind: str) -> Published:
    """Return the table's row for a file, as if it were one of OpenAI's."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Published(name, WeightsFile(path.name, ("http://127.0.0.1:9/none",), sha256, "MIT"), TINY[kind])


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The tiny networks' files."""
    folder = tmp_path_factory.mktemp("weights")
    return {kind: write_archive(folder / f"{kind}.pt", tree(tiny_state(kind))) for kind in TINY}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in place of ~/.cache/clip."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    folder = tmp_path / ".cache" / "clip"
    folder.mkdir(parents=True)
    return folder
