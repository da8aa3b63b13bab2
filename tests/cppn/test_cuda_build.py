"""Compiling the CUDA kernel with NVRTC for every processor it should run on, and keeping what was compiled."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("cuda.bindings")

from app import paths
from app.cppn import cuda, cuda_build
from app.cppn.arch import Arch
from app.problems import UserError
from app.render.cuda_painter import FULL_RATE

SHARED_BYTES = {80: 166912, 86: 101376, 89: 101376, 90: 232448, 100: 232448, 120: 101376}
"""What a block may use on each processor."""
REPORTS = Path(__file__).with_name("kernel_reports.json")
MOST_SPILLED = 128
"""Bytes a thread may spill in a round of 32 pixels and about 3,300 instructions: below 2 % of them."""
TINY = Arch(width=16, depth=1)


def known(number: int) -> None:
    if number not in cuda_build.architectures():
        pytest.skip(f"this NVRTC does not know sm_{number}")


Ask = Callable[[Arch, bool, int], cuda_build.Report]


@pytest.fixture(scope="module")
def told(request: pytest.FixtureRequest) -> Iterator[dict[str, list[int]]]:
    """Registers and spilled bytes by the name of a kernel, which tells its text and its compiler from any other.

    Compiling takes long; `--regenerate-golden` asks the compiler again.
    """
    anew = request.config.getoption("--regenerate-golden")
    reports: dict[str, list[int]] = {} if anew else json.loads(REPORTS.read_text())
    yield reports
    if anew:
        REPORTS.write_text(json.dumps(reports, indent=2, sort_keys=True) + "\n")


def source_of(arch: Arch, half_sums: bool, number: int) -> tuple[str, str]:
    """Return a kernel's text, and its name among the reports."""
    text = cuda.source(cuda.plan(arch, half_sums, False, SHARED_BYTES[number]))
    return text, cuda_build.place(text, f"sm_{number}").stem


def compiled(text: str, number: int) -> list[int]:
    made = cuda_build.compile_source(text, f"sm_{number}")[1]
    return [made.registers, made.spill_bytes]


@pytest.fixture
def report(told: dict[str, list[int]]) -> Ask:
    """Say what the compiler says of a kernel; of one that it was never asked about, it is asked now."""

    def ask(arch: Arch, half_sums: bool, number: int) -> cuda_build.Report:
        known(number)
        text, name = source_of(arch, half_sums, number)
        if name not in told:
            told[name] = compiled(text, number)
        return cuda_build.Report(*told[name])

    return ask


@pytest.mark.parametrize("number", SHARED_BYTES)
def test_the_default_network_compiles_without_spills(number: int, told: dict[str, list[int]]) -> None:
    """Compiled in each run; so is what was kept of other kernels held against the compiler by this one."""
    known(number)
    text, name = source_of(Arch(), True, number)
    registers, spill_bytes = made = compiled(text, number)
    assert 128 <= registers <= 255 and spill_bytes == 0
    assert told.setdefault(name, made) == made


@pytest.mark.parametrize("number", [80, 90, 100, 120])
def test_float_sums_hardly_spill(number: int, report: Ask) -> None:
    assert report(Arch(), False, number).spill_bytes <= MOST_SPILLED


@pytest.mark.parametrize("number", [86, 90])
@pytest.mark.parametrize(
    "arch",
    [
        Arch(width=64, depth=2),
        Arch(width=32),
        Arch(width=48),
        TINY,
        Arch(width=64, activation="mix"),
        Arch(width=64, depth=2, activation="atan"),
    ],
)
def test_narrow_networks_hardly_spill(arch: Arch, number: int, report: Ask) -> None:
    """With the sums that this processor adds at its full rate."""
    half_sums = divmod(number, 10) not in FULL_RATE
    assert report(arch, half_sums, number).spill_bytes <= MOST_SPILLED


# What binds is one layer's registers, and the compiler takes its time for each layer; all of them are in the slow test.
SHALLOW = [
    Arch(width=64, depth=8), Arch(width=256, depth=2), Arch(activation="atan", depth=2), Arch(activation="mix"),
    Arch(activation="finer", depth=2), Arch(activation="gaussian", depth=2),
    Arch(width=112, depth=2, inputs=("x", "y", "r", "angle_sin", "petal5", "petal6", "t")),
]  # fmt: skip
WIDE = [
    Arch(),
    Arch(depth=8), Arch(width=256), Arch(activation="atan"), Arch(activation="finer"), Arch(activation="mix"),
    Arch(activation="gaussian"), Arch(width=112, depth=5, inputs=("x", "y", "r", "angle_sin", "petal5", "petal6", "t")),
]  # fmt: skip


@pytest.mark.parametrize("arch", SHALLOW)
def test_large_networks_hardly_spill(arch: Arch, report: Ask) -> None:
    assert report(arch, True, 89).spill_bytes <= MOST_SPILLED


@pytest.mark.slow
@pytest.mark.parametrize("number", SHARED_BYTES)
def test_all_large_networks_hardly_spill(number: int, report: Ask, request: pytest.FixtureRequest) -> None:
    if "slow" not in request.config.option.markexpr:
        pytest.skip("takes minutes; run with -m slow")
    spilled = {(arch, half): report(arch, half, number).spill_bytes for arch in WIDE for half in (True, False)}
    assert {key: size for key, size in spilled.items() if size > MOST_SPILLED} == {}


def kernels() -> list[Path]:
    return sorted(paths.cache("kernels").glob("*"))


@pytest.fixture
def source() -> str:
    known(80)
    return cuda.source(cuda.plan(TINY, True, False, SHARED_BYTES[80]))


def test_a_kernel_is_compiled_once(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code = cuda_build.build(source, "sm_80")
    assert code.startswith(b"\x7fELF")
    monkeypatch.setattr(cuda_build, "compile_source", None)
    assert cuda_build.build(source, "sm_80") == code
    assert len(kernels()) == 1


def test_two_that_want_one_kernel_compile_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []

    def slow(source: str, architecture: str) -> tuple[bytes, None]:
        compiled.append(source)
        time.sleep(0.02)
        return b"code", None

    monkeypatch.setattr(cuda_build, "compile_source", slow)
    threads = [threading.Thread(target=cuda_build.build, args=("kernel", "sm_80")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert compiled == ["kernel"]


def test_a_damaged_kernel_is_made_again(source: str) -> None:
    code = cuda_build.build(source, "sm_80")
    (path,) = kernels()
    for damage in (b"", b"x" * 20, path.read_bytes()[:-1]):
        path.write_bytes(damage)
        assert cuda_build.build(source, "sm_80") == code


def test_a_refused_kernel_is_forgotten(source: str) -> None:
    cuda_build.build(source, "sm_80")
    cuda_build.forget(source, "sm_80")
    assert kernels() == []


def test_the_disk_does_not_fill_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda_build, "compile_source", lambda source, architecture: (source.encode(), None))
    monkeypatch.setattr(cuda_build, "KEPT", 3)
    for number in range(6):
        cuda_build.build(f"kernel {number}", "sm_80")
    assert len(kernels()) == 3


def test_other_code_has_another_place(source: str) -> None:
    cuda_build.build(source, "sm_80")
    cuda_build.build(source.replace("127.5f", "127.4f"), "sm_80")
    assert len(kernels()) == 2


def test_a_mistake_in_the_kernel_is_one_line(source: str) -> None:
    with pytest.raises(UserError, match=r"does not compile for sm_80: .*error.*undefined") as told:
        cuda_build.compile_source(source + "\n__device__ int f() { return nowhere; }", "sm_80")
    assert "\n" not in str(told.value)


def test_processors_fall_back_to_an_older_one_of_their_family(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda_build, "architectures", lambda: [80, 86, 90])
    assert cuda_build.nearest_architecture((8, 9)) == "sm_86"
    assert cuda_build.nearest_architecture((9, 0)) == "sm_90"
    with pytest.raises(UserError, match="too old"):
        cuda_build.nearest_architecture((7, 5))
    with pytest.raises(UserError, match=r"does not know compute capability 12\.0"):
        cuda_build.nearest_architecture((12, 0))


def test_without_nvrtc_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from cuda.bindings import nvrtc

    def missing() -> None:
        raise RuntimeError("no libnvrtc\nsearched everywhere")

    monkeypatch.setattr(nvrtc, "nvrtcGetSupportedArchs", missing)
    with pytest.raises(UserError, match=r"no NVRTC compiler \(no libnvrtc\); pip install 'clavilux\[cuda\]'"):
        cuda_build.architectures()
