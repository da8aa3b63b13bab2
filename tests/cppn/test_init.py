"""Untrained networks: seeded, moved by sound without being replaced by it, coloured."""

import math

import numpy as np
import pytest

from app.cppn import reference
from app.cppn.arch import ACTIVATIONS, Arch
from app.cppn.init import Palette, hsv, random_layers, random_style
from app.cppn.inputs import Doubles
from app.style import Style


def shown(style: Style) -> Doubles:
    return reference.render(style, 32, 18, 5.0)


def test_split_init_bounds() -> None:
    arch = Arch()
    first, *hidden, last = random_layers(np.random.default_rng(0), arch, 12.0, {"y": 0.5})
    assert np.abs(first[0][:, 0]).max() == pytest.approx(6 / math.pi, rel=0.1)
    assert np.abs(first[0][:, 1]).max() == pytest.approx(3 / math.pi, rel=0.1)
    assert np.abs(first[0][:, 2:]).max() == pytest.approx(1 / math.sqrt(10), rel=0.02)
    for weights, biases in hidden:
        assert np.abs(weights).max() == pytest.approx(math.sqrt(6 / 128), rel=0.01)
        assert np.abs(biases).max() == pytest.approx(math.pi, rel=0.1)
    assert not last[1].any()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_same_seed_gives_the_same_style_for_any_activation(activation: str) -> None:
    arch = Arch(width=20, depth=2, activation=activation)
    first, again, other = (random_style(seed, arch) for seed in (3, 3, 4))
    for one, two in zip(first.layers, again.layers, strict=True):
        assert np.array_equal(one[0], two[0]) and np.array_equal(one[1], two[1])
    assert not np.array_equal(first.layers[0][0], other.layers[0][0])
    assert tuple(layer[0].shape for layer in first.layers) == arch.shapes


def test_a_palette_rules_the_colours() -> None:
    red = Palette((0.05, 0.02, 0.02), (1.0, 0.3, 0.2), (0.3, 0.0, 0.0), (0.9, 0.1, 0.1))
    picture = shown(random_style(1, Arch(width=32, depth=3), palette=red))
    assert picture[..., 0].mean() > 2 * picture[..., 1].mean()
    darker = Palette(red.dark, red.light, red.cool, red.warm, balance=-1.0)
    assert shown(random_style(1, Arch(width=32, depth=3), palette=darker)).mean() < picture.mean() - 0.05


def test_hsv() -> None:
    assert hsv(0.0, 1.0, 1.0) == pytest.approx((1, 0, 0))
    assert hsv(1 / 3, 1.0, 0.5) == pytest.approx((0, 0.5, 0))
    assert hsv(0.7, 0.0, 0.4) == pytest.approx((0.4, 0.4, 0.4))
