"""The recorder: every finished picture and the sound that belongs to it, into a video file.

Main thread; the encoder has its own (`worker`). Live, `send` never waits: a picture the encoder has no room for is
skipped and the one before repeated in its place. Offline, `send` waits and nothing is lost.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import moderngl

from app.audio.ring import RingReader
from app.clock import Frame
from app.output import card, codec
from app.output.dlpack import Lent
from app.output.encode import Encoder, frame_rate
from app.output.muxer import container_of, create
from app.output.readback import Pixels, Readback
from app.output.soundtrack import Soundtrack, recorded_rate
from app.output.timing import Timeline
from app.output.worker import QUEUED_PICTURES, End, Picture, Worker
from app.problems import Problems, UserError
from app.render.cuda_driver import CudaError
from app.render.target import Target

DEPTH = 2
"""Pictures under way from the GPU while the next one is drawn and the encoder has those before."""
STUCK_SECONDS = 30.0
"""Sound that piles up this far, or a file that does not grow for so long, means that the encoder or the disk hangs."""
STUCK_JOIN_SECONDS = 5.0
"""What one that is known to hang gets at the end of a show."""


@dataclass(frozen=True, slots=True)
class RecorderState:
    """What the panel shows of a recording."""

    path: Path
    seconds: float
    frames_written: int
    duplicated: int
    dropped: int
    queued: int
    bytes: int
    error: str
    finished: bool


class Recorder:
    """Records what it is sent, until `stop` (which does not wait) or `close` (which does)."""

    def __init__(
        self,
        ctx: moderngl.Context,
        path: Path,
        size_px: tuple[int, int],
        fps: float,
        reader: RingReader,
        *,
        live: bool,
        problems: Problems,
    ) -> None:
        """Create the file. Live, an existing one is kept and another name taken; offline it is replaced.

        `UserError` for odd sizes, a useless rate, an unknown kind of file or a folder that cannot be written.
        """
        _check(size_px, fps)
        self._fps = frame_rate(fps)
        self._live = live
        self._problems = problems
        self._reader = reader
        first = reader.read_new()
        self._sound = Soundtrack(recorded_rate(first.rate_hz))
        if not live:
            self._sound.add(first)
        self._timeline = Timeline(float(self._fps), live=live)
        container = container_of(path)
        path, self._file = create(path, replace=not live)
        self._card = card.opened(ctx, size_px, DEPTH, QUEUED_PICTURES) if live and codec.hardware() else None
        self._readback: Any = self._card
        encoder = self._opened(ctx, path, container, size_px)
        self._worker = Worker(encoder, path, size_px, float(self._fps), self._card)
        self._worker.start()
        self._stopped = self._reported = self._stuck = False

    @property
    def state(self) -> RecorderState:
        """Everything about the recording, now. Errors found while finishing appear here, too."""
        worker = self._worker
        return RecorderState(
            path=worker.path,
            seconds=self._timeline.seconds,
            frames_written=worker.written,
            duplicated=worker.duplicated,
            dropped=worker.dropped,
            queued=worker.queued,
            bytes=self._file.bytes,
            error=worker.error,
            finished=worker.finished.is_set(),
        )

    @property
    def stopped(self) -> bool:
        """Whether it takes no more pictures."""
        return self._stopped

    def send(self, image: Target, frame: Frame) -> None:
        """Record one picture. When recording has failed: live one problem is reported, offline `UserError` raised."""
        if self._worker.error:
            self.stop()
            self._tell()
        if self._stopped:
            return
        slot = self._hear(frame)
        if slot is not None:
            self._readback.begin(image, slot)
        if self._readback.ready:
            self._fetch()
        if self._live and self._sound.held_seconds > STUCK_SECONDS:
            self._give_up()

    def stop(self) -> None:
        """Take no more pictures; the file is completed in the background (see `state.finished`)."""
        if self._stopped:
            return
        self._stopped = True
        if not self._live:
            self._sound.add(self._reader.read_new())
        while self._readback.oldest_slot is not None:
            self._fetch()
        self._readback.release()
        slots = self._timeline.slots
        self._worker.work.put(End(slots, self._sound.take_all(self._sample_at(slots))))

    def close(self) -> None:
        """Stop, wait until the file is complete, and report what went wrong. Safe to call twice.

        Live one whose disk hangs is left behind, and nothing is raised; offline `UserError`, unless `send` has already.
        """
        self.stop()
        self._wait()
        if self._card is not None and self._worker.finished.is_set():
            self._card.free()
        if self._worker.error:
            self._tell()

    def _wait(self) -> None:
        """Wait for the file; live only while it grows: no show is kept from ending."""
        worker, seconds = self._worker, STUCK_JOIN_SECONDS if self._stuck else STUCK_SECONDS
        grown = self._file.bytes
        while not worker.finished.wait(seconds if self._live else None):
            if self._file.bytes == grown:
                self._leave_behind()
                return
            grown = self._file.bytes
        worker.join()

    def _hear(self, frame: Frame) -> int | None:
        """Take the new sound and return the slot of this picture, if one is due."""
        if self._reader.lapsed:
            self._timeline.restart()
        block = self._reader.read_new()
        beginning = self._live and self._timeline.slots == 0
        heard_seconds = 0.0 if beginning else block.samples.shape[0] / block.rate_hz
        step = self._timeline.step(frame.seconds, heard_seconds)
        if not beginning:
            self._sound.add(block)
        self._sound.add_silence(step.silence_seconds)
        return step.slot

    def _fetch(self) -> None:
        """Move the oldest picture from the GPU into the encoder's queue; live, skip it where there is no room."""
        slot = self._readback.oldest_slot
        pixels = self._free_pixels()
        try:
            self._readback.fetch(pixels)
        except (CudaError, moderngl.Error) as error:  # the card is lost, and the picture with it; the file goes on
            if pixels is not None:
                self._worker.free.put(pixels)
            self._problems.report(f"recording: a picture is lost: {error}")
            return
        if pixels is not None and slot is not None:
            self._worker.work.put(Picture(slot, pixels, self._sound.take(self._sample_at(slot + 1))))

    def _free_pixels(self) -> Pixels | Lent | None:
        if self._live and self._worker.free.empty():
            return None
        return self._worker.free.get()

    def _sample_at(self, slot: int) -> int:
        """Index of the first sound sample of a slot."""
        return math.ceil(slot * self._sound.rate_hz / self._fps)

    def _tell(self) -> None:
        """Report what went wrong, once."""
        if not self._reported:
            self._reported = True
            if not self._live:
                raise UserError(self._worker.error)
            self._problems.report(self._worker.error)

    def _give_up(self) -> None:
        self._leave_behind()
        self.stop()

    def _leave_behind(self) -> None:
        if not self._stuck:
            self._problems.report(f"recording stopped: the encoder or the disk hangs; see {self._worker.path}")
        self._stuck = self._reported = True

    def _opened(self, ctx: moderngl.Context, path: Path, container: str, size_px: tuple[int, int]) -> Encoder:
        """Return the encoder, and open the way to it; where one of them does not open, nothing is left behind."""
        from av.error import FFmpegError

        try:
            self._readback = self._card or Readback(ctx, size_px, DEPTH)
            return Encoder(
                self._file, container, size_px, self._fps, self._sound.rate_hz, live=self._live,
                on_card=self._card is not None,
            )  # fmt: skip
        except (OSError, ValueError, FFmpegError, moderngl.Error) as error:
            self._discard(path)
            raise UserError(f"{path}: cannot record {size_px[0]}x{size_px[1]} video here: {error}") from None

    def _discard(self, path: Path) -> None:
        if self._readback is not None:
            self._readback.release()
        if self._card is not None:
            self._card.free()
        self._file.close()
        path.unlink(missing_ok=True)


def _check(size_px: tuple[int, int], fps: float) -> None:
    width, height = size_px
    if not (math.isfinite(fps) and 0 < fps <= 480):
        raise UserError(f"cannot record at {fps:g} frames a second; choose 1 to 480")
    if width < 16 or height < 16:
        raise UserError(f"cannot record {width}x{height}; choose at least 16x16")
    if width % 2 or height % 2:
        even = f"{width + width % 2}x{height + height % 2}"
        raise UserError(f"cannot record {width}x{height}: video needs even sizes; choose {even}")
