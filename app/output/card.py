"""Recording without leaving the graphics card: pictures go from OpenGL through CUDA to its own encoder (NVENC).

Main thread, GL context current; only `Lent.frame` is called by the encoder's thread. What stands in the way (no CUDA,
OpenGL on another GPU, a PyAV without it, an encoder that refuses) shows when it is opened: it is tried once, and then
pictures go through main memory as ever.
"""

import logging
from collections.abc import Callable
from fractions import Fraction
from queue import SimpleQueue
from typing import Any

import moderngl

from app.output.codec import HARDWARE
from app.output.dlpack import CUDA, Lent
from app.output.planes import Planes
from app.output.readback import UnderWay
from app.problems import UserError
from app.render import cuda_backend
from app.render.cuda_interop import InteropError, SharedBuffer
from app.render.target import Target

log = logging.getLogger("clavilux")


def opened(ctx: moderngl.Context, size_px: tuple[int, int], depth: int, pictures: int) -> "CardReadback | None":
    """Return a way into NVENC that was seen to work, or None, with a line in the log."""
    from av.error import FFmpegError

    made = None
    try:
        made = CardReadback(ctx, size_px, depth, pictures)
        made.tried()
    except (
        UserError, InteropError, moderngl.Error, FFmpegError, OSError, ValueError, ImportError, AttributeError,
    ) as refusal:  # fmt: skip
        log.info("recording goes through main memory: %s", refusal)
        if made is not None:
            made.release()
            made.free()
        return None
    return made


class CardReadback(UnderWay[SharedBuffer]):
    """A queue of pictures on their way to the encoder, like `Readback`; `pictures` of them have room on the card."""

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int], depth: int, pictures: int) -> None:
        super().__init__(depth)
        self._ctx, self._size_px = ctx, size_px
        self._bytes = size_px[0] * size_px[1] * 3 // 2
        self._idle: list[SharedBuffer] = []
        self._memory: list[int] = []
        self._context: Any = None
        self._freed = False
        self._seat = cuda_backend.borrow(ctx)
        try:
            self._open(pictures)
            self._planes = Planes(ctx, size_px)
        except (UserError, InteropError, moderngl.Error):
            self._release_buffers()
            self.free()
            raise

    def _open(self, pictures: int) -> None:
        if self._seat.refusal:
            raise InteropError(self._seat.refusal)
        gpu = self._seat.gpu
        gpu.use()
        for _ in range(self._depth + 1):
            self._idle.append(SharedBuffer(gpu, self._ctx, self._bytes, "READ_ONLY"))
        for _ in range(pictures):
            self._memory.append(gpu.allocate(self._bytes))

    def lend(self, free: "SimpleQueue[Lent]") -> None:
        """Put all pictures' memory into `free`, and each again when the encoder is done with it."""
        for address in self._memory:
            free.put(self._lent(address, free.put))

    def _lent(self, address: int, done: Callable[[Lent], None]) -> Lent:
        return Lent(address, self._size_px, (CUDA, int(self._seat.gpu.device)), self._options, done)

    def _options(self) -> dict[str, Any]:
        """FFmpeg is to work in our own context, not to set one up with flags of its own."""
        from av.video.frame import CudaContext

        gpu = self._seat.gpu
        gpu.use()
        if self._context is None:
            self._context = CudaContext(device_id=int(gpu.device), primary_ctx=False, current_ctx=True)
        return {"cuda_context": self._context}

    def tried(self) -> None:
        """Encode one picture of whatever the memory holds. Raises what FFmpeg says."""
        from av import CodecContext

        codec: Any = CodecContext.create(HARDWARE, "w")
        codec.width, codec.height = self._size_px
        codec.pix_fmt, codec.time_base, codec.framerate = "cuda", Fraction(1, 30), Fraction(30)
        frame = self._lent(self._memory[0], lambda _: None).frame()
        frame.pts = 0
        codec.encode(frame)
        codec.encode(None)

    def begin(self, image: Target, slot: int) -> None:
        """Start converting the region of `image`; call `fetch` until not `ready` first."""
        self._planes.draw(image)
        shared = self._idle.pop()
        self._planes.read_into(shared.buffer)
        self._under_way.append((slot, shared))

    def fetch(self, lent: Lent | None) -> None:
        """Copy the oldest picture, on the card, or let it go where that is None. `CudaError` if the card fails."""
        _, shared = self._under_way.pop(0)
        self._idle.append(shared)
        if lent is None:
            return
        gpu = self._seat.gpu
        gpu.use()
        shared.fill(lambda address: gpu("cuMemcpyDtoDAsync", lent.address, address, self._bytes, gpu.stream))
        gpu.wait()

    def release(self) -> None:
        """Free what the main thread used. What the encoder still reads stays until `free`."""
        self._planes.release()
        self._release_buffers()

    def _release_buffers(self) -> None:
        for shared in (*self._idle, *(shared for _, shared in self._under_way)):
            shared.release()
        self._idle.clear()
        self._under_way.clear()

    def free(self) -> None:
        """Free the pictures' memory: the encoder has ended. Safe to call twice."""
        if self._freed:
            return
        self._freed, self._context = True, None
        while self._memory:
            self._seat.gpu.free(self._memory.pop())
        cuda_backend.give_back(self._ctx, self._seat)
