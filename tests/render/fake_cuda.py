"""A CUDA driver without a GPU: memory is an array, kernels run in the PTX machine, calls can be told to fail."""

import ctypes
from typing import Any

import numpy as np
import pytest
from cuda.bindings import driver as real

from app.cppn import cuda_build
from app.render import cuda_backend
from tests.cppn.ptx_machine import Machine, compile_ptx

SUCCESS = real.CUresult.CUDA_SUCCESS
_compiled: dict[str, bytes] = {}


def build(source: str, architecture: str) -> bytes:
    """Compile for the PTX machine, once per run."""
    if source not in _compiled:
        _compiled[source] = compile_ptx(source).encode() + b"\0"
    return _compiled[source]


class FakeDriver:
    """Answers like `cuda.bindings.driver`; `fail[name]` holds the errors that the next calls of it return."""

    def __init__(self, memory_bytes: int = 1 << 22, capability: tuple[int, int] = (8, 9)) -> None:
        self.memory = np.zeros(memory_bytes, np.uint8)
        self.calls: list[str] = []
        self.launches: list[tuple[int, int]] = []
        """Pictures and layers of each."""
        self.fail: dict[str, list[Any]] = {}
        self.alive: dict[str, set[int]] = {"memory": set(), "host": set(), "event": set(), "module": set()}
        self.alive |= {"stream": set(), "context": set(), "graphics": set()}
        self.gl_devices = [0]
        self.null_handles = False
        self.mapped: set[int] = set()
        self.capability = dict(zip(("MAJOR", "MINOR"), capability, strict=True))
        self._next = 4096
        self._read_only = False
        self._host: dict[int, Any] = {}
        self._images: dict[int, str] = {}

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Be the driver that backends find."""
        monkeypatch.setattr(cuda_backend, "driver", lambda: self)
        monkeypatch.setattr(cuda_build, "build", build)
        monkeypatch.setattr(cuda_build, "nearest_architecture", lambda capability: "sm_80")

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("cu"):
            return getattr(real, name)
        call = getattr(type(self), f"_{name}", None)

        def answer(*arguments: Any) -> tuple[Any, ...]:
            self.calls.append(name)
            if self.fail.get(name):
                error = getattr(real.CUresult, f"CUDA_ERROR_{self.fail[name].pop(0)}")
                return (error, None)
            values = call(self, *arguments) if call else None
            return (SUCCESS, *(values if isinstance(values, tuple) else () if values is None else (values,)))

        return answer

    def _new(self, kind: str, size: int = 256) -> int:
        handle = self._next
        self._next += -(-size // 256) * 256
        self.alive[kind].add(handle)
        return handle

    def _cuDeviceGet(self, ordinal: int) -> int:  # noqa: N802 - the driver's names
        return ordinal

    def _cuDeviceGetName(self, length: int, device: int) -> bytes:  # noqa: N802
        return b"Pretend GPU\0"

    def _cuDeviceGetAttribute(self, key: Any, device: int) -> int:  # noqa: N802
        if "CAPABILITY" in key.name:
            return self.capability[key.name.rsplit("_", 1)[1]]
        return 2 if "MULTIPROCESSOR" in key.name else 101376

    def _cuDevicePrimaryCtxRetain(self, device: int) -> int:  # noqa: N802
        return self._new("context")

    def _cuDevicePrimaryCtxRelease(self, device: int) -> None:  # noqa: N802
        self.alive["context"].clear()

    def _cuDevicePrimaryCtxReset(self, device: int) -> None:  # noqa: N802
        for handles in self.alive.values():
            handles.clear()

    def _cuStreamCreate(self, flags: int) -> int:  # noqa: N802
        return self._new("stream")

    def _cuStreamDestroy(self, stream: int) -> None:  # noqa: N802
        self.alive["stream"].remove(stream)

    def _cuMemAlloc(self, size: int) -> int:  # noqa: N802
        if self._next + size > self.memory.size:
            self._next = 4096  # what lies there is long gone
        return self._new("memory", size)

    def _cuMemFree(self, address: int) -> None:  # noqa: N802
        self.alive["memory"].remove(address)

    def _cuMemAllocHost(self, size: int) -> int:  # noqa: N802
        block = (ctypes.c_ubyte * size)()
        address = ctypes.addressof(block)
        self._host[address] = block
        self.alive["host"].add(address)
        return address

    def _cuMemFreeHost(self, address: int) -> None:  # noqa: N802
        self.alive["host"].remove(address)

    def _cuMemcpyHtoDAsync(self, to: int, source: int, size: int, stream: int) -> None:  # noqa: N802
        assert to + size <= self.memory.size
        ctypes.memmove(self.memory.ctypes.data + to, source, size)

    def _cuMemcpyDtoHAsync(self, to: int, source: int, size: int, stream: int) -> None:  # noqa: N802
        ctypes.memmove(to, self.memory.ctypes.data + source, size)

    def _cuMemcpyDtoDAsync(self, to: int, source: int, size: int, stream: int) -> None:  # noqa: N802
        self.memory[to : to + size] = self.memory[source : source + size]

    def _cuEventCreate(self, flags: int) -> int:  # noqa: N802
        return self._new("event")

    def _cuEventElapsedTime(self, start: int, end: int) -> float:  # noqa: N802
        return 1.5

    def _cuDriverGetVersion(self) -> int:  # noqa: N802
        return 13000

    def _cuEventDestroy(self, event: int) -> None:  # noqa: N802
        self.alive["event"].remove(event)

    def _cuModuleLoadData(self, image: int) -> int:  # noqa: N802
        handle = self._new("module")
        self._images[handle] = ctypes.string_at(image).decode()
        return handle

    def _cuModuleGetFunction(self, module: int, name: bytes) -> int:  # noqa: N802
        assert f".entry {name.decode()}" in self._images[module]
        return module

    def _cuModuleUnload(self, module: int) -> None:  # noqa: N802
        self.alive["module"].remove(module)

    def _cuOccupancyMaxActiveBlocksPerMultiprocessor(self, function: int, threads: int, shared: int) -> int:  # noqa: N802
        return 1

    def _cuLaunchKernel(self, function: int, *rest: Any) -> None:  # noqa: N802
        x, y, z, threads, _, _, shared, _, arguments, _ = rest
        assert (z, threads) == (1, 256)
        views, layers = (ctypes.c_uint64 * 2).from_address(arguments)
        given = ctypes.c_uint64.from_address(views).value, ctypes.c_int.from_address(layers).value
        self.launches.append((y, given[1]))
        Machine(self._images[function], self.memory, (x, y), shared, given).run()

    def _cuGLGetDevices(self, count: int, which: Any) -> tuple[int, list[int]]:  # noqa: N802
        return len(self.gl_devices), [*self.gl_devices, *[0] * (count - len(self.gl_devices))]  # as the binding does

    def _cuGraphicsGLRegisterBuffer(self, name: int, flags: int) -> int:  # noqa: N802
        if self.null_handles:
            return 0
        self.alive["graphics"].add(name)
        self._read_only = flags == int(real.CUgraphicsRegisterFlags.CU_GRAPHICS_REGISTER_FLAGS_READ_ONLY)
        return name

    def _cuGraphicsUnregisterResource(self, name: int) -> None:  # noqa: N802
        self.alive["graphics"].remove(name)

    def _cuGraphicsMapResources(self, count: int, name: int, stream: int) -> None:  # noqa: N802
        assert name not in self.mapped
        self.mapped.add(name)
        if self._read_only:
            self._transfer(name, "glGetBufferSubData")

    def _cuGraphicsResourceGetMappedPointer(self, name: int) -> tuple[int, int]:  # noqa: N802
        return self.memory.size // 2, self.memory.size // 2

    def _cuGraphicsUnmapResources(self, count: int, name: int, stream: int) -> None:  # noqa: N802
        self.mapped.remove(name)
        if not self._read_only:
            self._transfer(name, "glBufferSubData")

    def _transfer(self, name: int, call: str) -> None:
        """Copy between a GL buffer and where it is mapped to."""
        gl = ctypes.CDLL("libGL.so.1")
        size = ctypes.c_int()
        gl.glBindBuffer(0x88EC, name)
        gl.glGetBufferParameteriv(0x88EC, 0x8764, ctypes.byref(size))
        mapped = ctypes.c_void_p(self.memory.ctypes.data + self.memory.size // 2)
        getattr(gl, call)(0x88EC, ctypes.c_ssize_t(0), ctypes.c_ssize_t(size.value), mapped)
        gl.glBindBuffer(0x88EC, 0)
