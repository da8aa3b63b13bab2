"""The CUDA backend on a real GPU. Skipped without one.

What the pretended GPU cannot show: the hardware's own arithmetic, a real shared buffer, memory that does not leak, a
context that a broken kernel has poisoned.
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("cuda.bindings")

from app import paths
from app import style as styles
from app.clock import Frame
from app.cppn import cuda, cuda_build, reference
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.inputs import PIXEL_INPUTS, SILENCE, Doubles, View, fold, pixel_to_plane
from app.modulation.values import Values
from app.problems import UserError
from app.render.backend import Shot
from app.render.cuda_backend import CudaBackend
from app.render.cuda_driver import CudaError, Gpu, driver
from app.render.cuda_painter import Painter, Sight, closeness, plans
from app.render.surface import HeadlessSurface
from app.render.target import Target
from app.style import Style
from tests.cppn.test_cuda import NETS

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(600)]
SIZES = [(1280, 720), (1920, 1080), (3840, 2160)]
STYLES = [*(random_style(seed) for seed in range(6)), *(random_style(1, arch, w0=6.0) for arch in NETS)]
ORACLE_ROWS = 24
"""Rows of a large picture that the slow oracle draws too."""
SHIPPED = [styles.load(path) for path in sorted(paths.shipped("styles").glob("*.safetensors"))]


@cache
def built(source: str, architecture: str) -> bytes:
    """Compile once for all tests: each has an empty user folder."""
    return cuda_build.compile_source(source, architecture)[0]


@pytest.fixture(autouse=True, scope="module")
def _kernels_of_all_styles() -> None:
    """Compile what most tests wait for, on all processors at once."""
    gpu = open_gpu()
    architecture = cuda_build.nearest_architecture(gpu.capability)
    needed = {plan for style in (*STYLES, *SHIPPED) for plan in plans(gpu.capability, gpu.shared_bytes, style)}
    gpu.release()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda plan: built(cuda.source(plan), architecture), needed))


@pytest.fixture(autouse=True)
def _kernels_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda_build, "build", built)


def open_gpu() -> Gpu:
    try:
        return Gpu(driver(), 0)
    except UserError as missing:
        pytest.skip(str(missing))


@pytest.fixture
def gpu() -> Iterator[Gpu]:
    made = open_gpu()
    yield made
    made.release()


@pytest.fixture
def surface() -> Iterator[HeadlessSurface]:
    open_gpu().release()
    try:
        made = HeadlessSurface((64, 64))
    except UserError as missing:
        pytest.skip(str(missing))
    if not made.ctx.info["GL_VENDOR"].startswith("NVIDIA"):
        made.release()
        pytest.skip("OpenGL does not draw on the NVIDIA GPU here")
    yield made
    made.release()


def rows_of(style: Style, size_px: tuple[int, int], seconds: float) -> tuple[NDArray[np.int_], Doubles]:
    """Return numbers of evenly spread rows (from the top) and the oracle's colours there."""
    width, height = size_px
    rows = np.linspace(0, height - 1, ORACLE_ROWS).astype(int)
    plane = pixel_to_plane(width, height, View())
    i, j = np.meshgrid(np.arange(width) + 0.5, height - 1 - rows + 0.5)
    x, y = (row[0] * i + row[1] * j + row[2] for row in plane)
    columns = [PIXEL_INPUTS[name].array(x, y).ravel() for name in style.arch.inputs if name in PIXEL_INPUTS]
    pixels = np.stack(columns, axis=1) if columns else np.zeros((x.size, 0))
    exact = reference.colours(style, pixels, fold(style, seconds, SILENCE))
    return rows, exact.reshape(ORACLE_ROWS, width, 3)


@pytest.mark.parametrize("size_px", SIZES, ids=str)
@pytest.mark.parametrize("style", STYLES, ids=[f"{s.arch.activation}{s.arch.width}x{s.arch.depth}" for s in STYLES])
def test_pictures_are_the_oracles(style: Style, size_px: tuple[int, int], gpu: Gpu) -> None:
    held_to_the_oracle(style, size_px, gpu)


@pytest.mark.parametrize("style", SHIPPED, ids=lambda style: style.name)
def test_styles_that_ship_are_the_oracles(style: Style, gpu: Gpu) -> None:
    held_to_the_oracle(style, (1920, 1080), gpu)


def held_to_the_oracle(style: Style, size_px: tuple[int, int], gpu: Gpu) -> None:
    painter = Painter(gpu, style)
    picture = np.zeros((size_px[1], size_px[0], 4), np.uint8)
    out = gpu.allocate(picture.nbytes + 4096)
    gpu.upload(out, np.full(picture.nbytes + 4096, 0xCD, np.uint8))
    plane = pixel_to_plane(*size_px, View())
    painter.paint([Sight(fold(style, 100.0, SILENCE), plane, size_px, out)])
    guard = np.zeros(4096, np.uint8)
    gpu.download(out, picture)
    gpu.download(out + picture.nbytes, guard)
    gpu.wait()
    rows, exact = rows_of(style, size_px, 100.0)
    decibels, levels = closeness(picture[::-1][rows][..., :3], exact)
    assert decibels >= 50.0 and levels <= 3.0
    assert (picture[..., 3] == 255).all() and (guard == 0xCD).all()
    gpu.free(out)
    painter.release()


def draw(backend: CudaBackend, target: Target, index: int) -> None:
    backend.draw(Values({}, SILENCE, index / 60), Frame(index, index / 60, 1 / 60), target)


def test_the_shared_buffer_reaches_the_texture(surface: HeadlessSurface) -> None:
    style, target = random_style(1), Target(surface.ctx, (320, 180))
    backend = CudaBackend(surface.ctx)
    backend.set_style(style)
    for index, region in enumerate([(320, 180), (317, 171), (160, 90)]):
        target.region_px = region
        draw(backend, target, index)
        exact = reference.render(style, *region, index / 60, aspect=320 / 180)
        assert closeness(target.read()[..., :3], exact)[0] >= 50.0
    assert "shared with OpenGL" in backend.detail, backend.detail
    backend.release()
    target.release()


def test_the_host_route_draws_the_same(surface: HeadlessSurface) -> None:
    style, target = random_style(1), Target(surface.ctx, (320, 180))
    backend = CudaBackend(surface.ctx)
    backend.set_style(style)
    assert backend._seat is not None
    backend._seat.refusal = "asked for by the test"
    for index in range(3):
        draw(backend, target, index)
        shown = max(index - 1, 0)
        exact = reference.render(style, 320, 180, shown / 60)
        assert closeness(target.read()[..., :3], exact)[0] >= 50.0
    backend.release()
    target.release()


@pytest.mark.slow
def test_ten_thousand_frames_do_not_leak(surface: HeadlessSurface) -> None:
    api, target = driver(), Target(surface.ctx, (640, 360))
    backend = CudaBackend(surface.ctx)
    styles = [random_style(seed) for seed in range(2)]
    backend.set_style(styles[0])
    for index in range(100):
        draw(backend, target, index)
    surface.ctx.finish()
    before = api.cuMemGetInfo()[1]
    for index in range(10_000):
        if index % 500 == 0:
            backend.set_style(styles[index // 500 % 2])
        draw(backend, target, index)
    surface.ctx.finish()
    assert before - api.cuMemGetInfo()[1] < 8 * 2**20
    backend.release()
    target.release()


def test_several_views_in_one_launch(gpu: Gpu) -> None:
    style, size_px = random_style(4), (96, 54)
    painter = Painter(gpu, style)
    pictures = np.zeros((12, 54, 96, 4), np.uint8)
    out = gpu.allocate(pictures.nbytes)
    plane = pixel_to_plane(*size_px, View())
    painter.paint([
        Sight(fold(style, float(i), SILENCE), plane, size_px, out + i * pictures[0].nbytes) for i in range(12)
    ])  # fmt: skip
    gpu.download(out, pictures)
    gpu.wait()
    for i, picture in enumerate(pictures):
        assert closeness(picture[::-1, :, :3], reference.render(style, *size_px, float(i)))[0] >= 50.0
    gpu.free(out)
    painter.release()


def test_several_backends_are_one_launch(surface: HeadlessSurface) -> None:
    """Thumbnails of styles of one kernel, into a texture each."""
    made = [random_style(seed, Arch(width=64)) for seed in range(4)]
    backends = [CudaBackend(surface.ctx) for _ in made]
    shots = []
    for index, (backend, style) in enumerate(zip(backends, made, strict=True)):
        backend.set_style(style)
        values, target = Values({}, SILENCE, float(index)), Target(surface.ctx, (96, 54))
        shots.append(Shot(backend, values, Frame(0, 0.0, 0.0), target))
    backends[0].draw_all(shots)
    for shot, style in zip(shots, made, strict=True):
        exact = reference.render(style, 96, 54, shot.values.style_seconds)
        assert closeness(shot.target.read()[..., :3], exact)[0] >= 50.0
        shot.target.release()
        shot.backend.release()


def test_a_fade_is_one_launch_over_its_own_pixels(gpu: Gpu) -> None:
    styles, size_px = (random_style(4), random_style(5)), (1280, 720)
    painters = [Painter(gpu, style) for style in styles]
    if painters[0].joined(painters[1]) is None:
        pytest.skip("one of them needs wider sums here")
    picture = np.zeros((size_px[1], size_px[0], 4), np.uint8)
    out = gpu.allocate(picture.nbytes)
    plane = pixel_to_plane(*size_px, View())
    sights = [Sight(fold(style, 1.0, SILENCE), plane, size_px, out) for style in styles]
    painters[1].fade(painters[0], (sights[1], sights[0]), 0.3)
    gpu.download(out, picture)
    gpu.wait()
    rows, below = rows_of(styles[0], size_px, 1.0)
    exact = below * 0.7 + rows_of(styles[1], size_px, 1.0)[1] * 0.3
    assert closeness(picture[::-1][rows][..., :3], exact)[0] >= 50.0
    gpu.free(out)
    for painter in painters:
        painter.release()


def test_a_context_without_nvidia_still_draws(ctx: moderngl.Context) -> None:
    open_gpu().release()
    if ctx.info["GL_VENDOR"].startswith("NVIDIA"):
        pytest.skip("OpenGL is NVIDIA's here")
    style, target = random_style(1), Target(ctx, (160, 90))
    backend = CudaBackend(ctx)
    backend.set_style(style)
    draw(backend, target, 0)
    assert closeness(target.read()[..., :3], reference.render(style, 160, 90))[0] >= 50.0
    assert "through host memory" in backend.detail
    backend.release()
    target.release()


BROKEN = ("store(view.out + at,", "store((u32*)8ull + at,")
"""Writes where nothing is."""


def test_a_broken_kernel_says_so_and_the_show_goes_on(  # the last one: a driver may give up the whole process
    surface: HeadlessSurface, monkeypatch: pytest.MonkeyPatch
) -> None:
    style, target = random_style(1, Arch(width=32, depth=2)), Target(surface.ctx, (320, 180))
    backend = CudaBackend(surface.ctx)
    backend.set_style(style)
    draw(backend, target, 0)
    assert backend._painter is not None
    architecture = cuda_build.nearest_architecture(backend._painter.gpu.capability)
    painter, whole = backend._painter, cuda.source
    monkeypatch.setattr(cuda, "source", lambda plan: whole(plan).replace(*BROKEN))
    painter.gpu.belongings.clear()
    with pytest.raises(CudaError, match="ILLEGAL_ADDRESS"):
        Painter(painter.gpu, style)
    monkeypatch.setattr(cuda, "source", whole)
    cuda_build.build(
        whole(cuda.plan(style.arch, True, False, painter.gpu.shared_bytes)), architecture
    )  # the compiler's time is not counted
    start = time.monotonic()
    draw(backend, target, 1)
    surface.ctx.finish()
    assert time.monotonic() - start <= 3.0
    exact = reference.render(style, 320, 180, 1 / 60)
    assert closeness(target.read()[..., :3], exact)[0] >= 50.0
    assert "set up again" in backend.detail or "in place of CUDA" in backend.detail
    backend.release()
    target.release()
