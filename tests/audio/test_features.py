from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.audio.features import BANDS, FEATURES, Analyzer, Features
from app.audio.ring import Block

Sound = NDArray[np.float32]
Make = Callable[..., Sound]
BEATS = 0.5 + 0.5 * np.arange(40)
STEADY = [FEATURES.index(name) for name in FEATURES if name != "beat"]


def hear(sound: Sound, rate_hz: int = 48_000) -> list[Features]:
    return list(Analyzer().hops(Block(sound, rate_hz)))


def table(hops: list[Features]) -> NDArray[np.float64]:
    """The nine features of every hop, shape (hops, 9)."""
    return np.array([hop.heard for hop in hops])


def everything(hop: Features) -> NDArray[np.float64]:
    return np.array([*hop.heard, hop.seconds, hop.level_dbfs, hop.gain_db, hop.tempo_bpm, hop.beats, *hop.spectrum])


def sine(hz: float, seconds: float, amplitude: float = 1.0, rate_hz: int = 48_000) -> Sound:
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * hz * t))[:, None].astype(np.float32)


@pytest.fixture(scope="module")
def music(groove: Make) -> Sound:
    return groove(BEATS, 12)


@pytest.fixture(scope="module")
def heard(music: Sound) -> NDArray[np.float64]:
    return table(hear(music))


@pytest.fixture(scope="module")
def two_seconds(music: Sound) -> NDArray[np.float64]:
    return np.array([everything(hop) for hop in hear(music[:96_000])])


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=30))
@settings(max_examples=12, deadline=None)
def test_block_sizes_do_not_matter(music: Sound, two_seconds: NDArray[np.float64], sizes: list[int]) -> None:
    sound = music[:96_000]
    analyzer, parts, start = Analyzer(), [], 0
    for size in [*sizes, sound.shape[0]]:
        parts += [everything(hop) for hop in analyzer.hops(Block(sound[start : start + size], 48_000))]
        start += size
    np.testing.assert_allclose(np.array(parts), two_seconds, atol=1e-6)


def test_step_returns_the_newest_hop_and_keeps_it_between_hops(music: Sound) -> None:
    analyzer = Analyzer()
    last = analyzer.step(Block(music[:48_000], 48_000))
    np.testing.assert_array_equal(everything(last), everything(hear(music[:48_000])[-1]))
    assert analyzer.step(Block(music[:100], 48_000)) is last
    assert analyzer.step(Block(music[:0], 48_000)) is last
    assert last.seconds == pytest.approx(1.0)


@pytest.mark.parametrize("rate_hz", [44_100, 96_000])
def test_sample_rates_hear_the_same(groove: Make, heard: NDArray[np.float64], rate_hz: int) -> None:
    other = table(hear(groove(BEATS, 12, rate_hz), rate_hz))
    size = min(len(heard), len(other))
    gaps = np.abs(heard[:size] - other[:size])[200:]
    assert gaps[:, STEADY].mean(axis=0).max() < 0.03
    beat = gaps[:, FEATURES.index("beat")]
    assert np.minimum(beat, 1 - beat)[400:].mean() < 0.03


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 88_200, 192_000])
def test_any_rate_works(groove: Make, rate_hz: int) -> None:
    hops = hear(groove(BEATS, 4, rate_hz), rate_hz)
    values = table(hops)
    assert len(hops) == pytest.approx(400, abs=2)
    assert np.isfinite(values).all()
    assert values[200:, :4].mean(axis=0)[: 3 if rate_hz < 16_000 else 4].min() > 0.05


def test_channels_are_averaged(music: Sound, heard: NDArray[np.float64]) -> None:
    for channels in (2, 8):
        wide = np.ascontiguousarray(np.repeat(music[:240_000], channels, axis=1))
        np.testing.assert_allclose(table(hear(wide)), heard[:500], atol=1e-4)


def test_a_new_rate_starts_afresh(music: Sound, groove: Make) -> None:
    analyzer = Analyzer()
    analyzer.step(Block(music[:100_001], 48_000))
    again = list(analyzer.hops(Block(groove(BEATS, 2, 44_100), 44_100)))
    np.testing.assert_array_equal(table(again), table(hear(groove(BEATS, 2, 44_100), 44_100)))
    assert analyzer.hop_seconds == pytest.approx(0.01)


def test_music_moves_every_feature(heard: NDArray[np.float64]) -> None:
    settled = heard[300:]
    assert settled.min() >= 0
    assert settled.max() <= 1
    spans = np.ptp(settled, axis=0)
    assert spans[:6].min() > 0.2, dict(zip(FEATURES, spans, strict=True))
    assert spans[FEATURES.index("beat")] > 0.9
    assert spans[7:].min() > 0.03
    assert (settled[:, :4] > 0.97).mean() < 0.05


def test_quiet_music_reacts_like_loud_music(music: Sound, heard: NDArray[np.float64]) -> None:
    quiet = hear(music * np.float32(0.01))
    gaps = np.abs(table(quiet)[300:] - heard[300:])
    assert gaps[:, STEADY].mean(axis=0).max() < 0.1
    assert quiet[-1].gain_db > 20


def test_clipped_music_keeps_its_movement(music: Sound) -> None:
    values = table(hear(np.clip(music * 10, -1, 1)))[300:]
    assert np.isfinite(values).all()
    assert np.ptp(values[:, :5], axis=0).min() > 0.15


def test_loud_and_soft_passages_stay_apart(groove: Make) -> None:
    sound = groove(BEATS, 12)
    sound[6 * 48_000 :] *= np.float32(0.25)
    loudness = table(hear(sound))[:, 0]
    assert loudness[800:1000].mean() < 0.75 * loudness[400:600].mean()


@pytest.mark.parametrize("rms", [0.0, 1e-5, 1e-4, 1e-3])
def test_silence_and_faint_noise_stay_silent(noise: Make, rms: float) -> None:
    hops = hear(noise(rms, 30.0) if rms else np.zeros((30 * 48_000, 1), np.float32))
    values = table(hops)
    assert values[:, :7].max() < 0.05
    np.testing.assert_allclose(values[:, 7:], 0.5, atol=0.02)
    assert not any(hop.gate_open for hop in hops)
    assert hops[-1].spectrum.max() == 0


def test_silence_after_music_fades_and_holds_the_gain(music: Sound, noise: Make) -> None:
    after = hear(np.concatenate([music[:288_000], noise(2e-4, 30.0)]))
    gains = [hop.gain_db for hop in after[700:]]
    assert max(gains) - min(gains) == 0
    assert table(after[1100:])[:, :7].max() < 0.05
    assert after[850].tempo_confidence < 0.05
    assert after[-1].beats == after[900].beats


def test_a_constant_offset_is_no_sound(music: Sound, heard: NDArray[np.float64]) -> None:
    assert not hear(np.full((48_000 * 3, 1), 0.2, np.float32))[-1].gate_open
    shifted = table(hear(music + np.float32(0.2)))
    assert np.abs(shifted - heard)[300:, STEADY].mean(axis=0).max() < 0.02


@pytest.mark.parametrize(("hz", "band"), [(100.0, "bass"), (1000.0, "mid"), (6000.0, "treble")])
def test_a_full_scale_sine_is_heard_where_it_is_and_pins_nothing(hz: float, band: str) -> None:
    hop = hear(sine(hz, 10))[-1]
    values = dict(zip(FEATURES, hop.heard, strict=True))
    assert 0.6 < values[band] < 0.95
    assert 0.6 < values["loudness"] < 0.95
    assert max(values[other] for other in ("bass", "mid", "treble") if other != band) < 0.1
    assert values["onset"] < 0.1
    assert hop.level_dbfs == pytest.approx(-3.01, abs=0.1)
    assert hop.spectrum.shape == (BANDS,)
    assert abs(int(hop.spectrum.argmax()) - BANDS * np.log(hz / 30) / np.log(16_000 / 30)) < 2


def test_centroid_rises_with_pitch() -> None:
    places = [hear(sine(hz, 2, 0.3))[-1].centroid for hz in (150, 400, 1000, 3000, 7000)]
    assert places == sorted(places)
    assert places[-1] - places[0] > 0.7


def test_onsets_are_heard_when_they_come(clicks: Make) -> None:
    onset = table(hear(clicks(1.0 + np.arange(4), 5.0)))[:, FEATURES.index("onset")]
    for at in (200, 300, 400):
        assert onset[at - 3 : at].max() < 0.1
        assert onset[at : at + 5].max() > 0.5


def pitch(hz: float) -> complex:
    hop = hear(sine(hz, 3, 0.3))[-1]
    return complex(hop.chroma1 - 0.5, hop.chroma2 - 0.5)


def test_transposing_by_a_semitone_turns_the_chroma_by_a_twelfth() -> None:
    circle = np.array([pitch(261.6256 * 2 ** (k / 12)) for k in range(13)])
    turns = np.angle(circle[1:] / circle[:-1], deg=True)
    np.testing.assert_allclose(turns, 30, atol=6)
    assert np.abs(circle).min() > 0.3


def test_octaves_share_a_chroma_and_glides_are_smooth() -> None:
    assert abs(pitch(220) - pitch(440)) < 0.1
    steps = [pitch(440 * 2 ** (cents / 1200)) for cents in (0, 25, 50, 75, 100)]
    assert np.abs(np.diff(steps)).max() < 0.12


def test_no_tone_is_the_middle(noise: Make) -> None:
    values = table(hear(noise(0.1, 6.0)))[300:, 7:]
    assert np.abs(values - 0.5).max() < 0.15
