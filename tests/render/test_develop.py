import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from app.params import PARAMS
from app.render.develop import Developer
from app.render.target import Target

NEUTRAL = {name: param.default for name, param in PARAMS.items()}


def filled(ctx: moderngl.Context, size_px: tuple[int, int], picture: NDArray[np.uint8]) -> Target:
    """Return a target whose lower left region holds `picture` (height, width, 3), bottom row first."""
    target = Target(ctx, size_px)
    height, width = picture.shape[:2]
    target.region_px = (width, height)
    rgba = np.dstack([picture, np.full((height, width), 255, np.uint8)])
    target.texture.write(rgba.tobytes(), viewport=(0, 0, width, height))
    return target


def developed(
    ctx: moderngl.Context, now: Target, before: Target | None = None, fade: float = 1.0, **params: float
) -> NDArray[np.uint8]:
    developer = Developer(ctx, (64, 48))
    picture = developer.draw(now, before, fade, NEUTRAL | params).read()[::-1, :, :3]
    developer.release()
    return picture


def noise(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def test_at_full_size_nothing_changes(ctx: moderngl.Context) -> None:
    picture = noise(48, 64)
    assert (developed(ctx, filled(ctx, (64, 48), picture)) == picture).all()


def test_enlarging_keeps_flat_colours_and_straight_ramps(ctx: moderngl.Context) -> None:
    ramp = np.broadcast_to(np.linspace(20, 220, 32)[None, :, None], (24, 32, 3)).astype(np.uint8)
    large = developed(ctx, filled(ctx, (64, 48), ramp)).astype(float)
    expected = np.interp((np.arange(64) + 0.5) / 2 - 0.5, np.arange(32), ramp[0, :, 0])
    assert np.abs(large[:, 4:-4, 0] - expected[4:-4]).max() <= 1.5


def test_enlarging_never_reads_outside_the_region(ctx: moderngl.Context) -> None:
    target = filled(ctx, (64, 48), np.full((48, 64, 3), 255, np.uint8))
    dark = np.full((24, 32, 3), 10, np.uint8)
    target.texture.write(np.dstack([dark, dark[..., 0]]).tobytes(), viewport=(0, 0, 32, 24))
    target.region_px = (32, 24)
    assert (developed(ctx, target) == 10).all()


def test_enlarging_is_sharper_than_bilinear(ctx: moderngl.Context) -> None:
    edge = np.zeros((24, 32, 3), np.uint8)
    edge[:, 16:] = 200
    row = developed(ctx, filled(ctx, (64, 48), edge))[20, :, 0].astype(float)
    assert np.abs(np.diff(row)).max() > 100


@pytest.mark.parametrize("fade", [0.0, 0.25, 0.5, 1.0])
def test_a_crossfade_is_a_weighted_sum(ctx: moderngl.Context, fade: float) -> None:
    now, before = noise(48, 64, 1), noise(48, 64, 2)
    mixed = developed(ctx, filled(ctx, (64, 48), now), filled(ctx, (64, 48), before), fade)
    assert np.abs(mixed - (before * (1 - fade) + now * fade)).max() <= 1.0


def test_a_whole_turn_of_hue_and_back_is_grey_for_grey(ctx: moderngl.Context) -> None:
    grey = np.full((48, 64, 3), 120, np.uint8)
    assert np.abs(developed(ctx, filled(ctx, (64, 48), grey), hue=97).astype(int) - 120).max() <= 1
    red = np.zeros((48, 64, 3), np.uint8)
    red[..., 0] = 200
    turned = developed(ctx, filled(ctx, (64, 48), red), hue=120)[0, 0]
    assert turned[1] > 190 and turned[0] < 10


def test_saturation_contrast_and_brightness_do_what_they_say(ctx: moderngl.Context) -> None:
    target = filled(ctx, (64, 48), np.full((48, 64, 3), (200, 100, 50), np.uint8))
    grey = developed(ctx, target, saturation=0)[0, 0]
    assert np.ptp(grey) == 0 and abs(int(grey[0]) - (0.2126 * 200 + 0.7152 * 100 + 0.0722 * 50)) <= 1
    assert (np.abs(developed(ctx, target, contrast=0)[0, 0] - 127.5) <= 1).all()
    assert developed(ctx, target, brightness=0).max() == 0
