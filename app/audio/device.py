"""A sound device as a source: any input, or a monitor of what a speaker plays.

A stalled stream raises nothing, so a watchdog looks at the samples: when they stop, the ring gets silence, the status
says "waiting for NAME", and the same device (never another) is opened again in the background until it is back.
Main thread; whatever may take long is a sound errand.
"""

import numpy as np

from app.audio import portaudio
from app.audio.capture import Capture
from app.audio.devices import PULSE, find_input, list_devices, pulse_sources_heard
from app.audio.errand import Errand, Retry
from app.audio.ring import Ring, Samples
from app.audio.source import Source, SourceChoice
from app.clock import Frame
from app.problems import UserError

_SILENCE_AFTER_SECONDS = 0.25
_STALLED_SECONDS = 1.0
_STALLED_AT_FIRST_SECONDS = 3.0  # an idle PulseAudio null sink wakes only every 2 s
_ONLY_ZEROS_SECONDS = 5.0
_LOOK_EVERY_SECONDS = 1.0
_PAUSES_SECONDS = (0.2, 0.5)


class DeviceSource:
    """Listens to one device, by name, for as long as the show lasts."""

    def __init__(self, choice: SourceChoice) -> None:
        self._name = choice.device
        self._channels = choice.channels
        self._ring: Ring | None = None
        self._capture: Capture | None = None
        self._ready: Capture | None = None
        self._retry = Retry(self._reopen, Capture.close, _PAUSES_SECONDS)
        self._closing: Errand[None] = Errand(lambda _: None)
        self._look: Errand[bool] = Errand(lambda _: None)
        self._next_look_seconds = 0.0
        self._dropped_before = 0
        self._heard = False
        self._quiet_seconds = 0.0
        self._zeros_seconds = 0.0
        self._owed_frames = 0.0
        self.gain_db = choice.gain_db
        """Applied to every sample; may be changed at any time."""

    @property
    def label(self) -> str:
        """The device's name."""
        return self._name or "default input"

    @property
    def status(self) -> str:
        """ "listening", "waiting for NAME", or a hint that only zeros come."""
        if self.waiting:
            return f"waiting for {self.label}"
        if self._zeros_seconds >= _ONLY_ZEROS_SECONDS:
            return "listening; only zeros so far: muted, nothing plays, or no permission to listen"
        return "listening"

    @property
    def waiting(self) -> bool:
        """Whether the device is away or has not been heard yet."""
        return self._capture is None or not self._heard

    @property
    def latency_seconds(self) -> float:
        """What lies between the device and the ring, by the sound system's own account; 0 while waiting."""
        return self._capture.latency_seconds if self._capture else 0.0

    @property
    def dropped_blocks(self) -> int:
        """Blocks lost because they were not fetched in time."""
        return self._dropped_before + (self._capture.dropped_blocks if self._capture else 0)

    def prepare(self) -> None:
        """Open the device: any thread, before `start`. `UserError` when there is none of that name, or it cannot be."""
        self.stop()
        devices = list_devices()
        if not portaudio.sees_devices() or not devices:  # PortAudio has not seen what came after it began
            portaudio.restart()
            devices = list_devices()
        device = find_input(self._name, devices)
        self._name = device.name
        self._ready = Capture(device, self._channels)

    def start(self, ring: Ring) -> None:
        """Begin to listen."""
        if self._ready is None:
            self.prepare()
        capture, self._ready = self._ready, None
        assert capture is not None
        ring.configure(capture.rate_hz, len(capture.channels))
        self._ring = ring
        self._adopt(capture)

    def pump(self, frame: Frame) -> None:
        """Write what has come; silence in its place when nothing comes for long."""
        if self._ring is None:
            return
        if self._capture is None:
            self._write_silence(frame.dt_seconds)
            opened = self._retry.poll(frame.seconds)
            if opened is not None:
                self._adopt(opened)
            return
        samples = self._capture.drain()
        before_seconds = self._watch(len(samples), frame)
        if len(samples):
            self._write(samples)
        elif self._quiet_seconds > _SILENCE_AFTER_SECONDS:  # the wait so far was a gap, too
            waited = before_seconds > _SILENCE_AFTER_SECONDS
            self._write_silence(frame.dt_seconds if waited else self._quiet_seconds)
        if self._lost(frame):
            self._lose()

    def stop(self) -> None:
        """Let the device go."""
        self._retry.cancel()
        self._look.cancel()
        for capture in (self._capture, self._ready):
            if capture is not None:
                capture.close()
        self._capture = self._ready = self._ring = None

    def _adopt(self, capture: Capture) -> None:
        assert self._ring is not None
        self._capture = capture
        self._heard = False
        self._quiet_seconds = 0.0
        form = (capture.rate_hz, len(capture.channels))
        if form != (self._ring.rate_hz, self._ring.channels):
            self._ring.configure(*form)

    def _write(self, samples: Samples) -> None:
        assert self._ring is not None
        seconds = len(samples) / self._ring.rate_hz
        self._zeros_seconds = 0.0 if samples.any() else self._zeros_seconds + seconds
        gain = np.float32(10.0 ** (self.gain_db / 20.0))
        self._ring.write(samples * gain)

    def _write_silence(self, seconds: float) -> None:
        assert self._ring is not None
        self._owed_frames += seconds * self._ring.rate_hz
        frames = int(self._owed_frames)
        self._owed_frames -= frames
        self._ring.write(np.zeros((frames, self._ring.channels), np.float32))

    def _watch(self, frames: int, frame: Frame) -> float:
        """Note how long nothing has come; return how long that was one picture ago."""
        before_seconds = self._quiet_seconds
        self._heard = self._heard or frames > 0
        self._quiet_seconds = 0.0 if frames else before_seconds + frame.dt_seconds
        return before_seconds

    def _lost(self, frame: Frame) -> bool:
        """Whether the stream is dead, stalled, or was moved to another device behind our back."""
        assert self._capture is not None
        limit = _STALLED_SECONDS if self._heard else _STALLED_AT_FIRST_SECONDS
        if self._quiet_seconds > limit or not self._capture.active:
            return True
        if self._capture.device.host == PULSE and frame.seconds >= self._next_look_seconds and not self._look.running:
            self._next_look_seconds = frame.seconds + _LOOK_EVERY_SECONDS
            handle = self._capture.device.handle
            self._look.start(lambda: handle not in (pulse_sources_heard() or {handle}))
        return self._look.take() is True

    def _lose(self) -> None:
        """Give the stream up; `pump` tries to open it again from the next picture on."""
        assert self._capture is not None
        self._dropped_before += self._capture.dropped_blocks
        self._closing.start(self._capture.close)
        self._look.cancel()
        self._retry.cancel()
        self._capture = None

    def _reopen(self) -> Capture:
        """Open the same device again, in an errand's thread."""
        with portaudio.LOCK:
            try:
                return self._open_named()
            except UserError:
                portaudio.restart()
                return self._open_named()

    def _open_named(self) -> Capture:
        for device in list_devices():
            if device.name == self._name and device.kind != "output":
                return Capture(device, self._channels)
        raise UserError(f"device '{self._name}' is not there")


def open_source(choice: SourceChoice) -> Source:
    """Return the chosen device as a source, not yet started; live it is open already. `UserError` as of `prepare`."""
    source = DeviceSource(choice)
    if choice.live:
        source.prepare()
    return source
