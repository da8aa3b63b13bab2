"""Moments to practise on."""

import numpy as np
import pytest

from app.training.experiment import When
from app.training.sounds import CALM, LOUD, Practice


@pytest.mark.parametrize("when", ["always", "calm", "loud"])
def test_moments_are_in_range_and_as_loud_as_asked(when: When) -> None:
    heard = Practice(1).sample(500, when).heard
    assert heard.shape == (500, 9)
    assert 0.0 <= heard.min() <= heard.max() <= 1.0
    if when == "calm":
        assert heard[:, 0].max() <= CALM
    if when == "loud":
        assert heard[:, 0].min() >= LOUD


def test_a_nudge_moves_one_input_of_each_moment_and_stays_in_range() -> None:
    practice = Practice(2)
    moments = practice.sample(200)
    moved = practice.nudged(moments, 0.5)
    changed = moved.heard != moments.heard
    assert (changed.sum(axis=1) == 1).all()
    assert np.allclose(np.abs(moved.heard - moments.heard)[changed], 0.5)
    assert 0.0 <= moved.heard.min() <= moved.heard.max() <= 1.0


def test_a_real_track_is_split_by_its_loudness() -> None:
    track = np.linspace(0.0, 1.0, 101)[:, None].repeat(9, axis=1)
    assert Practice(3, track).sample(50, "calm").heard.max() < CALM
    assert Practice(3, track).sample(50, "loud").heard.min() > LOUD


def test_chances_go_on_from_where_they_stood() -> None:
    practice, again = Practice(5), Practice(6)
    practice.sample(3)
    practice.nudged(practice.sample(3), 0.5)
    again.restore(practice.state())
    first, second = (each.nudged(each.sample(7), 0.5) for each in (practice, again))
    assert np.array_equal(first.heard, second.heard) and np.array_equal(first.seconds, second.seconds)


def test_a_track_without_loud_moments_has_them_invented() -> None:
    track = np.full((10, 9), 0.1)
    assert Practice(4, track).sample(20, "loud").heard[:, 0].min() >= LOUD
