from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from app.audio.features import Analyzer, Features
from app.audio.rhythm import SteadyPhase
from app.audio.ring import Block
from app.audio.tempo import BarPointer
from app.audio.votes import HalfTimeVote, KickVote
from app.commands.features import beat_times, overall_tempo

Sound = NDArray[np.float32]
Times = NDArray[np.float64]
Make = Callable[..., Sound]
DT = 0.01


def hear(sound: Sound) -> list[Features]:
    return list(Analyzer().hops(Block(sound, 48_000)))


def steady(bpm: float, seconds: float, start: float = 0.3) -> Times:
    return np.arange(start, seconds - 0.2, 60 / bpm)


def matched(beats: Times, found: Times) -> float:
    import mir_eval  # here: it brings SciPy, and every process of a test run reads all tests

    return float(mir_eval.beat.f_measure(beats, found))


def f_measure(beats: Times, hops: list[Features], after: float = 5.0) -> float:
    found = np.array(beat_times(hops))
    return matched(beats[beats >= after], found[found >= after])


@pytest.mark.parametrize("bpm", [72, 90, 120, 150, 174])
def test_clicks(clicks: Make, bpm: int) -> None:
    beats = steady(bpm, 20)
    hops = hear(clicks(beats, 20.0))
    assert f_measure(beats, hops) > 0.93
    assert overall_tempo(hops) == pytest.approx(bpm, rel=0.02)
    assert hops[-1].tempo_confidence > 0.7


@pytest.mark.parametrize("bpm", [85, 124, 168])
def test_grooves(groove: Make, bpm: int) -> None:
    beats = steady(bpm, 20)
    hops = hear(groove(beats, 20.0))
    assert f_measure(beats, hops) > 0.9
    assert overall_tempo(hops) == pytest.approx(bpm, rel=0.02)


@pytest.mark.parametrize("gain", [0.01, 20.0])
def test_quiet_and_clipped_grooves(groove: Make, gain: float) -> None:
    beats = steady(118, 20)
    hops = hear(np.clip(groove(beats, 20.0) * np.float32(gain), -1, 1))
    assert f_measure(beats, hops) > 0.9


def test_swing(clicks: Make) -> None:
    beats = steady(130, 20)
    swung = np.sort(np.concatenate([beats, beats[1::2] + 0.66 * 60 / 130]))
    assert f_measure(beats, hear(clicks(swung, 20.0))) > 0.9


def test_eight_right_beats_within_six_seconds(groove: Make) -> None:
    beats = steady(126, 12)
    found = np.array(beat_times(hear(groove(beats, 12.0))))
    right = [np.abs(beats - at).min() < 0.07 for at in found]
    runs = [found[i] for i in range(len(found) - 7) if all(right[i : i + 8])]
    assert runs[0] < 6


def test_a_tempo_ramp_is_followed(groove: Make) -> None:
    gaps = 60 / np.linspace(100, 128, 60)
    beats = 0.3 + np.concatenate([[0], np.cumsum(gaps)])[:-1]
    hops = hear(groove(beats, float(beats[-1]) + 0.3))
    assert f_measure(beats, hops) > 0.9
    assert hops[-1].tempo_bpm == pytest.approx(128, rel=0.04)


def test_it_comes_back_after_a_break_in_another_tempo(groove: Make) -> None:
    first, second = steady(138, 10), 14.2 + steady(116, 14)
    silence = np.zeros((4 * 48_000, 1), np.float32)
    hops = hear(np.concatenate([groove(first, 10.0), silence, groove(second - 14.0, 14.2)]))
    assert hops[1200].tempo_confidence < 0.05
    found = np.array(beat_times(hops))
    assert not ((found > 12.6) & (found < 14.0)).any()
    late = found[found > 19.5]
    assert matched(second[second > 19.5], late) > 0.9


def test_noise_has_no_tempo(noise: Make) -> None:
    hops = hear(noise(0.1, 20.0))
    assert np.mean([hop.tempo_confidence for hop in hops]) < 0.1
    assert overall_tempo(hops) == 0


def test_phase_never_runs_backwards_and_beats_are_causal(groove: Make, noise: Make) -> None:
    sound = np.concatenate([groove(steady(97, 8), 8.0), noise(0.2, 4.0), groove(steady(150, 8), 8.0)])
    hops = hear(sound)
    steps = np.diff([hop.beats + hop.beat for hop in hops])[100:]
    assert steps.min() >= 0
    assert steps.max() < 1.51 * 215 / 60 * DT
    assert all(hop.beat_seconds <= hop.seconds for hop in hops)
    assert all(0 <= hop.beat < 1 for hop in hops)
    assert (np.diff(beat_times(hops)) > 0.15).all()


def test_beats_do_not_depend_on_what_comes_later(groove: Make, noise: Make) -> None:
    music = groove(steady(120, 8), 8.0)
    alone, followed = beat_times(hear(music)), beat_times(hear(np.concatenate([music, noise(0.3, 4.0)])))
    assert followed[: len(alone)] == alone


def test_kick_vote_moves_the_beat_to_the_kick() -> None:
    vote, shift = KickVote(DT), 0.0
    for hop in range(1500):
        phase = hop * DT * 2 % 1
        shift = vote.step(phase, 1.0 if abs(phase - 0.5) < 0.05 else 0.1)
    assert shift == 0.5


def halved(weak: float, between: float, bpm: float) -> float:
    """Return the tempo after 20 s of beats of which every other one has the strength `weak`."""
    vote, hz = HalfTimeVote(DT), bpm / 60
    followed = hz
    for hop in range(2000):
        position = hop * DT * hz
        phase = position % 1
        strength = 1.0 if round(position) % 2 == 0 else weak
        drive = strength if min(phase, 1 - phase) < 0.08 else between if abs(phase - 0.5) < 0.08 else 0.0
        _, followed = vote.step(phase, hz, drive)
    return 60 * followed


def test_half_time_vote() -> None:
    assert halved(0.2, 0.0, 160) == pytest.approx(80)
    assert halved(0.9, 0.0, 160) == pytest.approx(160)
    assert halved(0.2, 0.5, 160) == pytest.approx(160)
    assert halved(0.2, 0.0, 120) == pytest.approx(120)


def test_bar_pointer_stays_a_distribution_and_finds_a_period() -> None:
    pointer = BarPointer(DT)
    for hop in range(1000):
        pointer.step(1.0 if hop % 50 == 0 else 0.0)
    assert pointer.belief.sum() == pytest.approx(1, abs=1e-4)
    assert pointer.belief.min() >= 0
    row, place = pointer.best()
    assert pointer.periods[row] == 50
    assert place == pytest.approx(49, abs=3)


def test_steady_phase_catches_up_without_stepping_back() -> None:
    loop, places = SteadyPhase(DT), []
    for hop in range(600):
        loop.follow((hop * DT * 2 + (0.4 if hop > 300 else 0.0)) % 1, 2.0, hop * DT)
        places.append(loop.beats + loop.phase)
    assert np.diff(places).min() > 0
    assert (places[-1] - 599 * DT * 2) % 1 == pytest.approx(0.4, abs=0.02)
