from itertools import pairwise

import pytest

from app.render.resolution import LOWEST, Resolution


def run(resolution: Resolution, frames: int, full_cost: float, rest: float) -> list[float]:
    """Simulate a network whose cost is linear in pixels."""
    scales = []
    for _ in range(frames):
        network = full_cost * resolution.scale**2
        scales.append(resolution.step(network, network + rest))
    return scales


def test_it_drops_within_three_frames_and_then_holds_the_rate() -> None:
    resolution = Resolution(60, scale=1.0)
    scales = run(resolution, 400, full_cost=0.060, rest=0.002)
    assert scales[2] < 0.6
    assert 0.060 * scales[-1] ** 2 + 0.002 <= 0.85 / 60


def test_it_rises_slowly_to_what_fits() -> None:
    resolution = Resolution(60, scale=0.25)
    scales = run(resolution, 2000, full_cost=0.010, rest=0.001)
    assert scales[28] == 0.25
    assert max(b - a for a, b in pairwise(scales)) <= 1 / 16
    assert scales[-1] == 1.0


def test_a_steady_load_gives_a_steady_picture() -> None:
    scales = run(Resolution(30, scale=1.0), 3000, full_cost=0.1, rest=0.005)
    assert len(set(scales[300:])) == 1


def test_a_hopeless_load_stops_at_the_lowest_scale() -> None:
    assert run(Resolution(60), 100, full_cost=9.0, rest=1.0)[-1] == LOWEST


@pytest.mark.parametrize("size", [(1280, 720), (641, 361), (16, 16), (8, 500)])
def test_regions_fit_and_full_scale_is_exact(size: tuple[int, int]) -> None:
    resolution = Resolution(60, scale=0.5)
    region = resolution.region(size)
    assert all(0 < used <= side for used, side in zip(region, size, strict=True))
    resolution.scale = 1.0
    assert resolution.region(size) == size


def test_one_hiccup_changes_nothing() -> None:
    resolution = Resolution(30, scale=0.5)
    run(resolution, 10, full_cost=0.05, rest=0.005)
    resolution.step(0.2, 0.25)
    assert resolution.scale == 0.5


def test_where_all_else_is_too_slow_the_network_still_gets_its_share() -> None:
    resolution = Resolution(30, scale=LOWEST)
    scale = run(resolution, 1000, full_cost=0.02, rest=0.04)[-1]
    assert 0.02 * scale**2 == pytest.approx(0.2 * 0.85 / 30, rel=0.25)


def test_a_noisy_machine_does_not_pin_the_picture_to_the_lowest_scale() -> None:
    resolution = Resolution(30, scale=0.5)
    for i in range(2000):
        network = 0.02 * resolution.scale**2 * (12 if i % 17 == 0 else 1)
        resolution.step(network, network + 0.012)
    assert resolution.scale >= 0.75
