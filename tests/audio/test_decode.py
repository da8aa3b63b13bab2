"""Every kind of sound file in, and every kind of broken one."""

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.audio import decode as decode_module
from app.audio.decode import decode
from app.problems import UserError

RATE = 48_000
FORMATS = {
    "wav": "pcm_s16le",
    "flac": "flac",
    "mp3": "libmp3lame",
    "ogg": "vorbis",
    "opus": "libopus",
    "m4a": "aac",
}


def sine(seconds: float, channels: int = 2, rate_hz: int = RATE) -> NDArray[np.float32]:
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.stack([0.5 * np.sin(2 * np.pi * 440 * (k + 1) * at) for k in range(channels)], 1).astype(np.float32)


def write(path: Path, sound: NDArray[np.float32], codec: str, rate_hz: int = RATE) -> Path:
    """Encode (frames, channels) with PyAV."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[sound.shape[1]]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate_hz, layout=layout, options={"strict": "experimental"})
        for start in range(0, len(sound), 1024):
            block = np.ascontiguousarray(sound[start : start + 1024])
            frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="flt", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate_hz, start, Fraction(1, rate_hz)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def cut(path: Path, share: float) -> Path:
    """Keep only the first part of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


@pytest.mark.parametrize("ending", FORMATS)
def test_formats(tmp_path: Path, ending: str) -> None:
    sound = sine(1.0)
    got = decode(write(tmp_path / f"sine.{ending}", sound, FORMATS[ending]))
    assert got.rate_hz == RATE
    assert got.samples.dtype == np.float32
    assert got.samples.shape[1] == 2
    assert abs(len(got.samples) - RATE) <= 2048
    assert got.truncated == ""
    middle = got.samples[RATE // 4 : 3 * RATE // 4]
    peaks_hz = np.abs(np.fft.rfft(middle, axis=0)).argmax(0) * 2
    assert peaks_hz.tolist() == [440, 880]
    assert np.allclose(np.sqrt((middle**2).mean(0)), 0.5 / np.sqrt(2), rtol=0.06)


@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_lossless_is_exact(tmp_path: Path, ending: str) -> None:
    sound = np.round(sine(0.5) * 32768) / np.float32(32768)
    assert np.array_equal(decode(write(tmp_path / f"s.{ending}", sound, FORMATS[ending])).samples, sound)


@pytest.mark.parametrize("channels", [1, 6])
def test_channels_are_kept(tmp_path: Path, channels: int) -> None:
    got = decode(write(tmp_path / "s.wav", sine(0.2, channels), "pcm_s16le"))
    assert np.allclose(got.samples, sine(0.2, channels), atol=1e-4)


def test_resampling_keeps_pitch_and_length(tmp_path: Path) -> None:
    got = decode(write(tmp_path / "s.wav", sine(1.0, 1, 44_100), "pcm_s16le", 44_100), rate_hz=RATE)
    assert got.rate_hz == RATE
    assert abs(len(got.samples) - RATE) <= 1
    assert np.abs(got.samples[1000:-1000] - sine(1.0, 1)[: len(got.samples)][1000:-1000]).max() < 1e-3


def test_sound_of_a_video(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=25)
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        audio = container.add_stream("aac", rate=RATE, layout="mono")
        for _ in range(25):
            container.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        for start in range(0, RATE - 1024, 1024):
            frame = av.AudioFrame.from_ndarray(sine(1.0, 1)[start : start + 1024].reshape(1, -1), "flt", "mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            container.mux(audio.encode(frame))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    got = decode(path)
    assert got.samples.shape[1] == 1
    assert 0.9 < got.seconds < 1.1


def test_nan_and_infinity_become_silence(tmp_path: Path) -> None:
    sound = sine(0.1, 1)
    sound[100:103, 0] = np.nan, np.inf, -np.inf
    got = decode(write(tmp_path / "bad.wav", sound, "pcm_f32le"))
    assert np.isfinite(got.samples).all()
    assert not got.samples[100:103].any()
    assert np.array_equal(got.samples[103:], sound[103:])


@pytest.mark.parametrize("ending", ["wav", "flac", "mp3", "ogg"])
def test_truncated_plays_as_far_as_it_goes_and_says_so(tmp_path: Path, ending: str) -> None:
    got = decode(cut(write(tmp_path / f"s.{ending}", sine(4.0), FORMATS[ending]), 0.5))
    assert 0.5 < got.seconds < 3.0
    assert got.truncated.startswith("truncated: ")
    assert f"plays {got.seconds:.1f} s" in got.truncated


def test_damage_in_the_middle_is_stepped_over(tmp_path: Path) -> None:
    path = write(tmp_path / "s.flac", sine(4.0), "flac")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(data)
    got = decode(path)
    assert got.seconds > 3.0
    assert got.truncated


def _video_only(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=25)
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        container.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        container.mux(video.encode(None))
    return path


_WAVES = {"zero seconds": (RATE, 0), "one sample": (RATE, 1), "slow": (100, 9000), "damaged rate": (500_000_000, 9000)}
"""Rate in Hz, frames."""


def _bad_file(folder: Path, kind: str) -> Path:
    path = folder / "bad.wav"
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("not a sound at all, only words\n" * 40)
    elif kind in _WAVES:
        rate_hz, frames = _WAVES[kind]
        with wave.open(str(path), "wb") as file:
            file.setparams((2, 2, rate_hz, 0, "NONE", ""))
            file.writeframes(bytes(4 * frames))
    elif kind == "folder":
        path.mkdir()
    elif kind == "video only":
        path = _video_only(folder / "bad.mp4")
    elif kind == "playlist":
        path = folder / "bad.m3u8"
        path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    return path


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", "no such file"),
        ("empty", "is empty"),
        ("text", "not a sound file"),
        ("zero seconds", "0 seconds"),
        ("one sample", "2e-05 seconds of sound"),
        ("slow", "100 samples a second"),
        ("damaged rate", "500000000 samples a second"),
        ("folder", "is a folder"),
        ("video only", "video without sound"),
        ("playlist", "bad.m3u8"),
    ],
)
def test_bad_files_are_refused_in_one_line(tmp_path: Path, kind: str, words: str) -> None:
    path = _bad_file(tmp_path, kind)
    with pytest.raises(UserError, match=words) as caught:
        decode(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_file_too_long_for_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_module, "MAX_BYTES", 100_000)
    with pytest.raises(UserError, match="too long to hold in memory"):
        decode(write(tmp_path / "s.wav", sine(1.0), "pcm_s16le"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400), ending=st.sampled_from(list(FORMATS)), position=st.floats(0, 1))
def test_any_damage_gives_sound_or_a_user_error(tmp_path: Path, data: bytes, ending: str, position: float) -> None:
    whole = tmp_path / f"whole.{ending}"
    if not whole.exists():
        write(whole, sine(0.3), FORMATS[ending])
    good = whole.read_bytes()
    at = int(position * len(good))
    damaged = tmp_path / f"damaged.{ending}"
    damaged.write_bytes(good[:at] + data + good[at + len(data) :])
    try:
        got = decode(damaged)
    except UserError:
        return
    assert len(got.samples)
    assert np.isfinite(got.samples).all()
