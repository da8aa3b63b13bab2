"""The guide's picture drawer: what it draws can be told apart, has the colours it was asked for, and repeats."""

import colorsys
import itertools
from typing import Any

import numpy as np
import pytest
import torch

from app.training.judges.builtin.drawing import draw
from app.training.judges.builtin.scene import Scene, sample
from app.training.judges.builtin.vocabulary import ATTRIBUTES, COLOURS, FORMS, MODIFIERS

Picture = Any
HUED = [name for name in COLOURS if name not in ("black", "white", "grey", "brown", "pink")]


def some(count: int, seed: int = 0) -> list[Scene]:
    rng = np.random.default_rng(seed)
    return [sample(rng) for _ in range(count)]


def floats(scenes: list[Scene], seed: int = 1) -> Picture:
    return draw(scenes, 64, seed).float() / 255


def test_shape_type_and_order() -> None:
    scenes = some(40)
    pictures = draw(scenes, 48, 7)
    assert pictures.shape == (40, 3, 48, 48) and pictures.dtype == torch.uint8
    assert draw([], 64, 0).shape == (0, 3, 64, 64)


def test_equal_seeds_draw_equal_pictures_and_leave_the_global_chance_alone() -> None:
    scenes = some(30)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = draw(scenes, 64, 3)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(first, draw(scenes, 64, 3))
    assert not torch.equal(first, draw(scenes, 64, 4))


def test_every_form_shows_something_under_every_attribute_and_modifier() -> None:
    twists = [((name,), "") for name in ATTRIBUTES] + [((), name) for name in MODIFIERS]
    scenes = [
        Scene(form, ("teal", "gold"), modifier=modifier, attributes=attributes)
        for form, (attributes, modifier) in itertools.product(FORMS, twists)
    ]
    deviation = floats(scenes).std((2, 3)).amax(1)
    assert deviation.min() > 0.025
    assert deviation.median() > 0.1


@pytest.mark.parametrize("ground", ["", "black", "white"])
def test_every_single_colour_leaves_the_form_legible(ground: str) -> None:
    scenes = [
        Scene(form, (colour,), ground=ground) for form, colour in itertools.product(FORMS, COLOURS) if colour != ground
    ]
    deviation = floats(scenes).std((2, 3)).amax(1)
    assert deviation.quantile(0.02) > 0.05


def hue_of_most(picture: Picture) -> float:
    """Return the mean hue in turns, weighted by chroma, as an angle."""
    cells = picture[:, ::4, ::4].flatten(1).T.tolist()
    vector = sum(np.exp(2j * np.pi * colorsys.rgb_to_hsv(*cell)[0]) * (max(cell) - min(cell)) for cell in cells)
    return float(np.angle(vector) / (2 * np.pi)) % 1.0


def test_a_single_colour_gives_its_hue_to_the_picture() -> None:
    scenes = [Scene(form, (colour,)) for colour in HUED for form in FORMS if form != "glitch"]
    pictures = floats(scenes)
    off = []
    for scene, picture in zip(scenes, pictures, strict=True):
        wanted = COLOURS[scene.colours[0]][0]
        off.append(abs((hue_of_most(picture) - wanted + 0.5) % 1.0 - 0.5))
    assert max(off) < 0.035


def test_the_first_colour_covers_most() -> None:
    scenes = [
        Scene(form, pair) for form in FORMS for pair in (("red", "cyan"), ("blue", "yellow"), ("green", "magenta"))
    ]
    leading = 0
    for scene, picture in zip(scenes, floats(scenes), strict=True):
        first, second = (torch.tensor(colorsys.hsv_to_rgb(*COLOURS[name]))[:, None, None] for name in scene.colours)
        leading += int(((picture - first).norm(dim=0) < (picture - second).norm(dim=0)).float().mean() > 0.5)
    assert leading / len(scenes) > 0.8


def spectrum(pictures: Picture) -> Picture:
    """Return simple statistics of grey pictures: log energy by scale, and by direction, and of the values."""
    grey = pictures.mean(1)
    grey = (grey - grey.mean((1, 2), keepdim=True)) / grey.std((1, 2), keepdim=True)
    energy = torch.fft.rfft2(grey).abs().square()
    rows = torch.fft.fftfreq(64)[:, None] * 64
    waves = (rows**2 + (torch.fft.rfftfreq(64)[None] * 64) ** 2).sqrt()
    edges = [0.5, 1.5, 2.5, 4, 6, 9, 13, 18, 25, 33]
    bands = [energy[:, (waves >= a) & (waves < b)] for a, b in itertools.pairwise(edges)]
    flat = grey.flatten(1)
    moments = [flat.pow(3).mean(1), flat.pow(4).mean(1).log(), grey.diff(dim=1).abs().mean((1, 2))]
    peaks = [(band.amax(1) / band.mean(1)).log() for band in bands]
    return torch.stack([band.mean(1).log() for band in bands] + peaks + moments, 1)


def test_forms_are_told_apart_in_grey_by_the_nearest_mean() -> None:
    forms = list(FORMS)
    learn = spectrum(floats([Scene(form, ("blue", "white")) for form in forms for _ in range(24)], 1))
    asked = spectrum(floats([Scene(form, ("red", "yellow")) for form in forms for _ in range(12)], 2))
    spread = learn.std(0)
    means = (learn / spread).view(len(forms), 24, -1).mean(1)
    nearest = torch.cdist(asked / spread, means).argmin(1)
    right = (nearest == torch.arange(len(forms)).repeat_interleave(12)).float().mean()
    assert right > 0.45
