"""Pictures that lie in someone else's memory, lent to FFmpeg without a copy, the way DLPack says.

Any thread. FFmpeg calls back when it needs a picture no more, from its own code; ctypes takes the interpreter's lock.
"""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CPU, CUDA = 1, 2
"""Kinds of device, as DLPack counts them."""
UNSIGNED = 1
_NAME = ctypes.create_string_buffer(b"dltensor")


class _Tensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device", ctypes.c_int32),
        ("dimensions", ctypes.c_int32), ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("offset", ctypes.c_uint64),
    )  # fmt: skip


class _Managed(ctypes.Structure):
    _fields_ = (("tensor", _Tensor), ("context", ctypes.c_void_p), ("deleter", ctypes.c_void_p))


_lent: dict[int, tuple[_Managed, Callable[[], None]]] = {}
"""What is lent now, by the address of its struct."""


def _returned(address: int) -> None:
    _, done = _lent.pop(address)
    done()


_give_back = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(_returned)
"""Made once: it must outlive everything that is lent."""


@dataclass(frozen=True, slots=True)
class Plane:
    """Rows of bytes, one after the other; `done` is called once when the borrower has no more use for them."""

    address: int
    rows: int
    columns: int
    device: tuple[int, int]
    done: Callable[[], None]

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return (kind, number)."""
        return self.device

    def __dlpack__(self, *, stream: int | None = None) -> Any:
        """Return a capsule that lends them, once. The bytes are complete: there is no stream to wait for."""
        shape = (ctypes.c_int64 * 2)(self.rows, self.columns)
        managed = _Managed(
            _Tensor(self.address, *self.device, 2, UNSIGNED, 8, 1, shape, None, 0),
            None,
            ctypes.cast(_give_back, ctypes.c_void_p),
        )
        _lent[ctypes.addressof(managed)] = managed, self.done
        new = ctypes.pythonapi.PyCapsule_New
        new.restype, new.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
        return new(ctypes.addressof(managed), ctypes.addressof(_NAME), None)


@dataclass(frozen=True, slots=True, eq=False)
class Lent:
    """An NV12 picture (even sides) in one piece at `address`; `done` is called when FFmpeg needs it no more.

    `options` gives what `from_dlpack` needs for this device, asked for on the thread that encodes.
    """

    address: int
    size_px: tuple[int, int]
    device: tuple[int, int]
    options: Callable[[], dict[str, Any]]
    done: Callable[["Lent"], None]

    def frame(self) -> Any:
        """Return it as a frame for an encoder."""
        import av

        width, height = self.size_px
        left = ["colour", "brightness"]

        def returned() -> None:
            left.pop()
            if not left:
                self.done(self)

        brightness = Plane(self.address, height, width, self.device, returned)
        colour = Plane(self.address + width * height, height // 2, width, self.device, returned)
        return av.VideoFrame.from_dlpack((brightness, colour), format="nv12", **self.options())
