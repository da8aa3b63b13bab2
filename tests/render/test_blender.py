"""Blending two pictures: pure at the ends, what the mode's name says in the middle, never greyer on the way."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from app.preset import BLENDS
from app.render.blender import Blender
from app.render.target import Target

SIZE_PX = (32, 24)
Picture = NDArray[np.float64]


def target(ctx: moderngl.Context, picture: NDArray[np.uint8]) -> Target:
    made = Target(ctx, SIZE_PX)
    made.texture.write(np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])[::-1].tobytes())
    return made


def noise(seed: int, low: int = 0, high: int = 256) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(low, high, (SIZE_PX[1], SIZE_PX[0], 3)).astype(np.uint8)


@pytest.fixture
def blender(ctx: moderngl.Context) -> Iterator[Blender]:
    made = Blender(ctx, SIZE_PX)
    yield made
    made.release()


def blended(
    ctx: moderngl.Context, blender: Blender, a: NDArray[np.uint8], b: NDArray[np.uint8], fader: float, blend: str
) -> Picture:
    picture = blender.draw(target(ctx, a), target(ctx, b), fader, blend).read()[..., :3]
    return picture / 255.0


@pytest.mark.parametrize("blend", BLENDS)
def test_the_ends_are_pure(ctx: moderngl.Context, blender: Blender, blend: str) -> None:
    a, b = noise(1), noise(2)
    assert (blended(ctx, blender, a, b, 0.0, blend) * 255 == a).all()
    assert (blended(ctx, blender, a, b, 1.0, blend) * 255 == b).all()


MIDDLES: dict[str, Callable[[Picture, Picture], Picture]] = {
    "mix": lambda a, b: (a + b) / 2,
    "add": lambda a, b: np.minimum(a + b, 1),
    "screen": lambda a, b: 1 - (1 - a) * (1 - b),
    "multiply": lambda a, b: a * b,
    "difference": lambda a, b: np.abs(a - b),
    "lighten": np.maximum,
    "darken": np.minimum,
    "overlay": lambda a, b: np.where(a >= 0.5, 1 - 2 * (1 - a) * (1 - b), 2 * a * b),
    "subtract": lambda a, b: np.maximum(a - b, 0),
}


def test_every_mode_is_tested() -> None:
    assert set(MIDDLES) | {"morph"} == set(BLENDS)


@pytest.mark.parametrize("blend", MIDDLES)
def test_the_middle_is_the_mode_at_its_full(ctx: moderngl.Context, blender: Blender, blend: str) -> None:
    a, b = noise(1), noise(2)
    wanted = MIDDLES[blend](a / 255.0, b / 255.0)
    assert np.abs(blended(ctx, blender, a, b, 0.5, blend) - wanted).max() * 255 <= 1


@pytest.mark.parametrize("blend", BLENDS)
def test_a_small_step_of_the_fader_is_a_small_step_of_the_picture(
    ctx: moderngl.Context, blender: Blender, blend: str
) -> None:
    a, b = noise(1, 20, 236), noise(2, 20, 236)
    path = [blended(ctx, blender, a, b, fader, blend) for fader in np.linspace(0, 1, 41)]
    assert max(np.abs(after - before).max() for before, after in pairwise(path)) < 0.09


def test_a_morph_keeps_the_contrast_that_a_mean_loses(ctx: moderngl.Context, blender: Blender) -> None:
    a, b = noise(1, 30, 226), noise(2, 30, 226)
    ends = (a / 255.0).std()
    assert blended(ctx, blender, a, b, 0.5, "mix").std() < 0.8 * ends
    assert blended(ctx, blender, a, b, 0.5, "morph").std() > 0.93 * ends


def test_a_morph_of_a_picture_with_itself_stays_it(ctx: moderngl.Context, blender: Blender) -> None:
    flat = np.full((SIZE_PX[1], SIZE_PX[0], 3), 90, np.uint8)
    assert np.abs(blended(ctx, blender, flat, flat, 0.5, "morph") * 255 - 90).max() <= 1


def test_black_and_white_stay_in_range(ctx: moderngl.Context, blender: Blender) -> None:
    black, white = np.zeros((24, 32, 3), np.uint8), np.full((24, 32, 3), 255, np.uint8)
    greys = [blended(ctx, blender, black, white, fader, "morph").mean() for fader in np.linspace(0, 1, 9)]
    assert greys == sorted(greys)
    assert np.isfinite(greys).all()


def test_nothing_is_left_behind(ctx: moderngl.Context, alive_gl: Callable[[], int]) -> None:
    before = alive_gl()
    made = Blender(ctx, SIZE_PX)
    assert alive_gl() > before
    made.release()
    assert alive_gl() == before
