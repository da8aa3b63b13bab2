"""What the CUDA backend's kernel takes, part by part, as Markdown on standard output.

Medians with the 10th and 90th percentile. Needs an NVIDIA GPU; whole frames need OpenGL on it too. benchmarks/cuda.py
runs the parts, each in a process of its own; one alone: python -m benchmarks.cuda_parts kernel_alone
"""

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from app import style as styles
from app.clock import Frame
from app.cppn import cuda, cuda_build, cuda_pack
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.inputs import SILENCE, View, fold, pixel_to_plane
from app.modulation.values import Values
from app.problems import UserError
from app.render.cuda_driver import Gpu, driver
from app.render.cuda_painter import Painter, Sight, plans
from app.style import Style
from benchmarks.cuda_rivals import RIVALS, SECONDS, Times, seed_method, torch_missing, wall

SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "4K": (3840, 2160)}
TENSOR_FLOP_PER_CLOCK = {80: (2048, 2048), 86: (1024, 512), 89: (1024, 512), 90: (4096, 4096), 100: (4096, 4096),
                         120: (1024, 512)}  # fmt: skip
"""Of one multiprocessor, sums in FP16 and in FP32; GeForce halves the second, 9.0 reaches it only through wgmma."""
SINES_PER_CLOCK = 16
AT_ONCE = 8
LEAST = 20
SECTIONS = ("SpeedOfLight", "ComputeWorkloadAnalysis", "WarpStateStats", "Occupancy")
"""Of the profiler's report."""
NETS = [Arch(), *(Arch(depth=depth) for depth in (2, 3, 6, 8)), *(Arch(width=width) for width in (32, 64, 256)),
        *(Arch(activation=name) for name in ("mix", "gaussian", "atan", "finer"))]  # fmt: skip
"""What growth is seen on."""


def say(text: str = "") -> None:
    """Print a line at once: a part that is cut short leaves what it had."""
    print(text, flush=True)


class Clock:
    """CUDA events around work on our stream."""

    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu
        self._marks = [gpu("cuEventCreate", 0) for _ in range(2)]

    def time(self, work: Callable[[], object]) -> Times:
        """Repeat `work` for `SECONDS`, at least `LEAST` times, after a warm-up; GPU time of each.

        Several are asked for at once, so that the GPU never waits for Python; the first keeps it busy meanwhile.
        """
        for _ in range(3):
            work()
        self._gpu.wait()
        made: list[float] = []
        end = time.monotonic() + SECONDS
        while len(made) < LEAST or time.monotonic() < end:
            work()
            self._gpu("cuEventRecord", self._marks[0], self._gpu.stream)
            for _ in range(AT_ONCE):
                work()
            self._gpu("cuEventRecord", self._marks[1], self._gpu.stream)
            self._gpu.wait()
            made.append(float(self._gpu("cuEventElapsedTime", *self._marks)) / AT_ONCE)
        return Times(made)


def flop(arch: Arch) -> int:
    """Return multiply-adds of one pixel, doubled; the first layer sees x and y alone."""
    shapes = arch.shapes
    return 2 * (shapes[0][0] * 2 + sum(rows * columns for rows, columns in shapes[1:]))


def floor_ms(gpu: Gpu, arch: Arch, pixels: int, half_sums: bool, clock_hz: float) -> float:
    """Return the least time by the tensor cores or the sine units, whichever take longer."""
    major, minor = gpu.capability
    rates = TENSOR_FLOP_PER_CLOCK.get(major * 10 + minor, TENSOR_FLOP_PER_CLOCK.get(major * 10, (1024, 512)))
    clocks = max(flop(arch) / rates[0 if half_sums else 1], arch.width * arch.depth / SINES_PER_CLOCK)
    return pixels * clocks / gpu.processors / clock_hz * 1e3


def clock_hz(gpu: Gpu) -> float:
    """Return the highest clock of the multiprocessors."""
    key = gpu.api.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_CLOCK_RATE
    return float(gpu("cuDeviceGetAttribute", key, gpu.device)) * 1e3


def sight(style: Style, size_px: tuple[int, int], out: int, seconds: float = 1.0) -> Sight:
    """Return a neutral view of a style."""
    return Sight(fold(style, seconds, SILENCE), pixel_to_plane(*size_px, View()), size_px, out)


class Forced(Painter):
    """A painter whose sums are not chosen but told."""

    def __init__(self, gpu: Gpu, style: Style, half_sums: bool) -> None:
        self.gpu, self.style = gpu, style
        self._weights = 0
        self.plan = self.planned(gpu, style, half_sums)
        self._take(self.plan)

    @staticmethod
    def planned(gpu: Gpu, style: Style, half_sums: bool) -> cuda.Plan:
        """Return its kernel."""
        return cuda.plan(style.arch, half_sums, cuda_pack.is_steep(style), gpu.shared_bytes)


def machine(gpu: Gpu) -> None:
    """Name everything that decides the speed."""
    version = int(gpu("cuDriverGetVersion"))
    say(f"Machine {platform.node()}, {platform.machine()}, {os.cpu_count()} processors, Python "
        f"{platform.python_version()}; driver CUDA {version // 1000}.{version % 1000 // 10}; compute capability "
        f"{gpu.capability[0]}.{gpu.capability[1]}, {gpu.processors} multiprocessors, up to "
        f"{clock_hz(gpu) / 1e9:.2f} GHz, {gpu.shared_bytes} bytes of shared memory a block. "
        f"Default network, {flop(Arch()):,} FLOP and {Arch().width * Arch().depth} sines a pixel. "
        "Times in ms: median (10th–90th percentile).")  # fmt: skip


def set_up(gpu: Gpu) -> None:
    """How long a new shape and a new style take; then compile what the other parts need, on all processors."""
    style, architecture = random_style(1), cuda_build.nearest_architecture(gpu.capability)
    source = cuda.source(cuda.plan(style.arch, True, False, gpu.shared_bytes))
    start = time.monotonic()
    _, report = cuda_build.compile_source(source, architecture)
    fresh = time.monotonic() - start
    need = f"{report.registers} registers, {report.spill_bytes} bytes spilled"
    say(f"The default network compiles in {fresh:.2f} s, once ({need}).")
    Painter(gpu, style).release()
    say(f"Another style of the same shape, its check included: {wall(lambda: Painter(gpu, style).release())} ms.")
    start = time.monotonic()
    forced = [Forced.planned(gpu, random_style(1, arch), half) for arch in NETS for half in (True, False)]
    shipped = [styles.load(entry.path) for entry in styles.listing()]
    needed = {*forced, *(plan for one in shipped for plan in plans(gpu.capability, gpu.shared_bytes, one))}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda plan: cuda_build.build(cuda.source(plan), architecture), needed))
    say(f"{len(needed)} kernels compiled in {time.monotonic() - start:.0f} s on all processors.")


def shipped(gpu: Gpu) -> None:
    """How each shipped style sums here, and what its picture takes at 1080p."""
    say("| style | sums | ms |\n|---|---|---|")
    for entry in styles.listing():
        painter = Painter(gpu, styles.load(entry.path))
        sums = f"FP{16 if painter.half_sums else 32}"
        say(f"| {entry.name} | {sums} | {timed(Clock(gpu), painter, SIZES['1080p'])} |")


def timed(clock: Clock, painter: Painter, size_px: tuple[int, int]) -> Times:
    """Time one picture of a painter, and let go of both."""
    gpu = painter.gpu
    out = gpu.allocate(size_px[0] * size_px[1] * 4)
    took = clock.time(lambda: painter.paint([sight(painter.style, size_px, out)]))
    painter.release()
    gpu.free(out)
    return took


def kernel_alone(gpu: Gpu) -> None:
    """The kernel against the floor."""
    say("| size | sums | ms | TFLOP/s | Gsin/s | floor ms | % of floor |\n|---|---|---|---|---|---|---|")
    style, hz = random_style(1), clock_hz(gpu)
    for name, size_px in SIZES.items():
        pixels = size_px[0] * size_px[1]
        for half_sums in (True, False):
            took = timed(Clock(gpu), Forced(gpu, style, half_sums), size_px)
            least = floor_ms(gpu, style.arch, pixels, half_sums, hz)
            rates = f"{pixels * flop(style.arch) / took.ms / 1e9:.1f} | {pixels * 512 / took.ms / 1e6:.0f}"
            sums = f"FP{16 if half_sums else 32}"
            say(f"| {name} | {sums} | {took} | {rates} | {least:.3f} | {100 * least / took.ms:.0f} % |")


def counters(gpu: Gpu) -> None:  # noqa: ARG001 - the profiler's program has its own
    """What binds, by the processor's own counters: how busy the tensor, sine and issue units are."""
    profiler = shutil.which("ncu")
    if profiler is None:
        say("Not installed: NVIDIA's profiler, ncu.")
        return
    sections = [word for name in SECTIONS for word in ("--section", name)]
    command = [profiler, "--clock-control", "none", "--print-details", "all", "--kernel-name", cuda.ENTRY, *sections]
    told = subprocess.run(
        [*command, sys.executable, "-m", "benchmarks.cuda_parts", "two_pictures"],
        capture_output=True, text=True, errors="replace", check=False,
    ).stdout  # fmt: skip
    say("4K, FP16 sums, then FP32 sums.\n\n```")
    say("\n".join(line.rstrip() for line in told.splitlines() if line.strip()))
    say("```")


def two_pictures(gpu: Gpu) -> None:
    """Draw one 4K picture with FP16 sums and one with FP32 sums, for a profiler to watch."""
    size_px = SIZES["4K"]
    out = gpu.allocate(size_px[0] * size_px[1] * 4)
    for half_sums in (True, False):
        painter = Forced(gpu, random_style(1), half_sums)
        painter.paint([sight(painter.style, size_px, out)])
        gpu.wait()


def growth(gpu: Gpu) -> None:
    """Whether cost grows as it should."""
    say("| network, 1080p, FP16 sums | ms | µs per GFLOP |\n|---|---|---|")
    width, height = SIZES["1080p"]
    for arch in NETS:
        painter = Forced(gpu, random_style(1, arch), True)
        plan = painter.plan
        took = timed(Clock(gpu), painter, (width, height))
        shape = f"{arch.activation} {arch.depth} × {arch.width}, {plan.resident} of {plan.chunks} chunks resident"
        say(f"| {shape} | {took} | {took.ms * 1e3 / (width * height * flop(arch) / 1e9):.2f} |")


def thumbnails(gpu: Gpu) -> None:
    """Thumbnails: many small pictures of several styles in one launch or one after the other."""
    clock, size_px = Clock(gpu), (96, 54)
    size = size_px[0] * size_px[1] * 4
    painters = [Forced(gpu, random_style(seed, Arch(width=64)), False) for seed in range(8)]
    out = gpu.allocate(size * 8)
    pictures: list[tuple[Painter, Sight]] = [
        (own, sight(own.style, size_px, out + size * i)) for i, own in enumerate(painters)
    ]

    def one_by_one() -> None:
        for own, seen in pictures:
            own.paint([seen])

    together = clock.time(lambda: painters[0].paint_all(pictures))
    say(f"8 styles of one kernel (4 × 64), 96 × 54: one launch {together}, 8 launches {clock.time(one_by_one)}.")


def fades(gpu: Gpu) -> None:
    """A fade between two styles of one shape: one launch, or two and what blends them left out."""
    clock = Clock(gpu)
    before, now = (Forced(gpu, random_style(seed), False) for seed in (1, 2))
    say("| size, FP32 sums | one launch | two launches, not blended |\n|---|---|---|")
    for name, size_px in SIZES.items():
        out = gpu.allocate(size_px[0] * size_px[1] * 4)
        sights = sight(now.style, size_px, out), sight(before.style, size_px, out)

        def two(sights: tuple[Sight, Sight] = sights) -> None:
            before.paint([sights[1]])
            now.paint([sights[0]])

        together = clock.time(lambda sights=sights: now.fade(before, sights, 0.4))  # type: ignore[misc]
        say(f"| {name} | {together} | {clock.time(two)} |")
        gpu.free(out)


@contextlib.contextmanager
def surface() -> Iterator[Any]:
    """A headless OpenGL context."""
    from app.render.surface import HeadlessSurface

    made = HeadlessSurface((64, 64))
    try:
        yield made
    finally:
        made.release()


def whole_frames(gpu: Gpu) -> None:  # noqa: ARG001 - the backend finds the GPU that OpenGL draws on
    """The backend into an OpenGL texture against the seed's method, wall time to `glFinish`."""
    from app.render.cuda_backend import CudaBackend
    from app.render.target import Target

    style = random_style(1)
    with surface() as made:
        ours, by_host = CudaBackend(made.ctx), CudaBackend(made.ctx)
        small = Target(made.ctx, (64, 36))
        for backend in (ours, by_host):
            backend.set_style(style)
            _frame(backend, small, made.ctx)
        by_host._change_route(by_host._ready(), "asked for")
        say(f"OpenGL: {made.ctx.info['GL_RENDERER']}; {ours.detail}.\n")
        say("| size | this backend | the same through host memory | the seed's method | ratio |\n|---|---|---|---|---|")
        for name, size_px in SIZES.items():
            target = Target(made.ctx, size_px)
            took, slow = (wall(partial(_frame, backend, target, made.ctx)) for backend in (ours, by_host))
            theirs = seed_method(style, target, made.ctx)
            ratio = f"{theirs.ms / took.ms:.1f} ×" if isinstance(theirs, Times) else "–"
            say(f"| {name} | {took} | {slow} | {theirs} | {ratio} |")
            target.release()
        for part in (ours, by_host, small):
            part.release()


def _frame(backend: Any, target: Any, ctx: Any) -> None:
    backend.draw(Values({}, SILENCE, 1.0), Frame(0, 1.0, 1 / 60), target)
    ctx.finish()


def rival(name: str, gpu: Gpu) -> None:
    """Another way to the same 1080p picture, left on the GPU, and ours beside it, in one line."""
    style, size_px = random_style(1), SIZES["1080p"]
    painter, out = Painter(gpu, style), gpu.allocate(size_px[0] * size_px[1] * 4)

    def waited() -> None:
        painter.paint([sight(style, size_px, out)])
        gpu.wait()

    ours = wall(waited)
    try:
        took: Times | str = torch_missing() or RIVALS[name](style, size_px, gpu.processors)
    except ImportError as missing:
        took = f"not installed: {missing}"
    except Exception as error:  # noqa: BLE001 - whatever a rival does is a line, not the end
        took = f"does not run here: {type(error).__name__}: {str(error).splitlines()[0][:90] if str(error) else ''}"
    told = f"{took}; this kernel beside it {ours}: {took.ms / ours.ms:.1f} ×" if isinstance(took, Times) else took
    say(f"- {name}: {told}")


PARTS: dict[str, Callable[[Gpu], object]] = {
    "machine": machine,
    "set_up": set_up,
    "kernel_alone": kernel_alone,
    "whole_frames": whole_frames,
    "thumbnails": thumbnails,
    "fades": fades,
    "shipped": shipped,
    "growth": growth,
    "counters": counters,
    "two_pictures": two_pictures,
    **{name: partial(rival, name) for name in RIVALS},
}


def main() -> int:
    """Run the part that is named; exit code 2 with one line where it cannot run."""
    try:
        gpu = Gpu(driver(), 0)
        PARTS[sys.argv[1]](gpu)
        gpu.release()
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
