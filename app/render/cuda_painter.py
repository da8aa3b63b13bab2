"""A style on a GPU: its kernel, its weights, and the decision how it sums. Main thread; no GL.

A GPU without OpenGL (offline, benchmarks, thumbnails) is drawn on through here as well.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.cppn import cuda, cuda_build, cuda_pack, reference
from app.cppn.inputs import SILENCE, Doubles, View, fold, pixel_to_plane
from app.problems import UserError
from app.render.cuda_driver import CudaError, Gpu
from app.style import Style

LEAST_DB = 50.0
WORST_LEVELS = 2.0
"""What a style drawn in half precision has to keep, against the oracle, in 8-bit levels."""
FULL_RATE = ((8, 0), (9, 0), (10, 0), (10, 3))
"""Processors that add as fast in FP32 as in FP16: there narrow sums gain nothing."""
PROOF_PX = (48, 27)
PROOF_MOMENTS = ((0.0, SILENCE), (7.3, (0.6, 0.8, 0.5, 0.4, 0.9, 0.5, 1.0, 0.3, 0.7)))
"""Small pictures (seconds, heard) that the decision is made on."""
REMEMBERED = 32
"""Styles whose proof pictures are kept."""
MOST_VIEWS = 64
_REFUSED = ("CUDA_ERROR_INVALID_IMAGE", "CUDA_ERROR_NO_BINARY_FOR_GPU", "CUDA_ERROR_UNSUPPORTED_PTX_VERSION")


@dataclass(frozen=True, slots=True)
class Sight:
    """One picture of one style: a folded first bias, the plane's affine, its size, the address of its pixels."""

    bias: Doubles
    plane: Doubles
    size_px: tuple[int, int]
    out: int


class Kernel:
    """A compiled plan, loaded on one GPU."""

    def __init__(self, gpu: Gpu, plan: cuda.Plan) -> None:
        self.gpu, self.plan = gpu, plan
        self._module = _load(gpu, plan)
        self._function = gpu("cuModuleGetFunction", self._module, cuda.ENTRY.encode())
        limit = gpu.api.CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
        gpu("cuFuncSetAttribute", self._function, limit, plan.arena_bytes)
        per_processor = gpu(
            "cuOccupancyMaxActiveBlocksPerMultiprocessor", self._function, cuda.THREADS, plan.arena_bytes
        )
        self._blocks = max(1, int(per_processor)) * gpu.processors
        self._views = gpu.allocate(MOST_VIEWS * plan.view.itemsize)

    def release(self) -> None:
        """Unload it."""
        self.gpu.free(self._views)
        self.gpu.drop("cuModuleUnload", self._module)

    def launch(self, views: NDArray[np.void], layers: int = 1) -> None:
        """Draw up to `MOST_VIEWS` views at once, each `layers` of them over each other into one picture.

        The blocks that the GPU holds are shared out among the pictures.
        """
        self.gpu.upload(self._views, views)
        pixels = int(views["size_px"].astype(np.int64).prod(axis=1).max())
        wanted = -(-pixels // self.plan.pixels_per_block)
        pictures = len(views) // layers
        blocks = max(1, min(wanted, self._blocks // pictures))
        given = ctypes.c_uint64(self._views), ctypes.c_int(layers)
        arguments = (ctypes.c_void_p * len(given))(*map(ctypes.addressof, given))
        self.gpu(
            "cuLaunchKernel", self._function, blocks, pictures, 1, cuda.THREADS, 1, 1,
            self.plan.arena_bytes, self.gpu.stream, ctypes.addressof(arguments), 0,
        )  # fmt: skip


def _load(gpu: Gpu, plan: cuda.Plan) -> object:
    """Load machine code; a driver older than the compiler refuses it."""
    architecture = cuda_build.nearest_architecture(gpu.capability)
    source = cuda.source(plan)
    image = np.frombuffer(cuda_build.build(source, architecture), np.uint8)
    try:
        module: object = gpu("cuModuleLoadData", image.ctypes.data)
    except CudaError as error:
        if error.name in _REFUSED:
            cuda_build.forget(source, architecture)
            raise UserError(
                f"cuda: the driver refuses the compiled kernel ({error.name}); update the NVIDIA driver to 580 or newer"
            ) from None
        raise
    return module


def kernel(gpu: Gpu, plan: cuda.Plan) -> Kernel:
    """Return a plan's kernel, compiled and loaded once per GPU."""
    made = gpu.belongings.get(plan)
    if not isinstance(made, Kernel):
        made = gpu.belongings[plan] = Kernel(gpu, plan)
    return made


class Painter:
    """One style ready to be drawn: weights on the GPU, sums as wide as it needs. `UnsuitedError` if none is enough."""

    def __init__(self, gpu: Gpu, style: Style) -> None:
        self.gpu, self.style = gpu, style
        self._weights = 0
        for plan in plans(gpu.capability, gpu.shared_bytes, style):
            try:
                self._take(plan)
                decibels, levels = self._proof()
            except UserError:
                self.release()
                raise
            if decibels >= LEAST_DB and levels <= WORST_LEVELS:
                return
            self.release()
        raise cuda.UnsuitedError(
            f"cuda: style '{style.name}' loses too much in half precision ({decibels:.0f} dB, {levels:.1f} levels); "
            "another backend draws it in single precision"
        )

    @property
    def half_sums(self) -> bool:
        """Whether sums are kept in FP16, which GeForce cards add twice as fast."""
        return self._kernel.plan.half_sums

    def _take(self, plan: cuda.Plan) -> None:
        self._kernel = kernel(self.gpu, plan)
        packed = cuda_pack.pack(plan, self.style)
        self._weights = self.gpu.allocate(packed.nbytes)
        self.gpu.upload(self._weights, packed)
        self.gpu.wait()  # `packed` is larger than what the driver stages at once

    def paint(self, sights: Sequence[Sight]) -> None:
        """Draw some pictures of this style in one launch, RGBA8, bottom row first. Does not wait."""
        self.paint_all([(self, sight) for sight in sights])

    def paint_all(self, pictures: "Sequence[tuple[Painter, Sight]]") -> None:
        """Draw up to `MOST_VIEWS` pictures in one launch, each of the style of a painter that is `joined`.

        Does not wait.
        """
        kernel = self.joined(*(painter for painter, _ in pictures))
        assert kernel is not None
        views = np.zeros(len(pictures), kernel.plan.view)
        for view, (painter, sight) in zip(views, pictures, strict=True):
            painter._fill(view, sight)
        kernel.launch(views)

    def joined(self, *others: "Painter") -> Kernel | None:
        """Return the kernel that draws this style and the others', None where they need several."""
        if any(other.gpu is not self.gpu or other._shape != self._shape for other in others):
            return None
        kernels = [painter._kernel for painter in (self, *others)]
        return next((kernel for kernel in kernels if kernel.plan.steep), self._kernel)

    @property
    def _shape(self) -> cuda.Plan:
        """What its kernel and another's must have in common: reducing sines first harms no style."""
        return replace(self._kernel.plan, steep=True)

    def fade(self, other: "Painter", sights: tuple[Sight, Sight], share: float) -> None:
        """Draw `share` of this style over the other in one launch; `sights` are this one's and the other's.

        They must be `joined`, and both sights of one size, plane and place. Does not wait.
        """
        kernel = self.joined(other)
        assert kernel is not None
        own, others = sights
        views = np.zeros(2, kernel.plan.view)
        other._fill(views[0], others)
        self._fill(views[1], own)
        views[1]["share"], views[1]["rest"] = share, 1.0 - share
        kernel.launch(views, layers=2)

    def _fill(self, view: np.void, sight: Sight) -> None:
        view["plane"], view["size_px"] = sight.plane, sight.size_px
        view["out"], view["weights"] = sight.out, self._weights
        view["bias"] = cuda_pack.pack_bias(self._kernel.plan, sight.bias)
        view["share"] = 1.0

    def _proof(self) -> tuple[float, float]:
        """Return how close small pictures come to the oracle: decibels, and levels at the worst pixel."""
        width, height = PROOF_PX
        pictures = np.empty((len(PROOF_MOMENTS), height, width, 4), np.uint8)
        plane = pixel_to_plane(width, height, View())
        out = self.gpu.allocate(pictures.nbytes)
        try:
            self.paint([
                Sight(fold(self.style, seconds, heard), plane, PROOF_PX, out + i * pictures[0].nbytes)
                for i, (seconds, heard) in enumerate(PROOF_MOMENTS)
            ])  # fmt: skip
            self.gpu.download(out, pictures)
            self.gpu.wait()
        finally:
            self.gpu.free(out)
        return closeness(pictures[:, ::-1, :, :3], exact(self.style))

    def release(self) -> None:
        """Free the weights; the kernel stays loaded for the next style of this shape."""
        self.gpu.free(self._weights)
        self._weights = 0


def plans(capability: tuple[int, int], shared_bytes: int, style: Style) -> list[cuda.Plan]:
    """Return the kernels to try for a style, the fastest first. `UnsuitedError` if there is none."""
    steep = cuda_pack.is_steep(style)
    sums = (False,) if capability in FULL_RATE else (True, False)
    return [cuda.plan(style.arch, half_sums, steep, shared_bytes) for half_sums in sums]


@lru_cache(maxsize=REMEMBERED)
def exact(style: Style) -> Doubles:
    """Return the oracle's small pictures of a style, (moment, height, width, 3). Any thread; some 30 ms of NumPy."""
    return np.stack([reference.render(style, *PROOF_PX, *moment) for moment in PROOF_MOMENTS])


def closeness(picture: NDArray[np.uint8], exact: Doubles) -> tuple[float, float]:
    """Return (PSNR in dB, largest difference in levels) of an 8-bit picture from an exact one in 0..1."""
    error = np.abs(picture - exact * 255.0)
    mean = float(np.mean(error * error))
    return (10.0 * float(np.log10(255.0**2 / mean)) if mean > 0.0 else np.inf), float(error.max())
