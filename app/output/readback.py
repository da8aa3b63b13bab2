"""Pictures from the GPU into memory without making the show wait for it.

Main thread, GL context current. Each picture becomes NV12, is copied into one of a few pixel buffers and fetched a
picture or two later, when the copy is long done; where it is not, other threads run during the wait.
"""

from typing import Generic, TypeVar

import moderngl
import numpy as np
from numpy.typing import NDArray

from app.output.planes import Planes
from app.render.fence import Fence
from app.render.target import Target

T = TypeVar("T")
Pixels = NDArray[np.uint8]
"""NV12 as of `planes`: shape (height * 3 / 2, width), top row first."""


class UnderWay(Generic[T]):
    """Pictures that were begun and not fetched, oldest first, each as (slot, where it is): at most `depth` of them
    beside the one just begun.
    """

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._under_way: list[tuple[int, T]] = []

    @property
    def ready(self) -> bool:
        """Whether the oldest picture has had its time."""
        return len(self._under_way) > self._depth

    @property
    def oldest_slot(self) -> int | None:
        """Slot of the oldest picture under way."""
        return self._under_way[0][0] if self._under_way else None


class Readback(UnderWay[moderngl.Buffer]):
    """A queue of pictures under way from the GPU into memory."""

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int], depth: int) -> None:
        super().__init__(depth)
        self._planes = Planes(ctx, size_px)
        self._buffers = [ctx.buffer(reserve=size_px[0] * size_px[1] * 3 // 2) for _ in range(depth + 1)]
        self._idle = list(self._buffers)
        self._fences = {buffer: Fence(ctx) for buffer in self._buffers}

    def begin(self, image: Target, slot: int) -> None:
        """Start copying the region of `image`, scaled to the recording's size; call `fetch` until not `ready` first."""
        self._planes.draw(image)
        buffer = self._idle.pop()
        self._planes.read_into(buffer)
        self._fences[buffer].set()
        self._under_way.append((slot, buffer))

    def fetch(self, pixels: Pixels | None) -> None:
        """Copy the oldest picture into `pixels`, or let it go where that is None."""
        _, buffer = self._under_way.pop(0)
        if pixels is not None:
            self._fences[buffer].wait()
            buffer.read_into(pixels)
        self._idle.append(buffer)

    def release(self) -> None:
        """Free the GL objects."""
        for buffer in self._buffers:
            self._fences[buffer].release()
            buffer.release()
        self._planes.release()
