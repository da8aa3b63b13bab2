"""The CUDA backend on a pretended GPU: same pictures as the oracle, and every failure leads somewhere."""

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import moderngl
import pytest

pytest.importorskip("cuda.bindings")

from app.clock import Frame
from app.commands import doctor
from app.cppn import cuda_build, reference
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.inputs import SILENCE, View
from app.modulation.values import Values
from app.problems import UserError
from app.render import auto, cuda_backend, cuda_driver, cuda_interop, surface
from app.render.backend import Shot
from app.render.crossfade import Crossfade
from app.render.cuda_backend import CudaBackend
from app.render.cuda_interop import InteropError, gl_devices
from app.render.cuda_painter import closeness
from app.render.target import Target
from app.style import Style
from tests.cppn.ptx_machine import compile_ptx
from tests.render.fake_cuda import FakeDriver

SMALL = Arch(width=16, depth=2)
NVIDIA = {"GL_VENDOR": "NVIDIA Corporation", "GL_RENDERER": "NVIDIA H200"}


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDriver]:
    fake = FakeDriver()
    fake.install(monkeypatch)
    monkeypatch.setattr(cuda_backend, "gl_devices", lambda api, info: [0])
    yield fake
    leaked = {kind: handles for kind, handles in fake.alive.items() if handles}
    assert leaked == {}


@pytest.fixture
def backend(gpu: FakeDriver, ctx: moderngl.Context) -> Iterator[CudaBackend]:
    made = CudaBackend(ctx)
    yield made
    made.release()
    made.release()


@pytest.fixture
def target(ctx: moderngl.Context) -> Iterator[Target]:
    made = Target(ctx, (40, 24))
    yield made
    made.release()


def draw(backend: CudaBackend, target: Target, seconds: float = 1.0, **params: float) -> None:
    backend.draw(Values(params, SILENCE, seconds, params.pop("turn", 0.0)), Frame(0, seconds, 1 / 60), target)


def worst(target: Target, style: Style, seconds: float = 1.0, view: View | None = None) -> float:
    width, height = target.region_px
    aspect = target.size_px[0] / target.size_px[1]
    exact = reference.render(style, width, height, seconds, SILENCE, view, aspect)
    decibels, levels = closeness(target.read()[..., :3], exact)
    assert decibels >= 50.0
    return levels


def test_a_shared_buffer_shows_this_frame(backend: CudaBackend, target: Target, gpu: FakeDriver) -> None:
    style = random_style(1, SMALL)
    backend.set_style(style)
    for seconds in (0.5, 1.5):
        draw(backend, target, seconds)
        assert worst(target, style, seconds) <= 2
    assert "shared with OpenGL" in backend.detail and "FP16 sums" in backend.detail
    assert gpu.calls.count("cuGraphicsGLRegisterBuffer") == 2
    assert gpu.calls.count("cuGraphicsMapResources") == gpu.calls.count("cuGraphicsUnmapResources") == 2


def test_view_and_region_are_those_of_every_backend(backend: CudaBackend, target: Target, gpu: FakeDriver) -> None:
    style = random_style(2, SMALL)
    backend.set_style(style)
    target.region_px = (33, 17)
    backend.draw(Values({"zoom": 1.7, "pan_x": 0.2}, SILENCE, 1.0, 30.0), Frame(0, 1.0, 0.0), target)
    assert worst(target, style, view=View(1.7, 30.0, 0.2, 0.0)) <= 2


def test_a_larger_target_registers_larger_buffers(
    backend: CudaBackend, target: Target, gpu: FakeDriver, ctx: moderngl.Context
) -> None:
    style = random_style(1, SMALL)
    backend.set_style(style)
    draw(backend, target)
    large = Target(ctx, (56, 40))
    draw(backend, large)
    assert worst(large, style) <= 2
    assert len(gpu.alive["graphics"]) == 2
    large.release()


def test_weights_are_swapped_without_compiling(backend: CudaBackend, target: Target, gpu: FakeDriver) -> None:
    for seed in range(3):
        style = random_style(seed, SMALL)
        backend.set_style(style)
        draw(backend, target)
        assert worst(target, style) <= 2
    assert gpu.calls.count("cuModuleLoadData") == 1


def test_what_a_style_needs_is_made_beside_the_show(
    backend: CudaBackend, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    style = random_style(7, Arch(width=16, depth=3))
    makers: list[str] = []

    def noted(what: Callable[..., Any]) -> Callable[..., Any]:
        def made(*arguments: Any) -> Any:
            makers.append(threading.current_thread().name)
            return what(*arguments)

        return made

    monkeypatch.setattr("tests.render.fake_cuda.compile_ptx", noted(compile_ptx))
    monkeypatch.setattr(reference, "render", noted(reference.render))
    assert not backend.prepare(style)
    assert backend._seat is not None
    backend._seat.workshop.close()
    assert backend.prepare(style)
    backend.set_style(style)
    assert set(makers) == {"kernel workshop"} and len(makers) == 4  # FP16 and FP32 sums, two moments
    draw(backend, target)


def test_what_cannot_be_prepared_is_told_by_set_style(backend: CudaBackend, target: Target) -> None:
    style = random_style(1, Arch(width=136, depth=1, activation="atan"))
    assert not backend.prepare(style)
    assert backend._seat is not None
    backend._seat.workshop.close()
    assert backend.prepare(style)


REFUSALS = [
    ("cuGraphicsGLRegisterBuffer", "UNKNOWN", "remote desktop"),
    ("cuGraphicsGLRegisterBuffer", "OPERATING_SYSTEM", "does not share"),
    ("cuGraphicsGLRegisterBuffer", "INVALID_DEVICE", "different GPUs"),
    ("cuGraphicsGLRegisterBuffer", "OUT_OF_MEMORY", "out of memory"),
    ("cuGraphicsMapResources", "UNKNOWN", "does not share"),
    ("cuGraphicsMapResources", "MAP_FAILED", "MAP_FAILED"),
]


@pytest.mark.parametrize(("call", "error", "said"), REFUSALS)
def test_what_cannot_be_shared_goes_through_the_host(
    backend: CudaBackend, target: Target, gpu: FakeDriver, call: str, error: str, said: str
) -> None:
    style = random_style(3, SMALL)
    backend.set_style(style)
    gpu.fail[call] = [error]
    draw(backend, target)
    assert worst(target, style) <= 2
    assert "through host memory, one frame later" in backend.detail and said in backend.detail
    assert not gpu.alive["graphics"]


def test_a_null_handle_is_noticed(backend: CudaBackend, target: Target, gpu: FakeDriver) -> None:
    backend.set_style(random_style(3, SMALL))
    gpu.null_handles = True
    draw(backend, target)
    assert "pip install -U cuda-bindings" in backend.detail


def test_a_refused_gpu_is_still_used(
    gpu: FakeDriver, ctx: moderngl.Context, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cuda_backend, "gl_devices", gl_devices)
    style = random_style(3, SMALL)
    backend = CudaBackend(ctx)
    backend.set_style(style)
    draw(backend, target)
    assert worst(target, style) <= 2
    assert cuda_interop.VENDOR_FILE in backend.detail
    backend.release()


def host_backend(ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> CudaBackend:
    def refuse(api: Any, info: Any) -> list[int]:
        raise InteropError("no")

    monkeypatch.setattr(cuda_backend, "gl_devices", refuse)
    return CudaBackend(ctx)


def test_the_host_route_is_one_frame_late_and_never_stale(
    gpu: FakeDriver, ctx: moderngl.Context, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = host_backend(ctx, monkeypatch)
    style, other = random_style(1, SMALL), random_style(2, SMALL)
    backend.set_style(style)
    for drawn, shown in ((1.0, 1.0), (2.0, 1.0), (3.0, 2.0)):
        draw(backend, target, drawn)
        assert worst(target, style, shown) <= 2
    target.region_px = (20, 12)
    draw(backend, target, 4.0)
    assert worst(target, style, 4.0) <= 2
    backend.set_style(other)
    draw(backend, target, 5.0)
    assert worst(target, other, 5.0) <= 2
    backend.release()


INFO = SimpleNamespace(mesa={"GL_VENDOR": "Intel", "GL_RENDERER": "Mesa Intel(R) Xe"},
                       soft={"GL_VENDOR": "Mesa", "GL_RENDERER": "llvmpipe (LLVM 15)"})  # fmt: skip
GATES: list[tuple[dict[str, str], str, str, str]] = [
    (NVIDIA, "5.15.153.1-microsoft-standard-WSL2", "linux", "WSL"),
    (INFO.mesa, "6.8.0", "linux", "__NV_PRIME_RENDER_OFFLOAD=1 __GLX_VENDOR_LIBRARY_NAME=nvidia"),
    (INFO.mesa, "11", "win32", "High performance"),
    (INFO.soft, "6.8.0", "linux", "__EGL_VENDOR_LIBRARY_FILENAMES"),
]


@pytest.mark.parametrize(("info", "release", "system", "cure"), GATES)
def test_gates_name_the_cure(
    info: dict[str, str], release: str, system: str, cure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", system)
    with pytest.raises(InteropError, match=cure):
        gl_devices(FakeDriver(), info, release)


@pytest.mark.parametrize(("error", "said"), [("INVALID_DEVICE", "different GPUs"), ("NO_DEVICE", "different GPUs")])
def test_a_gl_context_on_another_gpu(error: str, said: str) -> None:
    fake = FakeDriver()
    fake.fail["cuGLGetDevices"] = [error]
    with pytest.raises(InteropError, match=said):
        gl_devices(fake, NVIDIA, "6.8.0")
    fake.gl_devices = []
    with pytest.raises(InteropError, match="CUDA_VISIBLE_DEVICES"):
        gl_devices(fake, NVIDIA, "6.8.0")
    fake.gl_devices = [1]
    assert gl_devices(fake, NVIDIA, "6.8.0") == [1]


def test_a_failed_kernel_sets_the_gpu_up_again(backend: CudaBackend, target: Target, gpu: FakeDriver) -> None:
    style = random_style(1, SMALL)
    backend.set_style(style)
    draw(backend, target)
    gpu.fail["cuGraphicsMapResources"] = ["ILLEGAL_ADDRESS"]
    draw(backend, target, 2.0)
    assert worst(target, style, 2.0) <= 2
    assert "set up again after" in backend.detail and "ILLEGAL_ADDRESS" in backend.detail
    assert gpu.calls.count("cuDevicePrimaryCtxReset") == 1


def test_both_backends_of_a_crossfade_survive_a_lost_gpu(
    backend: CudaBackend, target: Target, gpu: FakeDriver, ctx: moderngl.Context
) -> None:
    style, other = random_style(1, SMALL), random_style(2, SMALL)
    second = CudaBackend(ctx)
    backend.set_style(style)
    second.set_style(other)
    draw(backend, target)
    gpu.fail["cuLaunchKernel"] = ["LAUNCH_FAILED"]
    draw(second, target)
    assert worst(target, other) <= 2
    draw(backend, target, 3.0)
    assert worst(target, style, 3.0) <= 2
    assert gpu.calls.count("cuDevicePrimaryCtxReset") == 1
    second.release()


@pytest.fixture
def crossfade(backend: CudaBackend, ctx: moderngl.Context) -> Iterator[Crossfade]:
    """Half of the way from one style to another of the same shape."""
    backends = iter([backend, CudaBackend(ctx)])
    made = Crossfade(ctx, lambda: next(backends), (40, 24))
    made.show(random_style(1, SMALL), 0.0)
    yield made
    made.release()


def fade(crossfade: Crossfade, style: Style) -> tuple[Target, Target | None]:
    """Begin to fade to a style; return what is drawn a third of the way."""
    crossfade.show(style, 3.0)
    return crossfade.draw(Values({}, SILENCE, 1.0), Frame(0, 1.0, 1.0), (40, 24), mixes=True)


def test_a_fade_of_one_shape_is_one_launch(crossfade: Crossfade, gpu: FakeDriver) -> None:
    old, new = random_style(1, SMALL), random_style(2, SMALL)
    crossfade.show(old, 0.0)
    gpu.launches.clear()
    picture, before = fade(crossfade, new)
    assert before is None and gpu.launches[-1] == (1, 2) and gpu.launches[:-1] == [(2, 1)]  # the proof came first
    share = crossfade.fade
    exact = [reference.render(style, 40, 24, 1.0, SILENCE) for style in (old, new)]
    decibels, levels = closeness(picture.read()[..., :3], exact[0] * (1.0 - share) + exact[1] * share)
    assert 0.0 < share < 1.0 and decibels >= 50.0 and levels <= 2.0


def test_a_fade_to_steep_sines_is_one_launch_too(crossfade: Crossfade, gpu: FakeDriver) -> None:
    style = random_style(2, SMALL)
    (weights, biases), *rest = style.layers
    assert fade(crossfade, Style("steep", SMALL, ((weights * 8.0, biases), *rest), style.header))[1] is None
    assert gpu.launches[-1] == (1, 2)


def test_a_fade_between_shapes_is_two_pictures(crossfade: Crossfade, gpu: FakeDriver) -> None:
    _, before = fade(crossfade, random_style(2, Arch(width=16, depth=1)))
    assert before is not None and gpu.launches[-2:] == [(1, 1)] * 2
    assert worst(before, random_style(1, SMALL)) <= 2


def test_a_gpu_that_fails_in_a_fade_shows_the_newer_style_and_fades_on(crossfade: Crossfade, gpu: FakeDriver) -> None:
    old, new = random_style(1, SMALL), random_style(2, SMALL)
    crossfade.show(new, 3.0)
    gpu.fail["cuGraphicsMapResources"] = ["ILLEGAL_ADDRESS"]
    values, frame = Values({}, SILENCE, 1.0), Frame(0, 1.0, 0.5)
    picture, _ = crossfade.draw(values, frame, (40, 24), mixes=True)
    assert worst(picture, new) <= 2
    _, before = crossfade.draw(values, frame, (40, 24), mixes=True)
    assert before is not None and worst(before, old) <= 2
    assert crossfade.draw(values, frame, (40, 24), mixes=True)[1] is None


@pytest.fixture
def shots(backend: CudaBackend, ctx: moderngl.Context) -> Iterator[list[Shot]]:
    """Pictures of three styles of one kernel, the second one of steep sines, the third with an input more."""
    (weights, biases), *rest = random_style(2, SMALL).layers
    steep = Style("steep", SMALL, ((weights * 8.0, biases), *rest), random_style(2).header)
    styles = [random_style(1, SMALL), steep, random_style(3, Arch((*SMALL.inputs, "sway1"), 16, 2))]
    backends = [backend, CudaBackend(ctx), CudaBackend(ctx)]
    for made, style in zip(backends, styles, strict=True):
        made.set_style(style)
    values = [Values({}, SILENCE, float(seconds)) for seconds in range(3)]
    yield [Shot(*both, Frame(0, 0.0, 0.0), Target(ctx, (24, 14))) for both in zip(backends, values, strict=True)]
    for made in backends:
        made.release()


def all_shown(shots: list[Shot]) -> None:
    for shot in shots:
        assert isinstance(shot.backend, CudaBackend) and shot.backend._painter is not None
        assert worst(shot.target, shot.backend._painter.style, shot.values.style_seconds) <= 2
        shot.target.framebuffer.clear()


def test_pictures_of_one_kernel_are_one_launch(shots: list[Shot], gpu: FakeDriver) -> None:
    gpu.launches.clear()
    maps = gpu.calls.count("cuGraphicsMapResources")
    shots[0].backend.draw_all(shots)
    assert gpu.launches == [(3, 1)] and gpu.calls.count("cuGraphicsMapResources") == maps + 1
    all_shown(shots)


def test_a_host_route_shows_each_of_several_pictures_at_its_own_moment(shots: list[Shot], gpu: FakeDriver) -> None:
    gpu.fail["cuGraphicsMapResources"] = ["UNKNOWN"]
    for some in (shots, shots[1:], shots[:2]):
        some[0].backend.draw_all(some)
        all_shown(some)


def test_a_gpu_that_fails_among_several_pictures_draws_each_again(shots: list[Shot], gpu: FakeDriver) -> None:
    gpu.fail["cuGraphicsMapResources"] = ["ILLEGAL_ADDRESS"]
    shots[0].backend.draw_all(shots)
    all_shown(shots)
    assert gpu.calls.count("cuDevicePrimaryCtxReset") == 1


def test_a_gpu_that_stays_broken_leaves_it_to_opengl(backend: CudaBackend, target: Target, gpu: FakeDriver) -> None:
    style = random_style(1, SMALL)
    backend.set_style(style)
    gpu.fail["cuLaunchKernel"] = ["LAUNCH_FAILED"] * 2
    draw(backend, target)
    assert worst(target, style) <= 2
    assert "in place of CUDA" in backend.detail and "LAUNCH_FAILED" in backend.detail
    backend.set_style(style)
    draw(backend, target)
    assert "Pretend GPU" in backend.detail


def test_releasing_a_broken_gpu_is_quiet(gpu: FakeDriver, ctx: moderngl.Context, target: Target) -> None:
    backend = CudaBackend(ctx)
    backend.set_style(random_style(1, SMALL))
    draw(backend, target)
    broken = ["cuMemFree", "cuGraphicsUnregisterResource", "cuModuleUnload", "cuStreamSynchronize", "cuStreamDestroy"]
    gpu.fail = {name: ["LAUNCH_FAILED"] * 9 for name in broken}
    backend.release()
    for handles in gpu.alive.values():
        handles.clear()


def test_too_little_memory_leaves_it_to_opengl_at_once(
    gpu: FakeDriver, ctx: moderngl.Context, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = host_backend(ctx, monkeypatch)
    style = random_style(1, SMALL)
    backend.set_style(style)
    gpu.fail["cuMemAllocHost"] = ["OUT_OF_MEMORY"]
    draw(backend, target)
    assert worst(target, style) <= 2
    assert "out of memory" in backend.detail
    assert "cuDevicePrimaryCtxReset" not in gpu.calls
    backend.release()


def unsuited() -> Style:
    """Weights beyond the largest half."""
    style = random_style(1, SMALL)
    weights, biases = style.layers[1]
    return Style("steep", SMALL, (style.layers[0], (weights * 1e6, biases), style.layers[2]), style.header)


@pytest.mark.parametrize("make", [unsuited, lambda: random_style(1, Arch(width=136, depth=1, activation="atan"))])
def test_a_style_that_does_not_fit_goes_to_the_next_backend(
    make: Callable[[], Style], backend: CudaBackend, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    fine, style = random_style(1, SMALL), make()
    for software, shown in ((True, "CPU threads"), (False, "fragment shader")):
        monkeypatch.setattr(cuda_backend, "is_software", lambda ctx, software=software: software)
        backend.set_style(fine)
        backend.set_style(style)
        draw(backend, target)
        assert shown in backend.detail and "in place of CUDA" in backend.detail
    backend.set_style(fine)
    draw(backend, target)
    assert worst(target, fine) <= 2 and "in place" not in backend.detail


def test_wide_sums_where_half_ones_are_too_coarse(backend: CudaBackend, target: Target) -> None:
    style = random_style(1, SMALL)
    weights, biases = style.layers[1]
    strong = Style("strong", SMALL, (style.layers[0], (weights, biases + 300.0), style.layers[2]), style.header)
    backend.set_style(strong)
    assert "FP16 sums" in backend.detail  # whole turns of a bias cost nothing
    backend.set_style(random_style(2, Arch(activation="gaussian", width=16)))
    assert "FP32 sums" in backend.detail


def test_without_a_driver_there_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, ctx: moderngl.Context) -> None:
    from cuda.bindings import driver as real

    def missing(flags: int) -> None:
        raise RuntimeError("no libcuda")

    monkeypatch.setattr(real, "cuInit", missing)
    with pytest.raises(UserError, match="no NVIDIA driver on this machine"):
        cuda_driver.driver()


def test_an_old_gpu_is_refused_and_given_back(
    gpu: FakeDriver, ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(capability: tuple[int, int]) -> str:
        raise UserError("cuda: compute capability 7.5 is too old")

    monkeypatch.setattr(cuda_build, "nearest_architecture", refuse)
    with pytest.raises(UserError, match="too old"):
        CudaBackend(ctx)


def test_a_driver_that_refuses_the_kernel_is_named_and_the_next_backend_draws(
    backend: CudaBackend, target: Target, gpu: FakeDriver
) -> None:
    style = random_style(1, SMALL)
    gpu.fail["cuModuleLoadData"] = ["NO_BINARY_FOR_GPU"]
    backend.set_style(style)
    draw(backend, target)
    assert worst(target, style) <= 2
    assert "update the NVIDIA driver" in backend.detail


def test_a_driver_without_a_call_is_too_old(gpu: FakeDriver) -> None:
    def absent(*arguments: object) -> None:
        raise RuntimeError('Function "cuStreamCreate" not found')

    with pytest.raises(cuda_driver.CudaError, match="update the NVIDIA driver"):
        cuda_driver.call(SimpleNamespace(cuStreamCreate=absent), "cuStreamCreate", 0)


def refuse(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    def raising(*arguments: object) -> None:
        raise UserError(why)

    monkeypatch.setattr(cuda_backend, "driver", raising)


def test_a_show_that_asks_for_cuda_goes_on_without(ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, "cuda: no NVIDIA driver on this machine")
    choice = auto.choose(ctx, "cuda", random_style(1, SMALL))
    assert choice.name == "cpu"
    assert choice.report == "cuda: no NVIDIA driver on this machine; OpenGL runs in software here"


def test_a_gpu_that_is_there_is_taken(gpu: FakeDriver, ctx: moderngl.Context) -> None:
    assert auto.choose(ctx, "cuda", random_style(1, SMALL)) == ("cuda", "chosen by hand")


def test_the_doctor_says_it_in_one_line(
    gpu: FakeDriver, ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surface, "HeadlessSurface", lambda size_px: SimpleNamespace(ctx=ctx, release=lambda: None))
    assert [finding.detail for finding in doctor._gpu()] == [
        "Pretend GPU, shared with OpenGL; try `clavilux --backend cuda`"
    ]
    gpu.fail["cuGraphicsGLRegisterBuffer"] = ["UNKNOWN"]
    (found,) = doctor._gpu()
    assert found.status == "limited" and "does not share" in found.detail
    gpu.fail["cuModuleLoadData"] = ["NO_BINARY_FOR_GPU"]
    (found,) = doctor._gpu()
    assert found.status == "limited" and "update the NVIDIA driver" in found.detail
    monkeypatch.setattr(cuda_backend, "gl_devices", gl_devices)
    (found,) = doctor._gpu()
    assert found.status == "limited" and cuda_interop.VENDOR_FILE in found.detail
    refuse(monkeypatch, "cuda: no NVRTC compiler")
    (found,) = doctor._gpu()
    assert (found.status, found.detail) == ("limited", "no NVRTC compiler")
