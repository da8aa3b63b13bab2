"""How fast the CUDA backend draws, how far from the hardware's limit, against what else could draw the same.

Claims: at 1080p ten times the seed's method (eager FP16 torch over the whole frame, copied to OpenGL through the host);
a 4K frame in 2.5 ms on an H200; faster than torch.compile, Triton and tiny-cuda-nn. Side by side in one run, medians
with the 10th and 90th percentile. Runs unattended in less than 8 minutes; leaves benchmarks/results/cuda-<machine>.md.
What cannot run on a machine says why. Needs an NVIDIA GPU: python -m benchmarks.cuda
"""

import contextlib
import platform
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.clock import Frame
from app.cppn import cuda, cuda_build, cuda_pack
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.inputs import SILENCE, View, fold, pixel_to_plane
from app.modulation.values import Values
from app.problems import UserError
from app.render.cuda_driver import Gpu, driver
from app.render.cuda_painter import Painter, Sight
from app.style import Style
from benchmarks.cuda_rivals import RIVALS, SECONDS, Times, seed_method, torch_missing, wall

SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "4K": (3840, 2160)}
TENSOR_FLOP_PER_CLOCK = {80: (2048, 2048), 86: (1024, 512), 89: (1024, 512), 90: (4096, 4096), 100: (4096, 4096),
                         120: (1024, 512)}  # fmt: skip
"""Of one multiprocessor, sums in FP16 and in FP32; GeForce halves the second, 9.0 reaches it only through wgmma."""
SINES_PER_CLOCK = 16
AT_ONCE = 8
RESULTS = Path(__file__).parent / "results"


@dataclass
class Paper:
    """What is printed is kept, and written after every section: a run that is cut short leaves what it had."""

    path: Path
    lines: list[str] = field(default_factory=list)

    def say(self, text: str = "") -> None:
        """Print a line and keep it."""
        print(text, flush=True)
        self.lines.append(text)
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text("\n".join(self.lines) + "\n", "utf-8")


class Clock:
    """CUDA events around work on our stream."""

    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu
        self._marks = [gpu("cuEventCreate", 0) for _ in range(2)]

    def time(self, work: Callable[[], object], least: int = 20) -> Times:
        """Repeat `work` for `SECONDS`, at least `least` times, after a warm-up; GPU time of each.

        Several are asked for at once, so that the GPU never waits for Python; the first keeps it busy meanwhile.
        """
        for _ in range(3):
            work()
        self._gpu.wait()
        made: list[float] = []
        end = time.monotonic() + SECONDS
        while len(made) < least or time.monotonic() < end:
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
        self.plan = cuda.plan(style.arch, half_sums, cuda_pack.is_steep(style), gpu.shared_bytes)
        self._take(self.plan)


def head(paper: Paper, gpu: Gpu) -> None:
    """Name the machine and everything that decides its speed."""
    version = int(gpu("cuDriverGetVersion"))
    paper.say(f"# CUDA backend on {gpu.name}\n")
    paper.say(f"Machine {platform.node()}, {platform.machine()}, Python {platform.python_version()}; "
              f"driver CUDA {version // 1000}.{version % 1000 // 10}; compute capability "
              f"{gpu.capability[0]}.{gpu.capability[1]}, {gpu.processors} multiprocessors, up to "
              f"{clock_hz(gpu) / 1e9:.2f} GHz, {gpu.shared_bytes} bytes of shared memory a block. "
              f"Default network, {flop(Arch()):,} FLOP and {Arch().width * Arch().depth} sines a pixel. "
              "Times in ms: median (10th–90th percentile).")  # fmt: skip


def set_up(paper: Paper, gpu: Gpu) -> None:
    """How long a new shape and a new style take."""
    style = random_style(1)
    source = cuda.source(cuda.plan(style.arch, True, False, gpu.shared_bytes))
    start = time.monotonic()
    _, report = cuda_build.compile_source(source, cuda_build.nearest_architecture(gpu.capability))
    fresh = time.monotonic() - start
    Painter(gpu, style).release()
    swap = wall(lambda: Painter(gpu, style).release())
    need = f"{report.registers} registers, {report.spill_bytes} bytes spilled"
    paper.say(f"\n## Setting up\n\nCompile {fresh:.2f} s once ({need}).")
    paper.say(f"Another style of the same shape, its check included: {swap} ms.")


def timed(clock: Clock, painter: Painter, size_px: tuple[int, int]) -> Times:
    """Time one picture of a painter, and let go of both."""
    gpu = painter.gpu
    out = gpu.allocate(size_px[0] * size_px[1] * 4)
    took = clock.time(lambda: painter.paint([sight(painter.style, size_px, out)]))
    painter.release()
    gpu.free(out)
    return took


def kernel_alone(paper: Paper, gpu: Gpu, clock: Clock) -> None:
    """The kernel against the floor."""
    paper.say("\n## The kernel alone\n\n| size | sums | ms | TFLOP/s | Gsin/s | floor ms | % of floor |")
    paper.say("|---|---|---|---|---|---|---|")
    style, hz = random_style(1), clock_hz(gpu)
    for name, size_px in SIZES.items():
        pixels = size_px[0] * size_px[1]
        for half_sums in (True, False):
            took = timed(clock, Forced(gpu, style, half_sums), size_px)
            least = floor_ms(gpu, style.arch, pixels, half_sums, hz)
            rates = f"{pixels * flop(style.arch) / took.ms / 1e9:.1f} | {pixels * 512 / took.ms / 1e6:.0f}"
            sums = f"FP{16 if half_sums else 32}"
            paper.say(f"| {name} | {sums} | {took} | {rates} | {least:.3f} | {100 * least / took.ms:.0f} % |")


def growth(paper: Paper, gpu: Gpu, clock: Clock) -> None:
    """Whether cost grows as it should."""
    paper.say("\n## Growth, 1080p, FP16 sums\n\n| network | ms | µs per GFLOP |\n|---|---|---|")
    nets = [Arch(), *(Arch(depth=depth) for depth in (2, 3, 6, 8)), *(Arch(width=width) for width in (32, 64, 256)),
            *(Arch(activation=name) for name in ("mix", "gaussian", "atan", "finer"))]  # fmt: skip
    width, height = SIZES["1080p"]
    for arch in nets:
        painter = Forced(gpu, random_style(1, arch), True)
        plan = painter.plan
        took = timed(clock, painter, (width, height))
        shape = f"{arch.activation} {arch.depth} × {arch.width}, {plan.resident} of {plan.chunks} chunks resident"
        paper.say(f"| {shape} | {took} | {took.ms * 1e3 / (width * height * flop(arch) / 1e9):.2f} |")


def thumbnails(paper: Paper, gpu: Gpu, clock: Clock) -> None:
    """Thumbnails: many small pictures in one launch or one after the other."""
    style, size_px = random_style(1), (192, 108)
    painter = Painter(gpu, style)
    out = gpu.allocate(size_px[0] * size_px[1] * 4 * 32)
    sights = [sight(style, size_px, out + i * size_px[0] * size_px[1] * 4, float(i)) for i in range(32)]
    together = clock.time(lambda: painter.paint(sights))

    def one_by_one() -> None:
        for one in sights:
            painter.paint([one])

    apart = clock.time(one_by_one)
    paper.say(f"\n## 32 thumbnails of 192 × 108\n\nOne launch {together}, 32 launches {apart}.")
    painter.release()
    gpu.free(out)


def fades(paper: Paper, gpu: Gpu, clock: Clock) -> None:
    """A fade between two styles of one shape: one launch, or two and what blends them left out."""
    before, now = (Forced(gpu, random_style(seed), False) for seed in (1, 2))
    paper.say("\n## A fade between two styles, FP32 sums\n\n| size | one launch | two launches, not blended |")
    paper.say("|---|---|---|")
    for name, size_px in SIZES.items():
        out = gpu.allocate(size_px[0] * size_px[1] * 4)
        sights = sight(now.style, size_px, out), sight(before.style, size_px, out)

        def two(sights: tuple[Sight, Sight] = sights) -> None:
            before.paint([sights[1]])
            now.paint([sights[0]])

        together = clock.time(lambda sights=sights: now.fade(before, sights, 0.4))  # type: ignore[misc]
        paper.say(f"| {name} | {together} | {clock.time(two)} |")
        gpu.free(out)
    before.release()
    now.release()


@contextlib.contextmanager
def surface() -> Iterator[Any]:
    """A headless OpenGL context."""
    from app.render.surface import HeadlessSurface

    made = HeadlessSurface((64, 64))
    try:
        yield made
    finally:
        made.release()


def whole_frames(paper: Paper) -> None:
    """The backend into an OpenGL texture against the seed's method, wall time to `glFinish`."""
    from app.render.cuda_backend import CudaBackend
    from app.render.target import Target

    paper.say("\n## Into an OpenGL texture\n\n| size | this backend | the seed's method | ratio |\n|---|---|---|---|")
    style = random_style(1)
    with surface() as made:
        backend = CudaBackend(made.ctx)
        backend.set_style(style)
        for name, size_px in SIZES.items():
            target = Target(made.ctx, size_px)
            ours = wall(lambda target=target: _frame(backend, target, made.ctx))  # type: ignore[misc]
            theirs = seed_method(style, target, made.ctx)
            ratio = f"{theirs.ms / ours.ms:.1f} ×" if isinstance(theirs, Times) else "–"
            paper.say(f"| {name} | {ours} | {theirs} | {ratio} |")
            target.release()
        paper.say(f"\nOpenGL: {made.ctx.info['GL_RENDERER']}; {backend.detail}.")
        backend.release()


def _frame(backend: Any, target: Any, ctx: Any) -> None:
    backend.draw(Values({}, SILENCE, 1.0), Frame(0, 1.0, 1 / 60), target)
    ctx.finish()


def rivals(paper: Paper, gpu: Gpu) -> None:
    """Other ways to the same picture, left on the GPU: torch eager and compiled, Triton, tiny-cuda-nn."""
    paper.say("\n## Others, picture left on the GPU, 1080p\n\n| who | ms | against ours |\n|---|---|---|")
    style, size_px = random_style(1), SIZES["1080p"]
    painter, out = Painter(gpu, style), gpu.allocate(size_px[0] * size_px[1] * 4)

    def waited() -> None:
        painter.paint([sight(style, size_px, out)])
        gpu.wait()

    ours = wall(waited)
    paper.say(f"| this kernel, wall time with launch | {ours} | 1 |")
    for name, case in RIVALS.items():
        took: Times | str
        try:
            took = torch_missing() or case(style, size_px, gpu.processors)
        except Exception as error:  # noqa: BLE001 - a rival that fails is a row, not the end
            took = f"does not run here: {type(error).__name__}: {str(error).splitlines()[0][:90] if str(error) else ''}"
        paper.say(f"| {name} | {took} | {f'{took.ms / ours.ms:.1f} ×' if isinstance(took, Times) else '–'} |")
    painter.release()
    gpu.free(out)


def main() -> int:
    """Run every section; exit code 1 where there is no GPU."""
    try:
        gpu = Gpu(driver(), 0)
    except UserError as missing:
        print(f"not run: {missing}")
        return 1
    name = re.sub(r"\W+", "-", f"{platform.node()}-{gpu.name}".lower()).strip("-")
    paper, clock = Paper(RESULTS / f"cuda-{name}.md"), Clock(gpu)
    start = time.monotonic()
    head(paper, gpu)
    sections: list[Callable[[], None]] = [
        lambda: set_up(paper, gpu), lambda: kernel_alone(paper, gpu, clock), lambda: whole_frames(paper),
        lambda: thumbnails(paper, gpu, clock), lambda: fades(paper, gpu, clock),
        lambda: growth(paper, gpu, clock), lambda: rivals(paper, gpu),
    ]  # fmt: skip
    for section in sections:
        gpu.use()
        try:
            section()
        except UserError as error:
            paper.say(f"\nNot measured: {error}")
    paper.say(f"\nTook {time.monotonic() - start:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
