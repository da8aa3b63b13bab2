"""The courier: a feed whose library wants pixels in memory. Its thread opens the library, carries the newest picture
to it and closes it; the main thread only copies pictures from the GPU, and waits for nothing but the end of the show.

A subclass says how to open, deliver and shut; these three run in the thread, one after the other. One that is switched
on again begins when the one before has let go of its library.
"""

import contextlib
import threading
from queue import Empty, SimpleQueue

import moderngl
import numpy as np
from numpy.typing import NDArray

from app.clock import Frame
from app.output.readback import Pixels, Readback
from app.render.target import Target

DEPTH, BUFFERS = 2, 3
CLOSE_SECONDS = 2.0
"""A library that hangs while it is closed is left behind."""
_newest: dict[type["Courier"], threading.Thread] = {}
"""The thread of each kind that was begun last."""


def wait() -> None:
    """Let every courier that was closed end its library, at the end of a show."""
    for thread in _newest.values():
        thread.join(CLOSE_SECONDS)


class Courier:
    """Carries pictures of one size; a library slower than the show gets fewer of them."""

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int], fps: float) -> None:
        self.size_px, self.fps = (size_px[0] // 2 * 2, size_px[1] // 2 * 2), fps
        self.where = self.error = ""
        self.dropped = 0
        """Pictures the library had no time for."""
        self._readback: Readback | None = Readback(ctx, self.size_px, DEPTH)
        self._free: SimpleQueue[Pixels] = SimpleQueue()
        for _ in range(BUFFERS):
            self._free.put(np.empty((self.size_px[1] * 3 // 2, self.size_px[0]), np.uint8))
        self._work: SimpleQueue[Pixels | None] = SimpleQueue()
        thread = threading.Thread(
            target=self._run, args=(_newest.get(type(self)),), name=type(self).__name__.lower(), daemon=True
        )
        _newest[type(self)] = thread
        thread.start()

    # ------------------------------------------------------------------ in the thread

    def open(self) -> str:
        """Begin; return where others find the picture. Raise OSError, RuntimeError or ValueError where it can't."""
        raise NotImplementedError

    def deliver(self, picture: NDArray[np.uint8]) -> None:
        """Hand over one picture: (height, width, 4), RGBA, top row first, valid until this returns."""
        raise NotImplementedError

    def shut(self) -> None:
        """End, after `open` succeeded."""
        raise NotImplementedError

    def _run(self, before: threading.Thread | None) -> None:
        failure = "its library failed"  # in a way that nobody foresaw: stderr has it
        try:
            if before is not None:
                before.join(CLOSE_SECONDS)
            self.where = self.open()
            try:
                self._carry()
            finally:
                self.shut()
            failure = ""
        except (OSError, RuntimeError, ValueError, ImportError) as error:
            failure = " ".join(str(error).split()) or type(error).__name__
        finally:
            self.error = failure

    def _carry(self) -> None:
        while (pixels := self._work.get()) is not None:
            self.deliver(_rgba(pixels))
            self._free.put(pixels)

    # ------------------------------------------------------------------ on the main thread

    def send(self, image: Target, frame: Frame) -> None:
        """Begin to copy one picture, pass on those that are there."""
        if self._readback is None or self.error:
            return
        while self._readback.ready:
            pixels = self._buffer()
            self._readback.fetch(pixels)
            if pixels is not None:
                self._work.put(pixels)
        self._readback.begin(image, frame.index)

    def _buffer(self) -> Pixels | None:
        with contextlib.suppress(Empty):
            return self._free.get_nowait()
        self.dropped += 1
        return None

    def close(self) -> None:
        """Have the thread end, without waiting for it, and release. Safe to call twice."""
        if self._readback is not None:
            self._work.put(None)
            self._readback.release()
            self._readback = None


def _rgba(pixels: Pixels) -> NDArray[np.uint8]:
    """Return (height, width, 4) RGBA, top row first, of the pictures as `planes` makes them."""
    import av
    from av.video.reformatter import ColorRange, Colorspace

    frame = av.VideoFrame.from_ndarray(pixels, format="nv12")
    frame = frame.reformat(
        format="rgba",
        src_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
    )
    picture: NDArray[np.uint8] = frame.to_ndarray()
    return picture
