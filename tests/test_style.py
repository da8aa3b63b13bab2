"""Style files: what is saved comes back, and a stranger's file can do nothing but be refused."""

import io
import json
import os
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import paths, style
from app.cppn import seed_file
from app.cppn.arch import ACTIVATIONS, DEFAULT_INPUTS, Arch
from app.cppn.init import random_style
from app.problems import UserError
from app.style import Header, Style

SMALL = random_style(1, Arch(width=8, depth=2), name="small")


def saved(folder: Path, changed: Style = SMALL) -> Path:
    path = folder / f"{changed.name}.safetensors"
    style.save(changed, path)
    return path


def with_header(folder: Path, **changes: Any) -> Path:
    """Write a style file whose header says something else."""
    data = saved(folder).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    outer = json.loads(data[8 : 8 + length])
    outer["__metadata__"]["clavilux"] = json.dumps({**json.loads(outer["__metadata__"]["clavilux"]), **changes})
    head = json.dumps(outer).encode()
    path = folder / "changed.safetensors"
    path.write_bytes(struct.pack("<Q", len(head)) + head + data[8 + length :])
    return path


def refused(path: Path, *words: str) -> None:
    with pytest.raises(UserError) as caught:
        style.load(path)
    text = str(caught.value)
    assert "\n" not in text
    assert all(word in text for word in (path.name, *words)), text


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_round_trip(tmp_path: Path, activation: str) -> None:
    header = Header(
        7.5,
        0.5,
        ("a", "b"),
        "builtin 1",
        "witness 2",
        3,
        400,
        {"clip": 0.25},
        0.1,
        "CC0-1.0",
        "A",
        "2026-01-02",
        ("x",),
    )
    arch = Arch(("x", "y", "r", "sway1", "bass"), 11, 3, activation)
    path = saved(tmp_path, random_style(3, arch, name="it", header=header))
    back = style.load(path)
    assert (back.name, back.arch, back.header) == ("it", arch, header)
    for one, two in zip(back.layers, random_style(3, arch, header=header).layers, strict=True):
        assert np.array_equal(one[0], two[0])
        assert np.array_equal(one[1], two[1])


def test_the_same_style_gives_the_same_bytes(tmp_path: Path) -> None:
    first = saved(tmp_path).read_bytes()
    assert saved(tmp_path).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["small.safetensors"], "no temporary file is left"


def test_saving_where_one_cannot(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        style.save(SMALL, tmp_path / "file" / "small.safetensors")


def test_nonsense_headers(tmp_path: Path) -> None:
    refused(with_header(tmp_path, activation="sine"), "unknown activation 'sine'; did you mean 'sin'?")
    refused(with_header(tmp_path, inputs=["x", "bas"]), "unknown input 'bas'; did you mean 'bass'?")
    refused(with_header(tmp_path, inputs=["x", "x"]), "different inputs")
    refused(with_header(tmp_path, inputs=[["x"]]), "unknown input")
    refused(with_header(tmp_path, format=2), "format 2", "update")
    refused(with_header(tmp_path, width=4096), "4096", "8..256")
    refused(with_header(tmp_path, depth=0), "8..256 × 1..8")
    refused(with_header(tmp_path, depth=3), "missing")
    refused(with_header(tmp_path, width=16), "layer 0 has shape (8, 12)", "(16, 12)")
    refused(with_header(tmp_path, w0=float("inf")), "bad style header")
    refused(with_header(tmp_path, scores=[1]), "bad style header")
    refused(with_header(tmp_path, tags=["\ud83d"]), "corrupt")


def test_weights_that_are_no_numbers(tmp_path: Path) -> None:
    from safetensors.numpy import save as to_bytes

    for bad in (np.nan, np.inf, 1e30):
        data = saved(tmp_path).read_bytes()
        length = struct.unpack("<Q", data[:8])[0]
        meta = json.loads(data[8 : 8 + length])["__metadata__"]
        tensors = {f"layers.{i}.{kind}": array.copy() for i, layer in enumerate(SMALL.layers)
                   for kind, array in zip(("weight", "bias"), layer, strict=True)}  # fmt: skip
        tensors["layers.1.weight"][3, 3] = bad
        path = tmp_path / "bad.safetensors"
        path.write_bytes(to_bytes(tensors, meta))
        refused(path, "layer 1")
    broken = Style("bad", SMALL.arch, ((SMALL.layers[0][0] * np.nan, SMALL.layers[0][1]), *SMALL.layers[1:]))
    with pytest.raises(UserError, match="layer 0"):
        style.save(broken, path)


def test_files_that_are_not_styles(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    refused(path, "No such file")
    for data in (b"", b"\0" * 7, b"\xff" * 64, b"\x02" + b"\0" * 7 + b"{}", saved(tmp_path).read_bytes()[:-5]):
        path.write_bytes(data)
        refused(path)
    refused(tmp_path / "song.mp3", ".safetensors")
    (tmp_path / "folder.safetensors").mkdir()
    refused(tmp_path / "folder.safetensors")


def test_oversize_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.safetensors"
    with path.open("wb") as file:
        file.truncate(10 * 2**30)  # sparse
    refused(path, "64 MB")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_bytes_only_ever_give_a_user_error(tmp_path: Path, data: st.DataObject) -> None:
    good = bytearray(saved(tmp_path).read_bytes())
    head = struct.unpack("<Q", good[:8])[0] + 8
    for _ in range(data.draw(st.integers(1, 4))):
        where = data.draw(st.integers(0, (head if data.draw(st.booleans()) else len(good)) - 1))
        good[where : where + data.draw(st.integers(1, 3))] = data.draw(st.binary(max_size=4))
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(good)
    try:
        loaded = style.load(path)
    except UserError as error:
        assert "damaged.safetensors" in str(error)
    else:
        assert all(np.isfinite(array).all() for layer in loaded.layers for array in layer)


def seed_state(names: str, arch: Arch) -> dict[str, torch.Tensor]:
    layers = random_style(5, arch).layers
    state = {}
    for i, (weights, bias) in enumerate(layers):
        stem = "output" if names.endswith("{}-") and i == len(layers) - 1 else names.rstrip("-").format(i)
        state[f"{stem}.weight"], state[f"{stem}.bias"] = torch.from_numpy(weights), torch.from_numpy(bias)
    return state


@pytest.mark.parametrize("names", ["network.{}", "layers.{}", "{}", "module.net.{}.linear", "fc{}", "hidden.{}-"])
def test_seed_files_by_shape(tmp_path: Path, names: str) -> None:
    arch, path = Arch(width=16, depth=3), tmp_path / "organic.pth"
    torch.save(seed_state(names, arch), path)
    loaded = style.load(path)
    assert (loaded.name, loaded.arch) == ("organic", arch)
    for one, two in zip(loaded.layers, random_style(5, arch).layers, strict=True):
        assert np.array_equal(one[0], two[0])


def test_seed_files_with_metadata_half_precision_and_fewer_inputs(tmp_path: Path) -> None:
    arch, path = Arch(DEFAULT_INPUTS[:5], 16, 2, "mix"), tmp_path / "old.pth"
    state = {name: tensor.half() for name, tensor in seed_state("layers.{}", arch).items()}
    torch.save({"model_state_dict": state, "activation": "mix", "config": {"prompt": "diffuse organic"}}, path)
    loaded = style.load(path)
    assert loaded.arch == arch
    assert loaded.header.prompts == ("diffuse organic",)


class Hostile:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, ("touch hostile_was_here",)


def test_a_hostile_pickle_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"layers.0.weight": Hostile()}, tmp_path / "hostile.pth")
    refused(tmp_path / "hostile.pth", "could run code")
    torch.save(Hostile(), tmp_path / "hostile.pth", _use_new_zipfile_serialization=False)
    refused(tmp_path / "hostile.pth", "could run code")
    assert not (tmp_path / "hostile_was_here").exists()


def test_seed_files_that_cannot_be_drawn(tmp_path: Path) -> None:
    path = tmp_path / "odd.pth"
    one, bias = torch.zeros(1).expand(100_000, 100_000), torch.zeros(3)
    contents: dict[str, Any] = {
        "no state dict": [1, 2],
        "0 linear layers": {"epoch": 3},
        "not a linear layer": {"0.weight": torch.zeros(3, 3, 3, 3), "0.bias": bias},
        "is not a linear": {"0.weight": one, "0.bias": bias},
        "takes 40 inputs": seed_state("{}", Arch(("x", "y"), 8, 2)) | {"0.weight": torch.zeros(8, 40)},
        "4 wide": {"0.weight": torch.zeros(4, 2), "0.bias": torch.zeros(4), "1.weight": torch.zeros(3, 4),
                   "1.bias": bias},
        "unknown activation 'relu'": seed_state("{}", Arch(width=8, depth=2)) | {"activation": "relu"},
        "layer 1 has shape": seed_state("{}", Arch(width=8, depth=2)) | {"1.weight": torch.zeros(9, 8)},
    }  # fmt: skip
    for words, content in contents.items():
        torch.save(content, path)
        refused(path, words)


def test_an_archive_that_unpacks_to_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", b"\0" * (style.MAX_BYTES + 1))
    refused(path, "unpacks to more")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_seed_files_only_ever_give_a_user_error(tmp_path: Path, data: st.DataObject) -> None:
    buffer = io.BytesIO()
    torch.save(seed_state("{}", Arch(width=8, depth=1)), buffer)
    good = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 3))):
        where = data.draw(st.integers(0, len(good) - 1))
        good[where : where + data.draw(st.integers(1, 9))] = data.draw(st.binary(max_size=9))
    try:
        style.checked(seed_file.parse(Path("damaged.pth"), bytes(good)), Path("damaged.pth"))
    except UserError as error:
        assert "damaged.pth" in str(error)


def test_the_list_reads_a_header_once_and_again_when_its_file_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(paths.own("styles"))
    style.listing()
    parsed: list[Path] = []
    parse = style._parse_header

    def counted(path: Path, meta: Any) -> tuple[Arch, Header]:
        parsed.append(path)
        return parse(path, meta)

    monkeypatch.setattr(style, "_parse_header", counted)
    style.listing()
    assert parsed == []
    with_prompt = Style(SMALL.name, SMALL.arch, SMALL.layers, Header(prompts=("another",)))
    saved(path.parent, with_prompt)
    assert next(entry for entry in style.listing() if entry.name == SMALL.name).header == with_prompt.header
    assert parsed == [path]


def test_finding_and_listing() -> None:
    names = [entry.name for entry in style.listing()]
    assert names == sorted(path.stem for path in paths.shipped("styles").glob("*.safetensors"))
    mine = random_style(9, Arch(width=8, depth=1), name=names[0])
    style.save(mine, paths.data("styles") / f"{names[0]}.safetensors")
    (paths.data("styles") / "broken.safetensors").write_bytes(b"nonsense")
    assert style.find(names[0]).arch == mine.arch, "the user's own comes first"
    assert [entry.arch for entry in style.listing() if entry.name == names[0]] == [mine.arch]
    (paths.data("styles") / os.fsdecode(b"caf\xe9.safetensors")).write_bytes(b"no panel could write its name")
    assert [entry.name for entry in style.listing()] == sorted({*names, "broken"})
    broken = next(entry for entry in style.listing() if entry.name == "broken")
    assert "broken.safetensors" in broken.problem
    with pytest.raises(UserError, match="unknown style 'gold_mandla'; did you mean 'gold_mandala'"):
        style.find("gold_mandla")


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(UserError, match="no such file"):
        style.find("a\0.safetensors")


def pickled(code: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a/data.pkl", code)
        archive.writestr("a/version", b"3\n")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pickled(b"c" + b"x" * 200_000 + b"\nname\n)R."), "a text of 20000"),  # torch would look at it for hours
        (b"c" + b"x" * 200_000 + b"\nname\n)R." * 5, "a text of 20000"),
        (pickled(b"(" * 300_000 + b"."), "corrupt"),
        (pickled(b"}q\x00U\x05K"), "corrupt"),
        (b"\x80\x02J\x00", "corrupt"),
    ],
)
def test_pickles_that_would_keep_torch_busy(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "busy.pth"
    path.write_bytes(data)
    refused(path, words)


def test_a_long_nonsense_is_not_repeated_whole(tmp_path: Path) -> None:
    path = tmp_path / "long.safetensors"
    meta = {"format": 1, "inputs": ["x" * 100_000], "width": 8, "depth": 1, "activation": "sin"}
    head = json.dumps({"__metadata__": {"clavilux": json.dumps(meta)}}).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head)
    with pytest.raises(UserError, match="unknown input") as error:
        style.load(path)
    assert len(str(error.value)) < 500
