import numpy as np
import pytest

from app.audio.ring import Block, Samples
from app.output.soundtrack import Soundtrack, recorded_rate, stereo


def tone(frames: int, rate_hz: int, channels: int = 1, start: int = 0) -> Samples:
    wave = np.sin(2 * np.pi * 440 * (np.arange(frames) + start) / rate_hz)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


@pytest.mark.parametrize(("source_hz", "recorded_hz"), [(44_100, 44_100), (48_000, 48_000), (96_000, 48_000)])
def test_rate_of_the_recording(source_hz: int, recorded_hz: int) -> None:
    assert recorded_rate(source_hz) == recorded_hz


def test_one_channel_goes_to_both_ears_and_of_many_the_first_two_are_taken() -> None:
    one = np.array([[0.25], [0.5]], np.float32)
    assert stereo(one).tolist() == [[0.25, 0.25], [0.5, 0.5]]
    six = np.arange(12, dtype=np.float32).reshape(2, 6)
    assert stereo(six).tolist() == [[0, 1], [6, 7]]


def test_what_is_heard_comes_out_sample_for_sample() -> None:
    track = Soundtrack(48_000)
    sound = tone(5000, 48_000, 2)
    for start in range(0, 5000, 700):
        track.add(Block(sound[start : start + 700], 48_000))
    taken = [track.take(end) for end in (1, 2000, 2000, 9999)]
    assert [t.shape[0] for t in taken] == [1, 1999, 0, 3000]
    assert np.array_equal(np.concatenate(taken), sound)


def test_the_end_is_cut_or_made_up_with_silence() -> None:
    track = Soundtrack(48_000)
    track.add(Block(np.ones((100, 1), np.float32), 48_000))
    assert track.take_all(60).shape == (60, 2)
    assert track.take_all(150)[:, 0].tolist() == [1.0] * 40 + [0.0] * 50


def test_another_source_with_another_rate_goes_on_in_time_and_in_tune() -> None:
    track = Soundtrack(48_000)
    track.add(Block(tone(48_000, 48_000), 48_000))
    for start in range(0, 44_100, 441):
        track.add(Block(tone(441, 44_100, 3, start), 44_100))
    track.add_silence(0.5)
    track.add(Block(tone(24_000, 48_000), 48_000))
    sound = track.take_all(48_000 * 3)[:, 0]
    wanted = tone(48_000, 48_000)[:, 0]
    assert np.abs(sound[48_500:95_500] - wanted[500:47_500]).max() < 0.01
    assert np.abs(sound[96_500:119_500]).max() < 0.01
    assert np.array_equal(sound[120_000:], wanted[:24_000])


def test_many_small_silences_do_not_drift() -> None:
    track = Soundtrack(44_100)
    for _ in range(1440):
        track.add_silence(1 / 144)
    assert track.held_seconds == pytest.approx(10, abs=2 / 44_100)
