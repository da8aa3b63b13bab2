"""The compiled kernel's parts: its polynomials, its packed weights, its machine code on disk."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.polynomial import polynomial

from app import paths
from app.cppn import llvm_jit, llvm_maths
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.llvm import source
from app.cppn.llvm_jit import Machine, Refused, emit, host, load
from app.cppn.llvm_kinds import FIXED_ONE, Isa, isa_of, kernel_of
from app.cppn.llvm_maths import ACTIVATIONS
from app.cppn.llvm_pack import pack
from app.cppn.llvm_text import Code, Vector, number

SMALL = Arch(("x", "y", "t"), 8, 2)
CALL = re.compile(r"^\s(?:call|callq|jmp|bl|b)\s+([a-zA-Z_]\w*)", re.MULTILINE)
OWN = ("layer", "colours", "inputs", "tile")
WIDE = Isa("AVX-512", 16, 4, 4, "x86.avx512.pmaddw.d.512")


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Count compilations, beginning with nothing in memory."""
    made: list[str] = []

    def counted(text: str, machine: Machine) -> bytes:
        made.append(text)
        code: bytes = emit(text, machine)
        return code

    monkeypatch.setattr(llvm_jit, "_loaded", {})
    monkeypatch.setattr(llvm_jit, "emit", counted)
    yield made


def cache_file() -> Path:
    (path,) = paths.cache("kernels").glob("*.o")
    return path


@pytest.mark.parametrize(
    ("terms", "powers", "exact", "low", "high", "error"),
    [
        (llvm_maths.SINE5, (1, 2), lambda t: np.sin(np.pi * t), -0.5, 0.5, 7e-5),
        (llvm_maths.SINE7, (1, 2), lambda t: np.sin(np.pi * t), -0.5, 0.5, 6e-7),
        (llvm_maths.EXP2, (0, 1), np.exp2, -0.5, 0.5, 8e-8),
        (llvm_maths.ARCTANGENT, (1, 2), np.arctan, 0.0, 1.0, 3e-7),
    ],
)
def test_polynomials_are_as_good_as_they_say(terms, powers, exact, low, high, error) -> None:  # type: ignore[no-untyped-def]
    t = np.linspace(low, high, 10001)
    first, step = powers
    found = t**first * polynomial.polyval(t**step, terms)
    assert np.abs(found - exact(t)).max() < error


def test_numbers_are_written_as_float32() -> None:
    assert number(1.0) == "0x3FF0000000000000"
    assert number(0.1) == "0x3FB99999A0000000"


def test_vectors_know_half_integer_powers_only() -> None:
    vector = Vector(Code(4), "%x")
    assert "sqrt" in (vector**2.5).code.lines[0]
    with pytest.raises(ValueError, match=r"power 0\.3"):
        vector**0.3


@pytest.mark.parametrize(
    ("features", "lanes"),
    [
        (("sse2", "avx", "avx2", "fma", "avx512f", "avx512bw"), 16),
        (("sse2", "avx512f", "avx512bw"), 4),
        (("sse2", "avx", "avx2", "fma"), 8),
        (("sse2", "avx"), 4),
        (("neon",), 4),
        ((), 4),
    ],
)
def test_the_vector_unit_follows_the_features(features: tuple[str, ...], lanes: int) -> None:
    assert isa_of(dict.fromkeys(features, True)).lanes == lanes


def test_one_kernel_serves_all_widths_and_depths() -> None:
    kernels = {
        kernel_of(Arch(("x", "y", "t"), width, depth), WIDE, True) for width in (8, 64, 256) for depth in (3, 4, 8)
    }
    assert len(kernels) == 1
    assert kernel_of(Arch(("x", "r"), 8, 3), WIDE, True) not in kernels
    assert kernel_of(Arch(("x", "y", "t"), 8, 3, "mix"), WIDE, True) not in kernels


@pytest.mark.parametrize("scale", [1e-6, 1.0, 100.0])
@pytest.mark.parametrize("activation", ["sin", "atan"])
def test_sums_in_fixed_point_stay_inside_32_bits(scale: float, activation: str) -> None:
    arch = Arch(("x", "y"), 64, 3, activation)
    style = random_style(1, arch)
    style.layers[1][0][:] *= scale
    style.layers[1][0][5] = 0.0
    kernel = kernel_of(arch, WIDE, True)
    rows, bound = kernel.isa.rows, ACTIVATIONS[activation].bound
    packed = pack(style, kernel)
    halves = packed.numbers[3].view(np.int16).reshape(64 // rows, -1, rows, 2).astype(np.int64)
    sums = np.abs(halves).sum(axis=(1, 3)) * bound * FIXED_ONE
    assert sums.max() < 2**31
    assert np.abs(halves).max() > 4000, "and the bits are used"


def test_weights_in_fixed_point_are_the_weights() -> None:
    arch = Arch(("x", "y"), 9, 3)
    style = random_style(1, arch)
    kernel = kernel_of(arch, WIDE, True)
    packed = pack(style, kernel)
    halves = packed.numbers[3].view(np.int16).reshape(3, 5, 4, 2).transpose(0, 2, 1, 3).reshape(12, 10)
    found = halves * packed.numbers[5][:, None] * FIXED_ONE
    wanted = style.layers[1][0] / np.pi
    assert np.abs(found[:9, :9] - wanted).max() < 2e-5 * np.abs(wanted).max()
    assert not found[9:].any() and not found[:, 9].any()


def test_compiled_code_is_used_again(compiled: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = kernel_of(SMALL, host().isa)
    load(kernel, host())
    load(kernel, host())
    assert len(compiled) == 1
    monkeypatch.setattr(llvm_jit, "_loaded", {})
    load(kernel, host())
    assert len(compiled) == 1, "read from disk"
    assert not list(paths.cache("kernels").glob(".*")), "no temporary file stays"


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "foreign"])
def test_a_damaged_cache_file_is_made_anew(compiled: list[str], damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = kernel_of(SMALL, host().isa)
    load(kernel, host())
    path = cache_file()
    good = path.read_bytes()
    if damage == "foreign":
        other = llvm_jit._digest("another key", good[32:])
        path.write_bytes(other + good[32:])
    else:
        cut = {"truncated": good[:-9], "flipped": good[:99] + bytes([good[99] ^ 1]) + good[100:], "empty": b""}
        path.write_bytes(cut[damage])
    monkeypatch.setattr(llvm_jit, "_loaded", {})
    load(kernel, host())
    assert len(compiled) == 2
    assert cache_file().read_bytes()[32:] == good[32:]


def test_a_cache_that_cannot_be_written_costs_only_time(compiled: list[str], home: Path) -> None:
    (home / "cache").write_text("in the way")
    load(kernel_of(SMALL, host().isa), host())
    assert len(compiled) == 1


def test_the_cache_does_not_grow_for_ever(compiled: list[str]) -> None:
    folder = paths.cache("kernels")
    for i in range(llvm_jit.KEPT_FILES + 5):
        (folder / f"{i}.o").write_bytes(b"old")
    load(kernel_of(SMALL, host().isa), host())
    assert len(list(folder.iterdir())) == llvm_jit.KEPT_FILES


def test_without_llvmlite_it_refuses_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    llvm_jit._llvm.cache_clear()
    try:
        with pytest.raises(Refused, match="llvmlite does not work here") as caught:
            host()
        assert "\n" not in str(caught.value)
    finally:
        llvm_jit._llvm.cache_clear()


def test_text_that_llvm_cannot_read_is_refused() -> None:
    with pytest.raises(Refused, match="LLVM cannot compile the kernel"):
        emit("nonsense", host())


def test_it_compiles_for_arm_with_fused_multiplications() -> None:
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    arm = Machine("aarch64-linux-gnu", "generic", "+neon")
    text: str = emit(source(kernel_of(Arch(("x", "y", "petal5"), 32, 2, "mix"), arm.isa)), arm, assembly=True)
    assert text.count("fmla\tv") >= 16
    assert "\tbl\tmemcpy" not in text


@pytest.mark.parametrize("without", ["", "avx512f", "avx"])
def test_the_code_calls_no_library(without: str) -> None:
    machine = host().without(without) if without else host()
    for activation in ("mix", "atan"):
        for fixed in (False, machine.isa.pair_product != ""):
            arch = Arch(("x", "y", "petal5"), 32, 3, activation)
            text: str = emit(source(kernel_of(arch, machine.isa, fixed)), machine, assembly=True)
            assert [call for call in CALL.findall(text) if not call.startswith(OWN)] == []
