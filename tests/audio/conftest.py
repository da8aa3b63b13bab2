"""Sounds with known content, made from formulas so that every sample rate hears the same."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from app.audio import chatter

Sound = NDArray[np.float32]
Times = NDArray[np.float64]
Groove = Callable[..., Sound]


def strike(rate_hz: int, seconds: float, tau: float, *partials: tuple[float, float]) -> NDArray[np.float64]:
    """A sum of (hz, gain) sines that dies away."""
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    sines = [gain * np.sin(2 * np.pi * hz * t + hz) for hz, gain in partials]
    return np.asarray(np.sum(sines, axis=0) * np.exp(-t / tau))


def place(sound: NDArray[np.float64], rate_hz: int, hit: NDArray[np.float64], at: float) -> None:
    start = round(at * rate_hz)
    part = hit[: max(sound.size - start, 0)]
    sound[start : start + part.size] += part


@pytest.fixture(autouse=True)
def strained(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """How often stderr was strained; not really, as that lasts as long as the process."""
    calls: list[None] = []
    monkeypatch.setattr(chatter, "strain", lambda: calls.append(None))
    return calls


HAT = tuple((5000 + 217.3 * k, 0.02) for k in range(20))
SNARE = tuple((190 + 133.7 * k, 0.05) for k in range(30))


def make_clicks(beats: Times, seconds: float, rate_hz: int = 48_000) -> Sound:
    """A short woodblock at every beat, shape (frames, 1)."""
    sound = np.zeros(int(seconds * rate_hz))
    for at in beats:
        place(sound, rate_hz, strike(rate_hz, 0.05, 0.008, (800, 0.4), (1760, 0.3), (4310, 0.2)), at)
    return np.asarray(sound[:, None], np.float32)


def make_groove(beats: Times, seconds: float, rate_hz: int = 48_000) -> Sound:
    """Kick, snare, hats, bass and a chord of two notes on the given beats, shape (frames, 1), peak about 0.9."""
    sound = np.zeros(int(seconds * rate_hz))
    gaps = np.append(np.diff(beats), 0.5)
    kick = strike(rate_hz, 0.3, 0.08, (52, 0.6), (95, 0.3))
    snare, hat = strike(rate_hz, 0.2, 0.05, *SNARE), strike(rate_hz, 0.06, 0.015, *HAT)
    for number, (at, gap) in enumerate(zip(beats, gaps, strict=True)):
        place(sound, rate_hz, snare if number % 2 else kick, at)
        place(sound, rate_hz, hat, at)
        place(sound, rate_hz, hat, at + gap / 2)
        place(sound, rate_hz, strike(rate_hz, 0.3, 0.15, (55, 0.2), (110, 0.1)), at + gap / 2)
        if number % 4 == 0:
            place(sound, rate_hz, strike(rate_hz, 1.5, 0.8, (440, 0.1), (659.3, 0.08)), at)
    return np.asarray(sound[:, None] * (0.9 / np.abs(sound).max()), np.float32)


@pytest.fixture(scope="session")
def clicks() -> Groove:
    return make_clicks


@pytest.fixture(scope="session")
def groove() -> Groove:
    return make_groove


@pytest.fixture(scope="session")
def noise() -> Callable[[float, float], Sound]:
    """Pink noise of a given RMS and length at 48 kHz."""

    def make(rms: float, seconds: float) -> Sound:
        white = np.fft.rfft(np.random.default_rng(3).standard_normal(int(seconds * 48_000)))
        pink = np.fft.irfft(white / np.sqrt(np.arange(white.size) + 1.0))
        return np.asarray(pink[:, None] * (rms / pink.std()), np.float32)

    return make
