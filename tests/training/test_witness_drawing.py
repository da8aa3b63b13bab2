import colorsys

import numpy as np
import pytest
from numpy.typing import NDArray

from app.training.judges.builtin.scene import Scene, sample
from app.training.judges.builtin.vocabulary import ATTRIBUTES, COLOURS, FORMS, MODIFIERS
from app.training.judges.builtin.witness_drawing import draw


def _hues(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Hue in turns of every pixel that has a clear one."""
    pixels = picture.reshape(3, -1).T / 255
    coloured = [colorsys.rgb_to_hsv(*pixel) for pixel in pixels]
    return np.array([hue for hue, saturation, value in coloured if saturation > 0.3 and value > 0.2])


def _contrast(scene: Scene, count: int = 6, seed: int = 5) -> NDArray[np.float64]:
    contrast: NDArray[np.float64] = draw([scene] * count, 64, seed).std((2, 3)).mean(1)
    return contrast


def test_returns_square_pictures_of_bytes() -> None:
    pictures = draw([Scene("dots", ("red",)), Scene("fire", ("red", "gold"), ground="black")], 48, 1)
    assert pictures.shape == (2, 3, 48, 48)
    assert pictures.dtype == np.uint8


def test_same_seed_same_pictures_other_seed_others() -> None:
    rng = np.random.default_rng(3)
    scenes = [sample(rng, form=form) for form in FORMS]
    assert np.array_equal(draw(scenes, 32, 7), draw(scenes, 32, 7))
    assert not np.array_equal(draw(scenes, 32, 7), draw(scenes, 32, 8))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_shows_in_two_colours(form: str) -> None:
    contrast = _contrast(Scene(form, ("blue", "white")))
    assert np.median(contrast) > 20
    assert contrast.min() > 8


@pytest.mark.parametrize("form", FORMS)
def test_every_form_takes_every_attribute_and_modifier(form: str) -> None:
    scenes = [Scene(form, ("red", "cyan"), attributes=(name,)) for name in ATTRIBUTES]
    scenes += [Scene(form, ("green",), modifier=name) for name in MODIFIERS]
    scenes += [Scene(form, ("pink", "blue"), ground=ground) for ground in ("black", "white")]
    assert (draw(scenes, 32, 2).std((2, 3)).mean(1) > 2).all()


@pytest.mark.parametrize("colour", COLOURS)
def test_one_colour_alone_shows_the_form(colour: str) -> None:
    scenes = [Scene(form, (colour,)) for form in list(FORMS)[::2]]
    assert np.quantile(draw(scenes, 32, 4).std((2, 3)).mean(1), 0.2) > 9


@pytest.mark.parametrize("colour", [name for name in COLOURS if name not in ("black", "white", "grey")])
def test_the_named_hue_rules(colour: str) -> None:
    scenes = [Scene(form, (colour,)) for form in list(FORMS)[::2]]
    hues = np.concatenate([_hues(picture) for picture in draw(scenes, 32, 9)])
    away = np.abs((hues - COLOURS[colour][0] + 0.5) % 1 - 0.5)
    assert np.mean(away < 0.03) > 0.9


@pytest.mark.parametrize("form", FORMS)
def test_the_first_of_two_colours_covers_more(form: str) -> None:
    count = 60 if form == "checks" else 6  # a chessboard shows both nearly alike
    red, cyan = (
        draw([Scene(form, colours)] * count, 32, 6).astype(int) for colours in (("red", "cyan"), ("cyan", "red"))
    )
    assert np.mean(red[:, 0] > red[:, 2]) > np.mean(cyan[:, 0] > cyan[:, 2])


def test_a_ground_is_the_ground() -> None:
    scenes = [Scene(form, ("green",), ground="black") for form in ("dots", "lightning", "grid", "nebula", "fire")]
    assert ((draw(scenes, 64, 3).max(1) < 50).mean((1, 2)) > 0.15).all()


def test_faint_lowers_and_contrasty_raises_contrast() -> None:
    plain, faint, strong = (
        np.median(_contrast(Scene("checks", ("teal", "pink"), attributes=names), 12))
        for names in ((), ("faint",), ("contrasty",))
    )
    assert faint < 0.7 * plain < plain < strong
