"""What a style needs before CUDA can draw it, made beside the show: its kernel, and the oracle's pictures of it.

One thread, one style at a time; it touches the compiler, the processor and the disk, never the GPU. The main thread
asks and never waits; whoever draws finds the kernel on disk and the pictures in `cuda_painter.exact`.
"""

import contextlib
import threading
from collections import deque

from app.cppn import cuda, cuda_build
from app.problems import UserError
from app.render import cuda_painter
from app.render.cuda_driver import Gpu
from app.style import Style


class Workshop:
    """Belongs to one GPU's users."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._done: deque[Style] = deque(maxlen=cuda_painter.REMEMBERED)

    def prepared(self, gpu: Gpu, style: Style) -> bool:
        """Return whether nothing is left to be made for a style; else it is being made: ask again."""
        if style in tuple(self._done):
            return True
        if self._thread is None or not self._thread.is_alive():
            what = gpu.capability, gpu.shared_bytes, style
            self._thread = threading.Thread(target=self._make, args=what, name="kernel workshop")
            self._thread.start()
        return False

    def _make(self, capability: tuple[int, int], shared_bytes: int, style: Style) -> None:
        try:
            with contextlib.suppress(UserError):  # `set_style` says why, and what draws instead
                architecture = cuda_build.nearest_architecture(capability)
                for plan in cuda_painter.plans(capability, shared_bytes, style):
                    cuda_build.build(cuda.source(plan), architecture)
                cuda_painter.exact(style)
        finally:  # whatever went wrong, the style must not wait for ever
            self._done.append(style)

    def close(self) -> None:
        """Wait for the thread."""
        if self._thread is not None:
            self._thread.join()
