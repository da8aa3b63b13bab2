"""A file as a source, without any sound device: exact offline, on the clock when live."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from app.audio import file as file_module
from app.audio import portaudio
from app.audio.decode import Decoded
from app.audio.file import FileSource, in_stereo, open_source
from app.audio.ring import Ring
from app.audio.source import SourceChoice
from app.clock import Frame, StepClock
from app.problems import UserError

RATE = 44_100


def noise(seconds: float = 2.0, channels: int = 2) -> NDArray[np.float32]:
    shape = (round(seconds * RATE), channels)
    return np.random.default_rng(7).uniform(-0.5, 0.5, shape).astype(np.float32)


def offline(sound: NDArray[np.float32], loop: bool = False, truncated: str = "") -> tuple[FileSource, Ring]:
    source = FileSource(Decoded(sound, RATE, truncated), "x.wav", SourceChoice("file", live=False, loop=loop))
    ring = Ring()
    source.start(ring)
    return source, ring


def pumped(source: FileSource, ring: Ring, fps: float, seconds: float) -> NDArray[np.float32]:
    reader, clock, got = ring.reader(), StepClock(fps), []
    for _ in range(round(seconds * fps) + 1):
        source.pump(clock.tick())
        got.append(reader.read_new().samples)
    return np.concatenate(got)


@pytest.mark.parametrize("fps", [1, 24, 29.97, 60, 144])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_offline_is_bit_exact_at_any_frame_rate(fps: float, channels: int) -> None:
    sound = noise(channels=channels)
    source, ring = offline(sound)
    assert (ring.rate_hz, ring.channels) == (RATE, channels)
    got = pumped(source, ring, fps, 3.0)
    assert np.array_equal(got[: len(sound)], sound)
    assert not got[len(sound) + RATE // 100 :].any()
    assert source.ended
    assert source.status == "ended"


def test_offline_writes_exactly_what_is_due() -> None:
    source, ring = offline(noise())
    clock = StepClock(29.97)
    for _ in range(50):
        frame = clock.tick()
        source.pump(frame)
        assert ring.written == round(frame.seconds * RATE)
        assert source.position_seconds == pytest.approx(frame.seconds, abs=1 / RATE)


def test_loop_goes_round() -> None:
    sound = noise(0.5)
    source, ring = offline(sound, loop=True)
    got = pumped(source, ring, 60, 1.75)
    fade = RATE // 200 + 1
    assert np.array_equal(got[len(sound) + fade : 2 * len(sound)], sound[fade:])
    assert source.position_seconds == pytest.approx(0.25, abs=1e-3)
    assert not source.ended


def test_pause_seek_and_loop_while_playing() -> None:
    source, ring = offline(noise())
    pump_to = [Frame(k, k / 10, 0.1) for k in range(1, 20)]
    source.pump(pump_to[0])
    source.pause()
    assert source.status == "paused"
    source.pump(pump_to[4])
    assert source.position_seconds == pytest.approx(0.1, abs=1e-4)
    assert not ring.newest(1000).any()
    source.seek(1.5)
    source.play()
    source.pump(pump_to[5])
    assert source.position_seconds == pytest.approx(1.6, abs=1e-4)
    assert np.array_equal(ring.newest(1000), noise()[round(1.6 * RATE) - 1000 : round(1.6 * RATE)])
    source.loop = True
    source.pump(pump_to[10])
    assert source.position_seconds == pytest.approx(0.1, abs=1e-4)


def test_without_an_output_it_plays_silently_on_the_clock_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(wanted_hz: int) -> int:
        raise UserError("no output device")

    monkeypatch.setattr(file_module, "output_rate_hz", nothing)
    source = FileSource(Decoded(noise(channels=1), RATE), "x.wav", SourceChoice("file"))
    ring = Ring()
    source.start(ring)
    for frame in (Frame(500, 100.0, 0.02), Frame(501, 100.5, 0.5), Frame(502, 101.0, 0.5)):
        source.pump(frame)
    assert ring.written == RATE, "a source that is chosen mid-show begins there and then"
    assert np.array_equal(ring.newest(RATE), noise(channels=1)[:RATE].repeat(2, 1))
    assert source.status == "playing; silently: no output device"
    source.stop()
    source.stop()


class Tracer:
    stats = SimpleNamespace(output_underflows=0)
    done_frames, actual_time = 0, 0.0


class ForgottenStream:
    """An output that PortAudio knows no more: it began anew, to see what was plugged in."""

    latency, time = 0.1, 0.0
    actions = frozenset[object]()

    def play_buffer(self, *_: object) -> Tracer:
        return Tracer()

    def play_ringbuffer(self, _: object) -> object:
        return object()

    @property
    def active(self) -> bool:
        raise portaudio.sounddevice().PortAudioError("Invalid stream pointer")


class ForgottenSpeakers:
    def __init__(self, rate_hz: int) -> None:
        with portaudio.LOCK:
            self.stream, self.rate_hz = portaudio.Stream(ForgottenStream()), rate_hz

    def close(self) -> None:
        pass


def test_speakers_that_portaudio_forgot_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_module, "output_rate_hz", lambda wanted_hz: wanted_hz)
    monkeypatch.setattr(file_module, "Speakers", ForgottenSpeakers)
    monkeypatch.setattr(portaudio, "_open", set())
    source = FileSource(Decoded(noise(), RATE), "x.wav", SourceChoice("file"))
    source.start(Ring())
    source.pump(Frame(1, 0.02, 0.02))
    assert (source.waiting, source.status) == (True, "playing; silently: waiting for the sound output")
    source.stop()


def test_speakers_that_no_player_took_are_closed_with_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[object] = []

    def no_room(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(file_module, "output_rate_hz", lambda wanted_hz: wanted_hz)
    monkeypatch.setattr(ForgottenSpeakers, "close", lambda _: closed.append(1))
    monkeypatch.setattr(file_module, "Speakers", ForgottenSpeakers)
    monkeypatch.setattr(file_module, "SpeakerPlayer", no_room)
    monkeypatch.setattr(portaudio, "_open", set())
    source = FileSource(Decoded(noise(), RATE), "x.wav", SourceChoice("file"))
    with pytest.raises(MemoryError):
        source.start(Ring())
    source.stop()
    assert closed == [1]
    monkeypatch.setattr(file_module, "resampled", no_room)
    with pytest.raises(MemoryError):
        source.prepare()
    assert source._ready is None, "nothing was opened before"


def test_status_tells_of_truncation_and_start_begins_again() -> None:
    source, ring = offline(noise(), truncated="truncated: plays 2.0 s of 9.0 s")
    assert source.status == "playing; truncated: plays 2.0 s of 9.0 s"
    pumped(source, ring, 10, 1)
    source.stop()
    source.pump(Frame(99, 9.9, 0.1))
    assert ring.written == RATE
    source.start(ring)
    assert source.position_seconds == 0.0


def test_downmix() -> None:
    assert np.array_equal(in_stereo(Decoded(noise(0.1, 1), RATE)).samples, noise(0.1, 1).repeat(2, 1))
    many = in_stereo(Decoded(noise(0.1, 4), RATE)).samples
    assert np.allclose(many[:, 0], noise(0.1, 4)[:, [0, 2]].mean(1))
    assert np.allclose(many[:, 1], noise(0.1, 4)[:, [1, 3]].mean(1))


def test_open_source_needs_a_file() -> None:
    with pytest.raises(UserError, match="--file"):
        open_source(SourceChoice("file"))
    with pytest.raises(UserError, match=r"nowhere\.wav: no such file"):
        open_source(SourceChoice("file", file=Path("nowhere.wav")))
