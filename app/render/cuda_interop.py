"""How a picture gets from CUDA into an OpenGL texture: through a shared buffer, or through the host's memory.

Main thread, GL context current. Sharing needs both on one NVIDIA GPU and a driver that plays along; every way this is
known to fail leads to the host's memory, one frame later, with a sentence that names the cure.
"""

import ctypes
import platform
import sys
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, Protocol

import moderngl
import numpy as np
from numpy.typing import NDArray

from app.render import gl_calls
from app.render.cuda_driver import CudaError, Gpu, call
from app.render.target import Lattice, Target

Draw = Callable[[Sequence[int]], None]
"""Draws RGBA8 pictures, bottom row first, each to its device address."""
PIXEL_UNPACK = 0x88EC
OFFLOAD = {
    "linux": "start with __NV_PRIME_RENDER_OFFLOAD=1 __GLX_VENDOR_LIBRARY_NAME=nvidia",
    "win32": "choose 'High performance' for python.exe in the Windows graphics settings",
}
VENDOR_FILE = "set __EGL_VENDOR_LIBRARY_FILENAMES to the driver's 10_nvidia.json"


def places(targets: Sequence[Target]) -> list[int]:
    """Return where in a buffer the pictures of some targets begin, and last where they end, in bytes."""
    return [0, *accumulate(target.region_px[0] * target.region_px[1] * 4 for target in targets)]


def room(targets: Sequence[Target]) -> int:
    """Return the bytes that hold the pictures of some targets, however large their regions get."""
    return sum(target.size_px[0] * target.size_px[1] * 4 for target in targets)


class InteropError(Exception):
    """CUDA and OpenGL cannot share a buffer here; the text says why and what helps."""


class Route(Protocol):
    """One way into textures."""

    detail: str

    def paint(self, targets: Sequence[Target], draw: Draw) -> None:
        """Let `draw` fill a buffer and bring its pictures into the targets' regions."""
        ...

    def restart(self) -> None:
        """Forget pictures that are still under way: another style comes next."""
        ...

    def release(self) -> None:
        """Free everything. Safe to call twice."""
        ...


def gl_devices(api: Any, info: dict[str, Any], release: str | None = None) -> list[int]:
    """Return the CUDA devices that the current GL context draws on. `InteropError` where sharing cannot work."""
    if "microsoft" in (release or platform.release()).lower():
        raise InteropError("WSL shares nothing between CUDA and OpenGL; run natively on Windows or Linux")
    if not str(info["GL_VENDOR"]).startswith("NVIDIA"):
        cure = OFFLOAD.get(sys.platform, "let the NVIDIA GPU draw")
        software = "llvmpipe" in str(info["GL_RENDERER"]).lower()
        raise InteropError(f"OpenGL draws on {info['GL_RENDERER']}; {VENDOR_FILE if software else cure}")
    try:
        count, devices = call(api, "cuGLGetDevices", 16, api.CUGLDeviceList.CU_GL_DEVICE_LIST_ALL)
    except CudaError as error:
        raise InteropError(_explained(error)) from None
    if not count:
        raise InteropError("OpenGL draws on a GPU that CUDA does not see; check CUDA_VISIBLE_DEVICES")
    return [int(device) for device in devices[:count]]  # the binding fills the list up to what was asked for


def _explained(error: CudaError) -> str:
    """Say what the errors of registering and mapping mean in practice."""
    if error.name in ("CUDA_ERROR_UNKNOWN", "CUDA_ERROR_OPERATING_SYSTEM"):
        cure = OFFLOAD.get(sys.platform, "let the NVIDIA GPU draw")
        return f"the driver does not share with this OpenGL (VirtualGL, remote desktop, or another GPU); {cure}"
    if error.name in ("CUDA_ERROR_INVALID_DEVICE", "CUDA_ERROR_INVALID_GRAPHICS_CONTEXT", "CUDA_ERROR_NO_DEVICE"):
        return "OpenGL and CUDA are on different GPUs; set CUDA_VISIBLE_DEVICES to the one that draws"
    return str(error).removeprefix("cuda: ")


class SharedBuffer:
    """A GL buffer registered with CUDA once, for CUDA to write and read back ("NONE") or to read ("READ_ONLY")."""

    def __init__(self, gpu: Gpu, ctx: moderngl.Context, size: int, use: str = "NONE") -> None:
        self._gpu, self._ctx = gpu, ctx
        self.buffer = ctx.buffer(reserve=size, dynamic=True)
        flags = getattr(gpu.api.CUgraphicsRegisterFlags, f"CU_GRAPHICS_REGISTER_FLAGS_{use}")
        try:
            self._resource = gpu("cuGraphicsGLRegisterBuffer", self.buffer.glo, int(flags))
            if int(self._resource) == 0:  # cuda-bindings 12.9.3 reports success and gives nothing
                raise InteropError("this cuda-bindings cannot register GL buffers; pip install -U cuda-bindings")
        except (CudaError, InteropError):
            self.buffer.release()
            raise

    def fill(self, draw: Callable[[int], object]) -> None:
        """Map, draw, unmap: mapping is where CUDA waits for GL, and unmapping where GL waits for CUDA."""
        self._gpu("cuGraphicsMapResources", 1, self._resource, self._gpu.stream)
        try:
            address, size = self._gpu("cuGraphicsResourceGetMappedPointer", self._resource)
            if int(address) == 0 or int(size) < self.buffer.size:
                raise InteropError("the driver maps shared buffers to nothing")
            draw(int(address))
        finally:
            self._gpu("cuGraphicsUnmapResources", 1, self._resource, self._gpu.stream)

    def show(self, target: Target, start: int) -> None:
        """Copy the picture that begins at byte `start` into the target's region."""
        target.texture.use(self._ctx.default_texture_unit)
        calls = gl_calls.of(self._ctx)
        calls.BindBuffer(PIXEL_UNPACK, self.buffer.glo)
        calls.TexSubImage2D(gl_calls.TEXTURE_2D, 0, 0, 0, *target.region_px, gl_calls.RGBA, gl_calls.BYTE, start)
        calls.BindBuffer(PIXEL_UNPACK, 0)

    def release(self) -> None:
        """Unregister, then delete."""
        self._gpu.drop("cuGraphicsUnregisterResource", self._resource)
        self.buffer.release()


class SharedRoute:
    """Two GL buffers in turn that CUDA writes and GL copies into textures, all on the GPU."""

    detail = "shared with OpenGL"
    BUFFERS = 2

    def __init__(self, gpu: Gpu, ctx: moderngl.Context) -> None:
        self._gpu, self._ctx = gpu, ctx
        self._buffers: list[SharedBuffer] = []

    def _reserve(self, size: int) -> None:
        if self._buffers and self._buffers[0].buffer.size >= size:
            return
        self.release()
        try:
            for _ in range(self.BUFFERS):
                self._buffers.append(SharedBuffer(self._gpu, self._ctx, size))
        except CudaError as error:
            self.release()
            raise InteropError(_explained(error)) from None

    def paint(self, targets: Sequence[Target], draw: Draw) -> None:
        """Fill the next buffer and copy it into the targets' regions. `InteropError` where mapping fails."""
        self._reserve(room(targets))
        *starts, _ = places(targets)
        shared = self._buffers.pop(0)
        self._buffers.append(shared)
        try:
            shared.fill(lambda address: draw([address + start for start in starts]))
        except CudaError as error:
            if error.name in ("CUDA_ERROR_UNKNOWN", "CUDA_ERROR_OPERATING_SYSTEM", "CUDA_ERROR_MAP_FAILED"):
                raise InteropError(_explained(error)) from None
            raise
        for target, start in zip(targets, starts, strict=True):
            shared.show(target, start)

    def restart(self) -> None:
        """Nothing is ever under way here."""

    def release(self) -> None:
        """Unregister, then delete."""
        while self._buffers:
            self._buffers.pop().release()


def refused(gpu: Gpu, ctx: moderngl.Context) -> str:
    """Return why a buffer cannot be shared, by trying ("" if it can)."""
    route, target = SharedRoute(gpu, ctx), Target(ctx, (8, 8))
    try:
        route.paint([target], lambda _: None)
    except InteropError as refusal:
        return str(refusal)
    finally:
        route.release()
        target.release()
    return ""


class HostRoute:
    """Two page-locked buffers in turn: while the GPU fills one, the pictures before it go into their textures."""

    def __init__(self, gpu: Gpu, reason: str) -> None:
        self.detail = f"through host memory, one frame later: {reason}"
        self._gpu = gpu
        self._out = 0
        self._size = 0
        self._slots: list[_Slot] = []
        self._before: list[tuple[int, tuple[int, int], Lattice | None]] | None = None

    def _reserve(self, size: int) -> None:
        if self._size >= size:
            return
        self.release()
        self._out = self._gpu.allocate(size)
        for _ in range(2):
            self._slots.append(_Slot(self._gpu, size))
        self._size = size

    def paint(self, targets: Sequence[Target], draw: Draw) -> None:
        """Draw this frame and upload the one before; the first after a change is waited for, so none is stale."""
        self._reserve(room(targets))
        *starts, end = places(targets)
        now, before = self._slots
        draw([self._out + start for start in starts])
        now.fetch(self._out, end)
        what = [(target.texture.glo, target.region_px, target.lattice) for target in targets]
        shown = before if self._before == what else now  # other rows than before's are no use a frame later
        shown.upload(targets, starts)
        self._before = what
        self._slots.reverse()

    def restart(self) -> None:
        """Show no picture of an earlier style."""
        self._before = None

    def release(self) -> None:
        """Free device and host memory."""
        self._gpu.free(self._out)
        while self._slots:
            self._slots.pop().release()
        self._out, self._size, self._before = 0, 0, None


class _Slot:
    """Page-locked host memory and the event after which it holds its pictures."""

    def __init__(self, gpu: Gpu, size: int) -> None:
        self._gpu = gpu
        self._address = int(gpu("cuMemAllocHost", size))
        self._bytes: NDArray[np.uint8] = np.ctypeslib.as_array((ctypes.c_ubyte * size).from_address(self._address))
        self._ready = gpu("cuEventCreate", int(gpu.api.CUevent_flags.CU_EVENT_DISABLE_TIMING))

    def fetch(self, address: int, size: int) -> None:
        self._gpu.download(address, self._bytes[:size])
        self._gpu("cuEventRecord", self._ready, self._gpu.stream)

    def upload(self, targets: Sequence[Target], starts: Sequence[int]) -> None:
        self._gpu("cuEventSynchronize", self._ready)
        for target, start in zip(targets, starts, strict=True):
            width, height = target.region_px
            pixels = self._bytes[start : start + width * height * 4]
            target.texture.write(pixels, viewport=(0, 0, width, height), alignment=4)

    def release(self) -> None:
        self._gpu.drop("cuEventDestroy", self._ready)
        self._gpu.drop("cuMemFreeHost", self._address)
