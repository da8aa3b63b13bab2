"""The CUDA driver as this program uses it: one GPU with its context, one stream, memory, errors that say what failed.

Main thread. The context is the device's primary one, shared with torch. All work goes through one stream, so that it
happens in the order it was asked for; nothing here waits unless its name says so.
"""

from collections.abc import Hashable, Sequence
from types import ModuleType
from typing import Any, Protocol

from numpy.typing import NDArray

from app.problems import UserError

CURES = {
    "CUDA_ERROR_NO_DEVICE": "no NVIDIA GPU is visible to CUDA",
    "CUDA_ERROR_OUT_OF_MEMORY": "the GPU is out of memory; close other programs or lower the resolution",
    "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH": "the driver was updated; restart the computer",
    "CUDA_ERROR_INSUFFICIENT_DRIVER": "update the NVIDIA driver",
    "CUDA_ERROR_SYSTEM_NOT_READY": "the NVIDIA driver has not finished starting",
    "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE": "update the NVIDIA driver",
}


class CudaError(UserError):
    """A driver call that failed; `name` is the driver's own, as CUDA_ERROR_OUT_OF_MEMORY."""

    def __init__(self, call: str, name: str) -> None:
        self.name = name
        super().__init__(f"cuda: {CURES.get(name, name)} (in {call})")


def driver() -> ModuleType:
    """Return the driver's Python binding, started. `UserError` without binding, driver or GPU."""
    try:
        from cuda.bindings import driver as api
    except ImportError as missing:
        raise UserError(f"cuda: {missing}; pip install 'clavilux[cuda]'") from None
    try:
        answer = api.cuInit(0)
    except RuntimeError:  # the binding found no libcuda
        raise UserError("cuda: no NVIDIA driver on this machine") from None
    _given("cuInit", answer)
    module: ModuleType = api
    return module


def call(api: Any, name: str, *arguments: Any) -> Any:
    """Call the driver; return what it gives (nothing, one value, or a tuple)."""
    try:
        answer = getattr(api, name)(*arguments)
    except RuntimeError:  # the binding found a driver that is too old to have this call
        raise CudaError(name, "CUDA_ERROR_INSUFFICIENT_DRIVER") from None
    return _given(name, answer)


def _given(name: str, answer: Sequence[Any]) -> Any:
    error, *values = answer
    if int(error) != 0:
        raise CudaError(name, error.name)
    return values[0] if len(values) == 1 else tuple(values) or None


class Belonging(Protocol):
    """Something on a GPU that is freed with it."""

    def release(self) -> None:
        """Free it."""
        ...


class Gpu:
    """One CUDA device ready to work. `lose` after an error that poisoned its context.

    `belongings` holds what is made once per GPU, by whatever tells it apart.
    """

    def __init__(self, api: Any, device: int) -> None:
        self.api = api
        self.lost = False
        self.belongings: dict[Hashable, Belonging] = {}
        self.device = self("cuDeviceGet", device)
        self.name = _text(self("cuDeviceGetName", 128, self.device))
        self.capability = (self._attribute("COMPUTE_CAPABILITY_MAJOR"), self._attribute("COMPUTE_CAPABILITY_MINOR"))
        self.processors = self._attribute("MULTIPROCESSOR_COUNT")
        self.shared_bytes = self._attribute("MAX_SHARED_MEMORY_PER_BLOCK_OPTIN")
        self.context = self("cuDevicePrimaryCtxRetain", self.device)
        self.use()
        self.stream = self("cuStreamCreate", int(api.CUstream_flags.CU_STREAM_NON_BLOCKING))

    def __call__(self, name: str, *arguments: Any) -> Any:
        """Call the driver."""
        return call(self.api, name, *arguments)

    def _attribute(self, name: str) -> int:
        key = getattr(self.api.CUdevice_attribute, f"CU_DEVICE_ATTRIBUTE_{name}")
        return int(self("cuDeviceGetAttribute", key, self.device))

    def use(self) -> None:
        """Make this device's context current on the calling thread."""
        self("cuCtxSetCurrent", self.context)

    def allocate(self, size: int) -> int:
        """Return the address of new device memory."""
        return int(self("cuMemAlloc", size))

    def drop(self, name: str, thing: Any) -> None:
        """Call what frees `thing`. Never fails: what is broken shows elsewhere, and a lost GPU holds nothing."""
        if not self.lost:
            getattr(self.api, name)(thing)

    def free(self, address: int) -> None:
        """Give device memory back once all work that uses it is done. Never fails."""
        if address:
            self.drop("cuMemFree", address)

    def upload(self, address: int, data: NDArray[Any]) -> None:
        """Copy contiguous host memory to the device; the host's copy may change once this returns."""
        self("cuMemcpyHtoDAsync", address, data.ctypes.data, data.nbytes, self.stream)

    def download(self, address: int, into: NDArray[Any]) -> None:
        """Copy device memory to the host; it is there after `wait`."""
        self("cuMemcpyDtoHAsync", into.ctypes.data, address, into.nbytes, self.stream)

    def wait(self) -> None:
        """Wait for everything asked for so far. Errors of earlier kernels come to light here."""
        self("cuStreamSynchronize", self.stream)

    def lose(self) -> None:
        """Throw the context away after an error that poisoned it; everything made in it is gone."""
        if not self.lost:
            self.lost = True
            self.belongings.clear()
            self.api.cuDevicePrimaryCtxRelease(self.device)
            self.api.cuDevicePrimaryCtxReset(self.device)

    def release(self) -> None:
        """Let go of the device. Never fails; safe to call twice."""
        while self.belongings:
            self.belongings.popitem()[1].release()
        self.drop("cuStreamSynchronize", self.stream)
        self.drop("cuStreamDestroy", self.stream)
        self.drop("cuDevicePrimaryCtxRelease", self.device)
        self.lost = True


def _text(raw: bytes | str) -> str:
    return raw if isinstance(raw, str) else raw.split(b"\0")[0].decode("utf-8", "replace")
