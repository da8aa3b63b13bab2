import statistics
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audio.features import Features
from app.clock import Frame
from app.modulation.lfo import SHAPES
from app.modulation.routes import Modulator
from app.preset import Preset, Route
from app.tempo.beat import Beat

RANDOM = ("random", "noise")


@given(st.sampled_from(sorted(SHAPES)), st.floats(-1e4, 1e6), st.integers(0, 63))
def test_every_shape_stays_between_0_and_1(shape: str, turns: float, seed: int) -> None:
    assert -1e-9 <= SHAPES[shape](turns, seed) <= 1 + 1e-9


@pytest.mark.parametrize("shape", sorted(set(SHAPES) - set(RANDOM)))
def test_every_regular_shape_repeats(shape: str) -> None:
    for i in range(10):
        assert SHAPES[shape](i / 10 + 0.01, 0) == pytest.approx(SHAPES[shape](i / 10 + 7.01, 3), abs=1e-9)


@pytest.mark.parametrize(
    ("shape", "values"),
    [
        ("sine", (0.0, 0.5, 1.0, 0.5)),
        ("triangle", (0.0, 0.5, 1.0, 0.5)),
        ("saw", (0.0, 0.25, 0.5, 0.75)),
        ("square", (1.0, 1.0, 0.0, 0.0)),
    ],
)
def test_shapes(shape: str, values: tuple[float, ...]) -> None:
    assert [SHAPES[shape](i / 4, 0) for i in range(4)] == pytest.approx(values)


def test_decay_is_struck_and_dies() -> None:
    values = [SHAPES["decay"](i / 20, 0) for i in range(20)]
    assert values[0] == pytest.approx(1.0)
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.01


def test_random_holds_a_period_and_is_spread_and_the_same_each_time() -> None:
    random = SHAPES["random"]
    assert random(3.01, 0) == random(3.99, 0)
    values = [random(float(i), 0) for i in range(1000)]
    assert statistics.mean(values) == pytest.approx(0.5, abs=0.05)
    assert statistics.pstdev(values) == pytest.approx(0.289, abs=0.03)
    assert random(3.0, 0) != random(3.0, 1)


def test_noise_wanders_without_jumps() -> None:
    values = [SHAPES["noise"](i / 800, 0) for i in range(8000)]
    assert max(abs(a - b) for a, b in pairwise(values)) < 0.02
    assert max(values) - min(values) > 0.7


def hue(preset: Preset, *moments: tuple[float, float]) -> list[float]:
    """Return the hue at each (beat position, seconds since the moment before)."""
    modulator = Modulator()
    return [
        modulator.step(preset, Features(), Frame(i, 0.0, dt), beat=Beat(position, 120.0, 1.0)).params["hue"]
        for i, (position, dt) in enumerate(moments)
    ]


def test_a_route_from_an_lfo_swings_with_the_beat() -> None:
    preset = Preset(routes=[Route(source="sine", param="hue", amount=0.5, beats=16)])
    assert hue(preset, (0, 0.1), (4, 0.1), (8, 0.1), (16, 0.1)) == pytest.approx([0, 90, 180, 0])
    half = Preset(routes=[Route(source="saw", param="hue", amount=0.5, beats=4, phase=0.5)])
    assert hue(half, (0, 0.1), (1, 0.1), (3, 0.1)) == pytest.approx([90, 135, 45])


def test_a_free_lfo_heeds_time_only_and_does_not_jump_with_its_frequency() -> None:
    route = Route(source="saw", param="hue", amount=0.5, hz=0.5)
    preset = Preset(routes=[route])
    modulator = Modulator()

    def step(seconds: float) -> float:
        return modulator.step(preset, Features(), Frame(0, 0.0, seconds), beat=Beat(99.3)).params["hue"]

    assert step(0.5) == pytest.approx(45)
    route.hz = 4.0
    assert step(0.0) == pytest.approx(45)
    assert step(0.125) == pytest.approx(135)


def test_attack_and_release_smooth_an_lfo_too() -> None:
    preset = Preset(routes=[Route(source="square", param="hue", amount=0.5, beats=1, release_seconds=1.0)])
    high, low = hue(preset, (0.1, 0.1), (0.6, 0.1))
    assert high == pytest.approx(180)
    assert 0.85 * 180 < low < 180


def test_the_values_tell_what_each_route_brings() -> None:
    preset = Preset(
        routes=[
            Route(source="bass", param="zoom", curve="square", amount=-0.3),
            Route(source="saw", param="not.there"),
            Route(source="saw", param="hue", beats=4),
        ]
    )
    values = Modulator().step(preset, Features(bass=0.5), Frame(1, 0.1, 0.1), beat=Beat(3.0))
    assert values.arriving == pytest.approx((0.25, 0.0, 0.75))
