"""Plays a transport through the speakers and knows, sample by sample, what is heard now.

The future lies in a ring that rtmixer's C callback plays from, seconds ahead, so a busy interpreter is not heard.
A move of the play head rewrites that future in place, from 30 ms ahead on, so it is heard at once all the same.
Main thread, but opening and closing `Speakers`, which may be an errand.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio import portaudio
from app.audio.ring import Samples
from app.audio.transport import Change, Transport
from app.clock import Frame
from app.problems import UserError

_CHANNELS = 2
_LATENCY_SECONDS = 0.1
_LEAD_SECONDS = 4.0
_UNTOUCHED_SECONDS = 0.03
_TRACER_SECONDS = 0.5
_STALLED_SECONDS = 3.0  # an underrun freezes a PulseAudio null sink for up to 2 s


def output_rate_hz(wanted_hz: int) -> int:
    """Return `wanted_hz` where the default output takes it, else the output's own rate.

    `UserError` when there is no output, or no PortAudio.
    """
    sd = portaudio.sounddevice()
    with portaudio.quiet():
        try:
            own_hz = _own_rate_hz(sd)
        except UserError:  # PortAudio has not seen what came after it began
            portaudio.restart()
            own_hz = _own_rate_hz(sd)
        try:
            sd.check_output_settings(channels=_CHANNELS, dtype="float32", samplerate=wanted_hz)
        except (sd.PortAudioError, ValueError):
            return own_hz
    return wanted_hz


def _own_rate_hz(sd: Any) -> int:
    try:
        return int(sd.query_devices(kind="output")["default_samplerate"])
    except (sd.PortAudioError, ValueError) as error:
        raise UserError("no output device") from error


class Speakers:
    """The default output, open, in stereo."""

    def __init__(self, rate_hz: int) -> None:
        """Open the default output. `UserError` when it cannot."""
        self.rate_hz = rate_hz
        sd = portaudio.sounddevice()
        import rtmixer

        with portaudio.quiet():
            try:
                host = sd.query_hostapis(sd.query_devices(kind="output")["hostapi"])["name"]
                self.stream = portaudio.Stream(
                    rtmixer.Mixer(
                        channels=_CHANNELS,
                        samplerate=rate_hz,
                        latency=_LATENCY_SECONDS,
                        extra_settings=portaudio.shared_settings(host),
                    )
                )
                self.stream.start()
            except (sd.PortAudioError, ValueError) as error:
                raise UserError(f"no sound output: {error.args[0]}") from error

    def close(self) -> None:
        """Let the device go."""
        self.stream.close()


class SpeakerPlayer:
    """A `Player` that plays a stereo transport through `Speakers` and follows what is heard."""

    def __init__(self, transport: Transport, speakers: Speakers) -> None:
        import rtmixer

        self._transport = transport
        self._speakers = speakers
        self._stream, self._mixer = speakers.stream, speakers.stream.native
        rate_hz = speakers.rate_hz
        size = 1 << int(np.ceil(np.log2(2 * _LEAD_SECONDS * rate_hz)))
        self._lead = int(_LEAD_SECONDS * rate_hz)
        self._untouched = int(_UNTOUCHED_SECONDS * rate_hz)
        self._memory: Samples = np.zeros((size, _CHANNELS), np.float32)
        self._places: NDArray[np.int64] = np.zeros(size, np.int64)
        self._future = rtmixer.RingBuffer(4 * _CHANNELS, buffer=self._memory)
        self._written = 0
        self._heard = 0
        self._quiet_seconds = 0.0
        self._played_before = 0
        self._clock = _HeardClock(self._stream, rate_hz, lambda: self._played)
        self._fill()
        self._action = self._mixer.play_ringbuffer(self._future)

    @property
    def heard_index(self) -> int:
        """The frame of the track that is heard now."""
        if self._heard == self._written:
            return self._transport.index
        return int(self._places[self._heard % len(self._places)])

    @property
    def dead(self) -> bool:
        """The device is gone, or has taken nothing for a while."""
        return self._quiet_seconds > _STALLED_SECONDS or not self._stream.active

    def advance(self, frame: Frame) -> Samples:
        """Return what was heard since the last call, (n, 2)."""
        played = self._played
        self._quiet_seconds = 0.0 if played > self._played_before else self._quiet_seconds + frame.dt_seconds
        self._played_before = played
        heard = min(max(self._clock.heard(), self._heard), played)
        samples = self._memory[np.arange(self._heard, heard) % len(self._memory)]
        self._heard = heard
        self._fill()
        ended = self._action not in self._mixer.actions
        if ended and self._stream.active:  # it ran dry: we were away too long
            self._action = self._mixer.play_ringbuffer(self._future)
        return samples

    def change(self, move: Change) -> None:
        """Move the play head, and rewrite what was to be heard from a moment ahead on."""
        start = min(self._played + self._untouched, self._written)
        stale = np.arange(start, self._written) % len(self._memory)
        self._rewind_to(start)
        move()
        self._places[stale] = self._transport.places(len(stale))
        self._memory[stale] = self._transport.read(len(stale))

    def leave(self) -> None:
        """Take back all that was not heard: someone else plays on from here."""
        self._rewind_to(self._heard)

    def close(self) -> None:
        """Let the device go."""
        self._speakers.close()

    @property
    def _played(self) -> int:
        """Frames that the callback has taken."""
        return int(self._written - self._future.read_available)

    def _rewind_to(self, start: int) -> None:
        if start < self._written:
            soon = np.arange(start, min(start + self._transport.fade_frames, self._written)) % len(self._memory)
            self._transport.rewind(int(self._places[soon[0]]), self._memory[soon])

    def _fill(self) -> None:
        frames = self._lead - self._future.read_available
        if frames <= 0:
            return
        ahead = np.arange(self._written, self._written + frames) % len(self._places)
        self._places[ahead] = self._transport.places(frames)
        self._written += int(self._future.write(self._transport.read(frames)))


class _HeardClock:
    """Which frame of the stream is heard now.

    Every half second a silent buffer, the tracer, is played beside the music. rtmixer tells when its first sample
    reaches the converter (PortAudio's outputBufferDacTime) and how far it has come, which ties one frame of the stream
    to one moment. So neither the drift of the two clocks nor a slip of the device lasts longer than a tracer.
    """

    def __init__(self, stream: portaudio.Stream, rate_hz: int, played: Callable[[], int]) -> None:
        """`played` counts the frames that the callback has taken."""
        self._stream, self._mixer = stream, stream.native
        self._played = played
        self._rate_hz = rate_hz
        self._silence: Samples = np.zeros((int(_TRACER_SECONDS * rate_hz), _CHANNELS), np.float32)
        self._anchor: tuple[int, float] | None = None  # (frame of the stream, its time at the converter)
        self._begin()

    def heard(self) -> int:
        """Return the frame heard now; while no tracer says, what the callback has taken less the stream's latency."""
        now = self._stream.now_seconds
        played = self._played()
        self._look_at_tracer(now)
        if self._tracer.stats.output_underflows or self._estimate(now) > played:  # the device slipped
            self._anchor = None
            self._begin()
        elif self._tracer not in self._mixer.actions:
            self._begin()
        if self._anchor is None:
            return played - round(float(self._mixer.latency) * self._rate_hz)
        return self._estimate(now)

    def _estimate(self, now: float | None) -> int:
        if self._anchor is None or now is None:
            return 0
        frame, seconds = self._anchor
        return frame + round((now - seconds) * self._rate_hz)

    def _begin(self) -> None:
        self._tracer = self._mixer.play_buffer(self._silence, _CHANNELS)
        self._start_seen: int | None = None
        self._settled = False

    def _look_at_tracer(self, now: float | None) -> None:
        """Take the tracer's start as the new anchor once two looks in a row agree on where it is."""
        if self._settled or now is None or not 0 < self._tracer.done_frames < len(self._silence):
            return
        start = self._played() - int(self._tracer.done_frames)
        if start == self._start_seen:
            self._settled = True
            self._anchor = (start, self._believable(float(self._tracer.actual_time), now))
        self._start_seen = start

    def _believable(self, dac_seconds: float, now: float) -> float:
        """Some hosts give no converter time, or a wrong one (PulseAudio at first): then the latency has to do."""
        latency_seconds = float(self._mixer.latency)
        called_seconds = now - int(self._tracer.done_frames) / self._rate_hz  # about when the callback began the tracer
        if 0.5 * latency_seconds < dac_seconds - called_seconds < 1.0:
            return dac_seconds
        return called_seconds + latency_seconds
