"""An open input stream: rtmixer's C callback copies samples into a ring that the main thread empties.

No Python runs in the callback, so nothing is lost while the interpreter is busy. Opened and closed by sound errands or
at start; `drain` belongs to the main thread.
"""

from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from app.audio import portaudio
from app.audio.devices import PULSE, Device
from app.audio.ring import Samples
from app.problems import UserError

_BLOCK_FRAMES = 256
_BUFFER_SECONDS = 4.0
_MOST_CHANNELS = 32


class Capture:
    """A device that is being listened to."""

    def __init__(self, device: Device, channels: tuple[int, ...]) -> None:
        """Open `device` and keep its `channels` (counted from 0; () means the first two). `UserError` if it cannot."""
        self.device = device
        self.channels = checked_channels(channels, device)
        self._lost_blocks = 0
        with portaudio.quiet(), _pulse_source(device):
            self._stream = portaudio.Stream(_opened(device))
            self._recorder = self._stream.native
            self.rate_hz = int(self._recorder.samplerate)
            self._begin()

    @property
    def active(self) -> bool:
        """The sound system still calls back, as far as it admits."""
        return self._stream.active

    @property
    def latency_seconds(self) -> float:
        """What PortAudio says lies between the air and the callback."""
        return float(self._recorder.latency)

    @property
    def dropped_blocks(self) -> int:
        """Blocks that were lost: told by the sound system, or our ring was full."""
        return self._lost_blocks + int(self._action.stats.input_overflows)

    def drain(self) -> Samples:
        """Return what has come since the last call, (n, channels)."""
        frames = self._ring.read_available
        out: Samples = np.empty((frames, len(self.channels)), np.float32)
        if frames:
            self._ring.readinto(out)
        if self._action not in self._recorder.actions and self.active:  # the ring was full: recording ended there
            self._record()
            self._lost_blocks += 1
        return out

    def close(self) -> None:
        """Let the device go."""
        self._stream.close()

    def _begin(self) -> None:
        import rtmixer

        self._ring = rtmixer.RingBuffer(4 * len(self.channels), _power_of_two(_BUFFER_SECONDS * self.rate_hz))
        self._record()
        try:
            self._stream.start()
        except portaudio.sounddevice().PortAudioError as error:
            raise UserError(f"device '{self.device.name}' does not start: {error.args[0]}") from error

    def _record(self) -> None:
        mapping = [channel + 1 for channel in self.channels]
        self._action = self._recorder.record_ringbuffer(self._ring, channels=mapping)


def checked_channels(channels: tuple[int, ...], device: Device) -> tuple[int, ...]:
    """Return which channels to keep: () means the first two. `UserError` for one that the device has not."""
    channels = channels or tuple(range(min(2, device.channels)))
    beyond = [channel for channel in channels if not 0 <= channel < device.channels]
    if beyond:
        raise UserError(f"device '{device.name}' has no channel {beyond[0] + 1}; it has 1 to {device.channels}")
    return channels


def _opened(device: Device) -> Any:
    import rtmixer

    sd = portaudio.sounddevice()
    try:
        return rtmixer.Recorder(
            device=portaudio_number(device),
            channels=min(device.channels, _MOST_CHANNELS),
            samplerate=device.rate_hz,
            blocksize=_BLOCK_FRAMES,
            latency="low",
            extra_settings=portaudio.shared_settings(device.host),
        )
    except (sd.PortAudioError, ValueError) as error:
        raise UserError(f"device '{device.name}' cannot be opened: {error.args[0]}") from error


def portaudio_number(device: Device) -> int:
    """Return PortAudio's number for a device; all of PulseAudio is one of its devices."""
    if device.host != PULSE:
        return int(device.handle)
    for entry in portaudio.sounddevice().query_devices():
        if entry["name"] == "pulse":
            return int(entry["index"])
    raise UserError("PortAudio does not see PulseAudio; install it: sudo apt install libasound2-plugins")


def _pulse_source(device: Device) -> AbstractContextManager[None]:
    """Tell libpulse, by its environment variable, which source the next stream is to be of."""
    return portaudio.environment({"PULSE_SOURCE": device.handle} if device.host == PULSE else {})


def _power_of_two(frames: float) -> int:
    return 1 << int(np.ceil(np.log2(frames)))
