"""Weight files give tensors or one line, whatever is in them."""

import os
import pickle
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from app.problems import UserError
from app.training.judges import checkpoint_file
from app.training.judges.checkpoint_file import read

from .conftest import Global, Module, Pid, tree, write_archive

STATE = {
    "half": torch.arange(6, dtype=torch.float16).reshape(2, 3),
    "inner.list.0.weight": torch.tensor([1.5, -2.0]),
    "inner.list.10.count": torch.tensor(7),
    "empty": torch.empty(0, 4),
}
REFUSED = "corrupt, or holds more than weights"


def assert_same(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert found[name].dtype == value.dtype and torch.equal(found[name], value), name


def test_an_archive_gives_its_tensors_bit_by_bit(tmp_path: Path) -> None:
    assert_same(read(write_archive(tmp_path / "w.pt", tree(STATE))), STATE)


def test_an_archive_by_torch_itself_is_read_without_a_warning(tmp_path: Path) -> None:
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Linear(2, 2).half()).eval()
    with pytest.warns(DeprecationWarning):
        torch.jit.trace(net[:2], torch.rand(1, 3, 8, 8)).save(str(tmp_path / "w.pt"))
    assert_same(read(tmp_path / "w.pt"), dict(net[:2].state_dict()))


@pytest.mark.parametrize("name", ["w.pt", "w.safetensors", "w.without-an-ending"])
def test_plain_files_are_known_by_what_they_hold(tmp_path: Path, name: str) -> None:
    torch.save(STATE, tmp_path / name)
    assert_same(read(tmp_path / name), STATE)
    torch.save(STATE, tmp_path / name, _use_new_zipfile_serialization=False)
    assert_same(read(tmp_path / name), STATE)
    save_file(STATE, tmp_path / name)
    assert_same(read(tmp_path / name), STATE)


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, ("evil",))


def test_a_plain_file_with_code_is_refused_and_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"a": Evil()}, tmp_path / "w.pt")
    with pytest.raises(UserError, match=REFUSED):
        read(tmp_path / "w.pt")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "mkdir"),
        ("builtins", "eval"),
        ("torch", "load"),
        ("torch._utils", "_rebuild_parameter"),
        ("torch", "x.y"),
    ],
)
def test_an_archive_with_code_is_refused_and_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    evil = Module(Global(module, name), call=("evil",))
    path = write_archive(tmp_path / "w.pt", Module(Global("__torch__", "M"), {"a": evil, "w": torch.ones(2)}))
    with pytest.raises(UserError, match=REFUSED):
        read(path)
    assert not (tmp_path / "evil").exists()


def tensor(shape: tuple[Any, ...], stride: tuple[Any, ...], offset: Any = 0, length: int = 4, key: str = "0") -> Any:
    pid = Pid(("storage", Global("torch", "FloatStorage"), key, "cpu", length))
    hooks = Module(Global("collections", "OrderedDict"), call=())
    return Module(Global("torch._utils", "_rebuild_tensor_v2"), call=(pid, offset, shape, stride, False, hooks))


@pytest.mark.parametrize(
    "value",
    [
        tensor((5,), (1,)),
        tensor((2,), (4,)),
        tensor((10**12,), (0,)),
        tensor((2,), (1,), offset=3),
        tensor((2,), (1,), offset=-1),
        tensor((-2,), (1,)),
        tensor((2,), (1, 1)),
        tensor((2.5,), (1,)),
        tensor(("x",), (1,)),
        tensor((2,), (1,), length=10**15),
        tensor((2,), (1,), key="../../etc/passwd"),
        Module(Global("torch._utils", "_rebuild_tensor_v2"), call=("x", 0, (1,), (1,))),
        Pid(("module", "x", "0", "cpu", 4)),
        Pid(("x",)),
    ],
)
def test_a_tensor_that_is_not_there_is_refused(tmp_path: Path, value: Any) -> None:
    content = Module(Global("__torch__", "M"), {"w": value})
    path = write_archive(tmp_path / "w.pt", content, storages=[b"\0" * 16])
    with pytest.raises(UserError, match=REFUSED):
        read(path)


def test_views_of_one_memory_are_bounded_in_number_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = Module(Global("__torch__", "M"), {f"w{number}": tensor((4,), (1,)) for number in range(10)})
    path = write_archive(tmp_path / "w.pt", content, storages=[b"\0" * 16])
    assert len(read(path)) == 10
    monkeypatch.setattr(checkpoint_file, "MOST_ELEMENTS", 39)
    with pytest.raises(UserError, match=REFUSED):
        read(path)


def raw(tmp_path: Path, data: bytes) -> Path:
    return write_archive(tmp_path / "w.pt", None, storages=[], data=data)


NODE = b"c__torch__\nM\n)\x81"
DOUBLED = b"\x80\x02" + NODE + b"q\x00" + b"".join(
    NODE + b"}(X\x01\x00\x00\x00ah" + bytes([n]) + b"X\x01\x00\x00\x00bh" + bytes([n]) + b"ubq" + bytes([n + 1])
    for n in range(30)
) + b"."  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x80\x05\x96" + (2**40).to_bytes(8, "little") + b".", id="a terabyte promised"),
        pytest.param(b"\x80\x02Nr\xff\xff\xff\xff.", id="a memo of four billion"),
        pytest.param(DOUBLED, id="each module holds the last one twice"),
        pytest.param(b"\x80\x02}" + b")" + b"\x85" * 300_000 + b"Ns.", id="tuples in tuples as a key"),
        pytest.param(b"\x80\x02" + b"]" * 300_000 + b"a" * 299_999 + b".", id="lists in lists"),
        pytest.param(NODE + b"}X\x01\x00\x00\x00ah\x00sb.", id="a memo that was never made"),
        pytest.param(b"\x80\x02" + NODE + b"q\x00}X\x01\x00\x00\x00ah\x00sb.", id="a module within itself"),
        pytest.param(b"\x80\x02N.", id="nothing"),
        pytest.param(b"", id="no byte"),
        pytest.param(b"\x80\x02(((", id="no end"),
        pytest.param(b"\x80\x02" + b"N" * (checkpoint_file.MOST_PICKLE_BYTES + 1), id="too long"),
    ],
)
def test_hostile_tables_of_contents_are_refused_soon(tmp_path: Path, data: bytes) -> None:
    path, began = raw(tmp_path, data), time.process_time()
    with pytest.raises(UserError, match=REFUSED):
        read(path)
    assert time.process_time() - began < 20  # not a measurement: the alternative is hours


def test_an_archive_that_unpacks_to_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m/constants.pkl", b"")
        with archive.open("m/data/0", "w", force_zip64=True) as file:
            for _ in range(70):
                file.write(bytes(2**20))
    assert (tmp_path / "w.pt").stat().st_size < 2**20
    with pytest.raises(UserError, match=REFUSED):
        read(tmp_path / "w.pt")


def test_a_claim_of_many_numbers_over_one_is_refused_in_plain_files(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1).expand(700_000_000)}, tmp_path / "w.pt")
    with pytest.raises(UserError, match=REFUSED):
        read(tmp_path / "w.pt")


@pytest.mark.parametrize("content", [b"", b"x", b"PK\x03\x04 not really", b"<html>not found</html>", b"\x80\x02."])
def test_what_is_no_weight_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.pt").write_bytes(content)
    with pytest.raises(UserError, match=r"w\.pt: corrupt"):
        read(tmp_path / "w.pt")


def test_places_that_hold_no_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.pt: cannot be read: No such file"):
        read(tmp_path / "none.pt")
    with pytest.raises(UserError, match="cannot be read: Is a directory"):
        read(tmp_path)


@pytest.mark.parametrize("content", [{}, {"step": 3}])
def test_a_file_without_weights_is_named(tmp_path: Path, content: Any) -> None:
    torch.save(content, tmp_path / "w.pt")
    with pytest.raises(UserError, match="holds no weights"):
        read(tmp_path / "w.pt")


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    with (tmp_path / "w.pt").open("wb") as file:
        file.truncate(checkpoint_file.MOST_BYTES + 1)  # takes no room: a hole
    with pytest.raises(UserError, match="larger than 4 GB"):
        read(tmp_path / "w.pt")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10**6), value=st.integers(0, 255), cut=st.integers(0, 10**6) | st.none())
def test_any_damage_gives_tensors_or_one_line(tmp_path: Path, place: int, value: int, cut: int | None) -> None:
    data = bytearray(write_archive(tmp_path / "whole.pt", tree(STATE)).read_bytes())
    data[place % len(data)] = value
    (tmp_path / "w.pt").write_bytes(data[: cut % len(data)] if cut is not None else data)
    try:
        read(tmp_path / "w.pt")
    except UserError as error:
        assert "\n" not in str(error)


PIECES = [
    b"N", b"}", b"]", b")", b"(", b"t", b"s", b"u", b"a", b"e", b"b", b"R", b"Q", b"q\x00", b"h\x00", b"\x81", b"\x85",
    NODE, b"c__torch__.a\nB\n", b"ctorch\nFloatStorage\n", b"ctorch._utils\n_rebuild_tensor_v2\n", b"K\x04",
    b"ccollections\nOrderedDict\n", b"X\x01\x00\x00\x000", b"X\x07\x00\x00\x00storage", b"J\xff\xff\xff\xff",
]  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_pickle_gives_tensors_or_one_line(tmp_path: Path, pieces: list[bytes]) -> None:
    path = write_archive(tmp_path / "w.pt", None, storages=[b"\0" * 16], data=b"\x80\x02" + b"".join(pieces) + b".")
    try:
        read(path)
    except UserError as error:
        assert "\n" not in str(error)


def test_the_unpickler_itself_makes_nothing_but_data() -> None:
    found = checkpoint_file._TensorsOnly.find_class
    for module, name in (("__torch__.x", "Y"), ("collections", "OrderedDict"), ("torch.jit._pickle", "build_intlist")):
        kind = found(None, module, name)  # type: ignore[arg-type]
        assert kind.__module__ == checkpoint_file.__name__
    with pytest.raises(pickle.UnpicklingError):
        found(None, "torch.jit", "load")  # type: ignore[arg-type]
