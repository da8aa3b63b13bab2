"""A look's own bands: what they hear, and that nothing else hears differently because of them."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from app.audio.features import Analyzer, Features
from app.audio.own_bands import Range
from app.audio.ring import Block

Sound = NDArray[np.float32]
Make = Callable[..., Sound]
RATE_HZ = 48_000
KICK, HATS = Range(40.0, 90.0, 0.0), Range(7000.0, 14_000.0, 0.0)
BOTH = {"kick": KICK, "hats": HATS}


def tones(*parts: tuple[float, float], seconds: float = 1.5, rate_hz: int = RATE_HZ) -> Sound:
    """Sines of (frequency, amplitude), one after the other."""
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    waves = [amplitude * np.sin(2 * np.pi * hz * t) for hz, amplitude in parts]
    return np.concatenate(waves)[:, None].astype(np.float32)


def hear(sound: Sound, ranges: dict[str, Range], rate_hz: int = RATE_HZ) -> list[Features]:
    analyzer = Analyzer()
    analyzer.listen(ranges)
    return list(analyzer.hops(Block(sound, rate_hz)))


@pytest.mark.parametrize("rate_hz", [22_050, 48_000])
def test_each_band_hears_its_own_frequencies(rate_hz: int) -> None:
    hops = hear(tones((60.0, 0.5), (9000.0, 0.5), (600.0, 0.5), rate_hz=rate_hz), BOTH, rate_hz)
    low, high, other = (hops[i].bands for i in (140, 290, 440))
    assert low["kick"] > 0.8
    assert high["hats"] > 0.8
    assert max(low["hats"], high["kick"], *other.values()) < 0.25


def test_the_gain_is_automatic_and_a_performers_comes_on_top() -> None:
    loud, faint = (hear(tones((60.0, amplitude)), {"kick": KICK})[-1].bands["kick"] for amplitude in (0.8, 0.08))
    assert loud == pytest.approx(faint, abs=0.02)
    soft, full = (
        hear(tones((60.0, 0.5)), {"kick": KICK._replace(gain_db=gain_db)})[-1].bands["kick"] for gain_db in (-12, 12)
    )
    assert soft == pytest.approx(loud * 10 ** (-12 / 20 * 0.6), abs=0.02)
    assert full == pytest.approx(1.0, abs=1e-3)


def test_silence_is_zero_and_so_is_what_lies_above_the_sound(groove: Make) -> None:
    assert hear(np.zeros((RATE_HZ, 1), np.float32), BOTH)[-1].bands == {"kick": 0.0, "hats": 0.0}
    assert hear(tones((60.0, 0.5), rate_hz=8000), {"hats": HATS}, 8000)[-1].bands == {"hats": 0.0}
    music = np.concatenate([groove(0.2 + 0.5 * np.arange(2), 1), np.zeros((3 * RATE_HZ // 2, 1), np.float32)])
    hops = hear(music, BOTH)
    assert max(hop.bands["kick"] for hop in hops) > 0.5
    assert hops[-1].bands["kick"] < 0.01


def test_block_sizes_do_not_matter_and_the_nine_are_the_same_bit_for_bit(groove: Make) -> None:
    music = groove(0.2 + 0.5 * np.arange(2), 1)
    analyzer, parts = Analyzer(), []
    analyzer.listen(BOTH)
    for start in range(0, len(music), 777):
        parts += [hop.bands for hop in analyzer.hops(Block(music[start : start + 777], RATE_HZ))]
    with_bands, without = hear(music, BOTH), hear(music, {})
    assert parts == [hop.bands for hop in with_bands]
    assert [hop.heard for hop in with_bands] == [hop.heard for hop in without]
    assert without[-1].bands == {}


def test_bands_come_go_and_change_without_a_jump() -> None:
    analyzer, sound = Analyzer(), tones((60.0, 0.5), seconds=3.0)
    analyzer.listen({"kick": KICK})
    before = analyzer.step(Block(sound[:RATE_HZ], RATE_HZ)).bands["kick"]
    analyzer.listen({"other": HATS, "kick": KICK._replace(high_hz=120.0)})
    after = analyzer.step(Block(sound[RATE_HZ : RATE_HZ + 480], RATE_HZ)).bands
    assert after["kick"] == pytest.approx(before, abs=0.05)
    assert list(after) == ["other", "kick"]
    analyzer.listen({})
    assert analyzer.step(Block(sound[-480:], RATE_HZ)).bands == {}
    analyzer.listen({"kick": KICK})
    assert analyzer.step(Block(tones((60.0, 0.5), rate_hz=44_100), 44_100)).bands["kick"] > 0.8, "at another rate too"
