"""What a loudspeaker plays on Windows, heard like a device: a `Capture` without PortAudio (`app.audio.wasapi`).

A thread of its own waits for blocks and puts them into a bounded queue, nothing else; the rest as in `Capture`.
"""

import threading
from collections import deque
from concurrent.futures import Future

import numpy as np

from app.audio import wasapi
from app.audio.capture import checked_channels
from app.audio.devices import Device
from app.audio.ring import Samples
from app.problems import UserError

_MOST_BLOCKS = 400
_BLOCK_SECONDS = 0.01  # Windows hands over one at a time


class Loopback:
    """A loudspeaker that is being listened to."""

    def __init__(self, device: Device, channels: tuple[int, ...]) -> None:
        """Listen to `device` and keep its `channels` (counted from 0; () means both). `UserError` if it cannot."""
        self.device = device
        self.channels = checked_channels(channels, device)
        self.rate_hz = wasapi.RATE_HZ
        self.latency_seconds = _BLOCK_SECONDS
        self.dropped_blocks = 0
        """Blocks that were lost because they were not fetched for four seconds."""
        self._blocks: deque[Samples] = deque(maxlen=_MOST_BLOCKS)
        self._closed = threading.Event()
        begun: Future[None] = Future()
        self._thread = threading.Thread(target=self._listen, args=(begun,), name="loopback", daemon=True)
        self._thread.start()
        try:
            begun.result(2 * wasapi.PATIENCE_SECONDS)
        except (UserError, *wasapi.BROKEN) as error:
            self.close()
            raise UserError(f"device '{device.name}' cannot be opened: {str(error) or 'no answer'}") from error

    @property
    def active(self) -> bool:
        """Blocks, if only of zeros, still come."""
        return self._thread.is_alive()

    def drain(self) -> Samples:
        """Return what has come since the last call, (n, channels)."""
        blocks = [self._blocks.popleft() for _ in range(len(self._blocks))]
        return np.concatenate([np.empty((0, len(self.channels)), np.float32), *blocks])

    def close(self) -> None:
        """Let the device go: the thread does, once its block has come."""
        self._closed.set()

    def _listen(self, begun: Future[None]) -> None:
        try:
            with wasapi.recorder(self.device.handle) as recorder:
                begun.set_result(None)
                while not self._closed.is_set():
                    self._keep(recorder.record(None))
        except (UserError, *wasapi.BROKEN) as error:
            if not begun.done():
                begun.set_exception(error)

    def _keep(self, block: Samples) -> None:
        self.dropped_blocks += len(self._blocks) == _MOST_BLOCKS
        self._blocks.append(np.ascontiguousarray(block[:, self.channels], np.float32))
