import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audio.spectrum import Bands, History, Window, log_edges, mel_filters, share, smooth_size


def looked(hz: float, rate_hz: int, seconds: float = 0.1) -> Window:
    window = Window(seconds, rate_hz)
    history = History(window.frames, window.frames)
    history.append(np.sin(2 * np.pi * hz * np.arange(window.frames) / rate_hz).astype(np.float32))
    window.look(history)
    return window


def test_history_keeps_the_newest_across_its_moves() -> None:
    history = History(10, 3)
    for start in range(0, 3000, 3):
        history.append(np.arange(start, start + 3, dtype=np.float32))
        expected = np.arange(start - 7, start + 3).clip(0)
        np.testing.assert_array_equal(history.newest(10), expected)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
def test_a_sine_has_its_amplitude_and_its_power(rate_hz: int) -> None:
    window = looked(1000.0, rate_hz)
    assert window.amplitude.max() == pytest.approx(1.0, abs=0.03)
    assert window.power.sum() == pytest.approx(0.5, abs=0.01)
    assert window.amplitude.argmax() * window.bin_hz == pytest.approx(1000, abs=window.bin_hz)


def test_bands_share_out_all_energy() -> None:
    window = looked(1000.0, 48_000)
    energies = Bands(log_edges(30.0, 20_000.0, 40), window).energies(window.power)
    assert energies.sum() == pytest.approx(0.5, abs=0.01)
    edges = log_edges(30.0, 20_000.0, 40)
    strongest = int(energies.argmax())
    assert edges[strongest] - window.bin_hz < 1000 < edges[strongest + 1] + window.bin_hz


def test_bands_narrower_than_a_bin_add_up_to_it() -> None:
    window = looked(50.0, 48_000)
    fine = Bands(np.linspace(40, 60, 101), window).energies(window.power)
    coarse = Bands(np.array([40.0, 60.0]), window).energies(window.power)
    assert fine.sum() == pytest.approx(float(coarse[0]), rel=1e-4)


def test_bands_above_half_the_rate_are_empty() -> None:
    window = looked(1000.0, 8_000)
    assert Bands(np.array([5000.0, 9000.0, 16_000.0]), window).energies(window.power).tolist() == [0, 0]


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 192_000])
def test_mel_filters_average(rate_hz: int) -> None:
    window = Window(0.046, rate_hz)
    sums = mel_filters(40, 30.0, 16_000.0, window).sum(axis=1)
    assert set(np.round(sums, 4).tolist()) <= {0.0, 1.0}
    assert (sums > 0.5).sum() == pytest.approx(40 if rate_hz > 32_000 else 26, abs=2)


@given(st.floats(100, 20_000))
def test_smooth_sizes_are_near_even_and_smooth(frames: float) -> None:
    size = smooth_size(frames)
    assert size % 2 == 0
    assert abs(size - frames) <= 0.07 * frames
    for prime in (2, 3, 5):
        while size % prime == 0:
            size //= prime
    assert size == 1


def test_share_makes_two_steps_of_one() -> None:
    one, two = share(0.01, 0.2), share(0.02, 0.2)
    assert 1 - (1 - one) ** 2 == pytest.approx(two)
