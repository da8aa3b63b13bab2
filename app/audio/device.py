"""A sound device as a source: any input, or a monitor of what a speaker plays.

A stalled stream raises nothing, so a watchdog looks at the samples: when they stop, the ring gets silence, the status
says "waiting for NAME", and the same device (never another) is opened again in the background until it is back. One
that is not there at the start is waited for in the same way. The default input is whatever the system says it is now.
Main thread; whatever may take long is a sound errand, which also prepares and stops it while nobody pumps it.
"""

from collections.abc import Sequence

import numpy as np

from app.audio import chatter, portaudio, wasapi
from app.audio.capture import Capture
from app.audio.devices import PULSE, Device, find_input, list_devices, pulse_moved, why_absent
from app.audio.errand import Errand, Retry
from app.audio.loopback import Loopback
from app.audio.ring import Ring, Samples
from app.audio.source import Source, SourceChoice
from app.clock import Frame
from app.problems import UserError

_SILENCE_AFTER_SECONDS = 0.25
_STALLED_SECONDS = 1.0
_STALLED_AT_FIRST_SECONDS = 3.0  # an idle PulseAudio null sink wakes only every 2 s
_ONLY_ZEROS_SECONDS = 5.0
_LOOK_EVERY_SECONDS = 1.0
_PAUSES_SECONDS = (0.2, 0.5, 1.0)

Ear = Capture | Loopback
"""What listens to a device."""


class DeviceSource:
    """Listens to one device, by name, for as long as the show lasts."""

    def __init__(self, choice: SourceChoice) -> None:
        self._name, self._whole = choice.device, choice.whole
        self._channels = choice.channels
        self._ring: Ring | None = None
        self._capture: Ear | None = None
        self._ready: Ear | None = None
        self._retry = Retry(self._reopen, lambda ear: ear.close(), _PAUSES_SECONDS)
        self._closing: Errand[None] = Errand(lambda _: None)
        self._look: Errand[bool] = Errand(lambda _: None)
        self._next_look_seconds = 0.0
        self._dropped_before = 0
        self._heard = self._away = False
        self._why = ""
        self._quiet_seconds = 0.0
        self._zeros_seconds = 0.0
        self._owed_frames = 0.0
        self.gain_db = choice.gain_db
        """Applied to every sample; may be changed at any time."""

    @property
    def label(self) -> str:
        """The device's name; of the default input also whose turn it is."""
        if self._name:
            return self._name
        return f"default input: {self._capture.device.name}" if self._capture is not None else "default input"

    @property
    def found(self) -> str:
        """The whole name of the device that was asked for, once it was there; "" of the default input."""
        return self._name if self._whole else ""

    @property
    def status(self) -> str:
        """ "listening", "waiting for NAME" (at first with the reason), or a hint that only zeros come."""
        if self._capture is None or not self._heard:
            return f"waiting for {self.label}{self._why}"
        if self._zeros_seconds >= _ONLY_ZEROS_SECONDS:
            return "listening; only zeros so far: muted, nothing plays, or no permission to listen"
        return "listening"

    @property
    def waiting(self) -> bool:
        """Whether the device is away; one that has just been opened for the first time is not."""
        return self._away

    @property
    def latency_seconds(self) -> float:
        """What lies between the device and the ring, by the sound system's own account; 0 while waiting."""
        return self._capture.latency_seconds if self._capture else 0.0

    @property
    def dropped_blocks(self) -> int:
        """Blocks lost because they were not fetched in time."""
        return self._dropped_before + (self._capture.dropped_blocks if self._capture else 0)

    def prepare(self) -> None:
        """Open the device, if it can be: any thread, before `start`. `UserError` only when several could be meant."""
        self.stop()
        devices = list_devices()
        find_input(self._name, devices, whole=self._whole)
        try:
            if not portaudio.sees_devices() or not devices:  # PortAudio has not seen what came after it began
                portaudio.restart()
            self._ready, self._why = self._open_named(), ""
        except UserError as error:
            self._why, self._away = f": {error}", True

    def start(self, ring: Ring) -> None:
        """Begin to listen, or to wait for the device."""
        if self._ready is None and not self._away:
            self.prepare()
        capture, self._ready = self._ready, None
        self._ring = ring
        if capture is None:
            ring.configure(ring.rate_hz, ring.channels)
            return
        ring.configure(capture.rate_hz, len(capture.channels))
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
            chatter.strain()  # its thread may hang and print without end, long before it is given up
            waited = before_seconds > _SILENCE_AFTER_SECONDS
            self._write_silence(frame.dt_seconds if waited else self._quiet_seconds)
        if self._lost():
            self._lose(away=True)
        elif self._elsewhere(frame):
            self._lose(away=bool(self._name))

    def stop(self) -> None:
        """Let the device go."""
        self._retry.cancel()
        self._look.cancel()
        for capture in (self._capture, self._ready):
            if capture is not None:
                capture.close()
        self._capture = self._ready = self._ring = None

    def _adopt(self, capture: Ear) -> None:
        assert self._ring is not None
        self._capture = capture
        if self._name:
            self._name, self._whole = capture.device.name, True
        self._heard, self._why = False, ""
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
        owed = self._owed_frames + seconds * self._ring.rate_hz
        self._owed_frames = min(owed, float(self._ring.capacity))  # after hours of sleep the ring holds no more
        frames = int(self._owed_frames)
        self._owed_frames -= frames
        self._ring.write(np.zeros((frames, self._ring.channels), np.float32))

    def _watch(self, frames: int, frame: Frame) -> float:
        """Note how long nothing has come; return how long that was one picture ago."""
        before_seconds = self._quiet_seconds
        self._heard = self._heard or frames > 0
        self._away = self._away and not self._heard
        self._quiet_seconds = 0.0 if frames else before_seconds + frame.dt_seconds
        return before_seconds

    def _lost(self) -> bool:
        """Whether the stream is dead or stalled."""
        assert self._capture is not None
        limit = _STALLED_SECONDS if self._heard else _STALLED_AT_FIRST_SECONDS
        return self._quiet_seconds > limit or not self._capture.active

    def _elsewhere(self, frame: Frame) -> bool:
        """Whether the stream was moved to another device behind our back, or the default input is another one now."""
        assert self._capture is not None
        if self._capture.device.host == PULSE and frame.seconds >= self._next_look_seconds and not self._look.running:
            self._next_look_seconds = frame.seconds + _LOOK_EVERY_SECONDS
            handle, follows = self._capture.device.handle, not self._name
            self._look.start(lambda: pulse_moved(handle, follows))
        return self._look.take() is True

    def _lose(self, away: bool) -> None:
        """Give the stream up; `pump` tries to open it again from the next picture on."""
        assert self._capture is not None
        self._away = away
        self._dropped_before += self._capture.dropped_blocks
        self._closing.start(self._capture.close)
        self._look.cancel()
        self._retry.cancel()
        self._capture = None

    def _reopen(self) -> Ear:
        """Open the device that is waited for, in an errand's thread."""
        with portaudio.LOCK:
            devices = list_devices()
            if any(device.host == PULSE for device in devices):  # it tells of what came: PortAudio need not look anew
                self._find(devices)
            try:
                return self._open_named()
            except UserError:
                portaudio.restart()
                return self._open_named()

    def _open_named(self) -> Ear:
        device = self._find(list_devices())
        return (Loopback if device.host == wasapi.HOST else Capture)(device, self._channels)

    def _find(self, devices: Sequence[Device]) -> Device:
        device = find_input(self._name, devices, whole=self._whole)
        if device is None:
            raise UserError(why_absent(self._name, devices))
        return device


def open_source(choice: SourceChoice) -> Source:
    """Return the chosen device as a source, not yet started; live it is open already. `UserError` as of `prepare`."""
    source = DeviceSource(choice)
    if choice.live:
        source.prepare()
    return source
