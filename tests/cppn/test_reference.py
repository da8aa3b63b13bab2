"""The oracle, against a network small enough to do by hand and against frozen numbers."""

import math

import numpy as np
import pytest

from app.cppn import reference
from app.cppn.arch import ACTIVATIONS, Arch
from app.cppn.init import random_layers
from app.cppn.inputs import View
from app.style import Style


def by_hand(activation: str, fan_out: int) -> Style:
    """x and loudness into eight equal neurons: z = x + 2 · loudness + 0.5, then the first of them to all colours."""
    arch = Arch(("x", "loudness"), 8, 1, activation)
    first = (np.tile(np.array([1, 2], np.float32), (8, 1)), np.full(8, 0.5, np.float32))
    last = np.zeros((3, fan_out), np.float32)
    last[:, 0] = 1
    return Style("hand", arch, (first, (last, np.array([0, 0.25, -1], np.float32))))


@pytest.mark.parametrize(
    ("activation", "formula"),
    [
        ("sin", math.sin),
        ("mix", math.sin),
        ("gaussian", lambda z: math.exp(-z * z)),
        ("atan", lambda z: math.atan(z) / 0.67),
        ("finer", lambda z: math.sin((abs(z) + 1) * z)),
    ],
)
def test_by_hand(activation: str, formula: object) -> None:
    style = by_hand(activation, 16 if activation == "atan" else 8)
    picture = reference.render(style, 2, 1, heard=(0.1, *[0.9] * 8))
    assert callable(formula)
    for column, x in enumerate((-math.pi, math.pi)):
        h = formula(x + 0.2 + 0.5)
        wanted = [1 / (1 + math.exp(-(h + bias))) for bias in (0, 0.25, -1)]
        assert picture[0, column].tolist() == pytest.approx(wanted, abs=1e-7)


def test_the_even_half_of_atan() -> None:
    assert reference.ACTIVATE["atan"](np.array([[2.0]])).tolist() == [
        pytest.approx([math.atan(2) / 0.67, (math.atan(2) ** 2 - 0.45) / 0.396])
    ]


def test_mix_goes_round_by_layer() -> None:
    assert Arch(depth=6, activation="mix").layer_activations == ("sin", "cos", "gaussian", "tanh", "sin", "cos")


GOLDEN = {
    "sin": [0.4883467, 0.4733442, 0.5743957],
    "mix": [0.506663, 0.3620672, 0.4963363],
    "gaussian": [0.6935387, 0.6344822, 0.5070063],
    "atan": [0.0976864, 0.0522804, 0.9855473],
    "finer": [0.576044, 0.5198706, 0.4933758],
}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_golden_pixels(activation: str) -> None:
    arch = Arch(width=24, depth=4, activation=activation)
    style = Style("golden", arch, random_layers(np.random.default_rng(7), arch, 8.0))
    picture = reference.render(style, 16, 9, 3.5, tuple(0.1 * i for i in range(9)), View(1.2, 15.0, 0.1, -0.2))
    assert picture[2, 5].tolist() == pytest.approx(GOLDEN[activation], abs=1e-6)
    assert picture.shape == (9, 16, 3)
    assert 0 <= picture.min() < picture.max() <= 1


def test_the_default_network_has_as_many_parameters_as_promised() -> None:
    assert Arch().parameter_count == 51_587
    assert Arch(width=256).parameter_count == 201_475
