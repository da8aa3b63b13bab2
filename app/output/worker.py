"""The encoder thread: takes pictures and sound from a bounded queue and gives them to the encoder.

Only `run` belongs to the thread; the main thread uses the queues and reads the counters. Whatever fails, the thread
goes on handing buffers back until it is told to end, so the main thread can never wait for a dead one.
"""

import contextlib
import threading
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Protocol

import numpy as np

from app.audio.ring import Samples
from app.output.dlpack import Lent
from app.output.muxer import cut_to_whole_boxes, playable_seconds, reason
from app.output.readback import Pixels

QUEUED_PICTURES = 8
REPEATED_SECONDS = 1.0
"""A longer gap is only filled at its end: an encoder that far behind needs the rest, and players hold the picture."""


class EncodesPictures(Protocol):
    """What the thread needs of an encoder."""

    def picture(self, slot: int, pixels: Pixels | Lent) -> None:
        """Encode a new picture; one that is lent comes back by itself."""
        ...

    def repeat(self, slot: int) -> None:
        """Encode the last picture again."""
        ...

    def sound(self, samples: Samples) -> None:
        """Encode the sound that follows."""
        ...

    def finish(self) -> None:
        """Complete the file."""
        ...

    def close(self) -> None:
        """Close the file as it is."""
        ...


class Lends(Protocol):
    """Memory for pictures that lies elsewhere."""

    def lend(self, free: "SimpleQueue[Any]") -> None:
        """Put all of it into `free`."""
        ...


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for `slot`, and the sound up to its end."""

    slot: int
    pixels: Pixels | Lent
    sound: Samples


@dataclass(frozen=True, slots=True)
class End:
    """Nothing follows: the recording is `slots` long, and this is the rest of its sound."""

    slots: int
    sound: Samples


class Worker:
    """One encoder thread with its queue and counters."""

    def __init__(
        self, encoder: EncodesPictures, path: Path, size_px: tuple[int, int], fps: float, card: Lends | None = None
    ) -> None:
        """`card` lends `QUEUED_PICTURES` pictures; without, they lie in main memory."""
        self.path = path
        self.written = 0
        """Pictures in the file, repeated ones included."""
        self.duplicated = 0
        """Slots filled with the picture before."""
        self.dropped = 0
        """Slots left out because the encoder was more than a second behind."""
        self.error = ""
        self.finished = threading.Event()
        self.work: SimpleQueue[Picture | End] = SimpleQueue()
        self.free: SimpleQueue[Pixels | Lent] = SimpleQueue()
        if card is not None:
            card.lend(self.free)
        else:
            for _ in range(QUEUED_PICTURES):
                self.free.put(np.empty((size_px[1] * 3 // 2, size_px[0]), np.uint8))
        self._encoder = encoder
        self._fps = fps
        self._next_slot = 0
        self._ended = False
        self._thread = threading.Thread(target=self.run, name="encoder", daemon=True)

    def start(self) -> None:
        """Begin to take work."""
        self._thread.start()

    def join(self, timeout_seconds: float | None = None) -> None:
        """Wait until the file is closed."""
        self._thread.join(timeout_seconds)

    @property
    def queued(self) -> int:
        """Pictures waiting or being encoded."""
        return QUEUED_PICTURES - self.free.qsize()

    def run(self) -> None:
        """Encode until the end or the first error, then close the file."""
        from av.error import FFmpegError

        failure = "the encoder failed"
        try:
            self._encode()
            self._encoder.finish()
            failure = ""
        except OSError as error:
            failure = reason(error)
        except (FFmpegError, ValueError, MemoryError) as error:
            failure = f"the encoder failed ({error})"
        finally:
            if failure:
                self._salvage(failure)
            self._drain()
            self.finished.set()

    def _encode(self) -> None:
        while isinstance(item := self.work.get(), Picture):
            self._fill(item.slot)
            self._encoder.picture(item.slot, item.pixels)
            if not isinstance(item.pixels, Lent):
                self.free.put(item.pixels)
            self._count(1)
            self._encoder.sound(item.sound)
        self._ended = True
        self._fill(item.slots)
        self._encoder.sound(item.sound)

    def _fill(self, slot: int) -> None:
        """Repeat the last picture up to `slot`, so that the rate stays constant."""
        gap = slot - self._next_slot
        repeats = min(gap, max(1, round(self._fps * REPEATED_SECONDS))) if self.written else 0
        self.dropped += gap - repeats
        self._next_slot = slot - repeats
        while self._next_slot < slot:
            self._encoder.repeat(self._next_slot)
            self.duplicated += 1
            self._count(1)

    def _count(self, pictures: int) -> None:
        self.written += pictures
        self._next_slot += pictures

    def _salvage(self, failure: str) -> None:
        """Close what there is so that it plays, and say what happened."""
        from av.error import FFmpegError

        kept = "nothing kept"
        with contextlib.suppress(OSError, ValueError, FFmpegError):  # the first failure is the one to tell
            self._encoder.close()
        try:
            kept = self._keep()
        except OSError as error:
            kept = f"{self.path} may be damaged ({reason(error)})"
        self.error = f"recording stopped: {failure}; {kept}"

    def _keep(self) -> str:
        if self.path.suffix.lower() != ".mkv":
            cut_to_whole_boxes(self.path)
        seconds = playable_seconds(self.path)
        if seconds is None:
            self.path.unlink()
            return "nothing kept"
        return f"kept {self.path} ({seconds or self._next_slot / self._fps:.1f} s)"

    def _drain(self) -> None:
        while not self._ended:
            item = self.work.get()
            self._ended = isinstance(item, End)
            if isinstance(item, Picture):
                self.free.put(item.pixels)
