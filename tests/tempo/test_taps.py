import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tempo.taps import FASTEST_BPM, SLOWEST_BPM, Taps


def tapped(*seconds: float) -> float:
    taps = Taps()
    bpm = 0.0
    for moment in seconds:
        bpm = taps.tap(moment)
    return bpm


def test_one_tap_is_no_tempo_and_two_are() -> None:
    assert tapped(1.0) == 0.0
    assert tapped(1.0, 1.5) == pytest.approx(120.0)


@pytest.mark.parametrize("bpm", [60.0, 93.0, 128.0, 174.0])
def test_eight_taps_of_a_human_hand_are_close(bpm: float) -> None:
    hand = random.Random(1)
    heard = tapped(*(i * 60 / bpm + hand.gauss(0, 0.012) for i in range(9)))
    assert heard == pytest.approx(bpm, rel=0.015)


def test_a_pause_begins_a_new_row() -> None:
    assert tapped(0.0, 0.5, 1.0, 4.0) == 0.0
    assert tapped(0.0, 0.5, 1.0, 4.0, 4.4) == pytest.approx(150.0)


def test_another_tempo_is_taken_up_at_its_second_tap() -> None:
    assert tapped(0.0, 0.5, 1.0, 1.5, 2.4, 3.3) == pytest.approx(60 / 0.9)


def test_a_trembling_finger_is_one_tap() -> None:
    assert tapped(0.0, 0.5, 0.55, 1.0) == pytest.approx(120.0)


@given(st.lists(st.floats(0, 5), max_size=40))
def test_any_row_of_taps_gives_a_tempo_in_range_or_none(intervals: list[float]) -> None:
    taps, now = Taps(), 0.0
    for interval in intervals:
        now += interval
        bpm = taps.tap(now)
        assert bpm == 0.0 or SLOWEST_BPM <= bpm <= FASTEST_BPM
