"""The one input function: what it gives is fixed by numbers, because trained styles depend on them."""

import math

import numpy as np
import pytest
import torch

from app.audio.features import FEATURES, Features
from app.cppn import inputs, reference
from app.cppn.arch import DEFAULT_INPUTS, Arch
from app.cppn.init import random_layers
from app.cppn.inputs import SILENCE, View, fold, frame_inputs, grid, pixel_to_plane, view_of
from app.modulation.values import Values
from app.style import Header, Style

PI = math.pi


def at(affine: inputs.Doubles, i: float, j: float) -> list[float]:
    return [float(value) for value in affine @ [i, j, 1.0]]


def test_golden_plane() -> None:
    affine = pixel_to_plane(320, 180, View())
    assert at(affine, 160, 90) == pytest.approx([0, 0])
    assert at(affine, 0, 0) == pytest.approx([-PI * 16 / 9, -PI])
    assert at(affine, 320, 180) == pytest.approx([PI * 16 / 9, PI])
    turned = pixel_to_plane(200, 100, View(zoom=2.0, turn_degrees=30.0, pan_x=0.5, pan_y=-0.25))
    golden = [[0.0272070, 0.0157080, -3.989922], [-0.0157080, 0.0272070, 0.943235]]
    assert turned.tolist() == [pytest.approx(row, abs=1e-5) for row in golden]


def test_tall_pictures_extend_upwards() -> None:
    affine = pixel_to_plane(90, 180, View())
    assert at(affine, 90, 180) == pytest.approx([PI, 2 * PI])


def test_zoom_turn_and_pan_move_the_picture_as_their_names_say() -> None:
    unit = pixel_to_plane(100, 100, View())
    assert at(pixel_to_plane(100, 100, View(zoom=2.0)), 100, 50) == pytest.approx([PI / 2, 0])
    turned = pixel_to_plane(100, 100, View(turn_degrees=90.0))
    assert at(turned, 50, 100) == pytest.approx(at(unit, 100, 50), abs=1e-9), "what was right is now on top"
    moved = pixel_to_plane(100, 100, View(pan_x=1.0))
    assert at(moved, 100, 50) == pytest.approx([0, 0], abs=1e-9), "the middle moved to the right edge"


def test_a_smaller_region_covers_the_same_plane() -> None:
    whole, region = pixel_to_plane(1920, 1080, View(1.5, 20)), pixel_to_plane(648, 360, View(1.5, 20), 1920 / 1080)
    assert at(whole, 1920, 1080) == pytest.approx(at(region, 648, 360))
    assert at(whole, 0, 1080) == pytest.approx(at(region, 0, 360))


def test_view_comes_from_values() -> None:
    values = Values({"zoom": 2.0, "pan_x": 0.1, "pan_y": 0.2}, SILENCE, 0.0, 12.0)
    assert view_of(values) == View(2.0, 12.0, 0.1, 0.2)
    assert view_of(Values({}, SILENCE, 0.0)) == View()


def test_grid_is_row_major_from_the_top_left() -> None:
    table = grid(("y", "loudness", "x"), 4, 2, View())
    assert table.shape == (8, 2)
    assert table[0].tolist() == pytest.approx([PI / 2, -1.5 * PI])
    assert table[-1].tolist() == pytest.approx([-PI / 2, 1.5 * PI])


def test_golden_pixel_inputs() -> None:
    golden = {
        "x": 0.6, "y": -0.8, "r": 1.0, "fold_x": 0.6, "fold_y": 0.8, "angle_sin": -0.796030, "angle_cos": 0.597022,
        "tunnel": 0.975900, "petal5": -0.059761, "petal6": 0.565133,
        "swirl_sin": 0.992171, "swirl_cos": -0.075464,
    }  # fmt: skip
    assert set(golden) == set(inputs.PIXEL_INPUTS)
    for name, wanted in golden.items():
        assert inputs.PIXEL_INPUTS[name].array(0.6, -0.8) == pytest.approx(wanted, abs=5e-6), name


@pytest.mark.parametrize("name", inputs.PIXEL_INPUTS)
def test_pixel_inputs_agree_in_numpy_and_torch_and_are_finite_at_the_origin(name: str) -> None:
    x = np.array([0.0, 1e-12, 0.3, -3.1, 22.0])
    y = np.array([0.0, 0.0, -0.2, 3.0, -40.0])
    table = inputs.PIXEL_INPUTS[name].array(x, y)
    assert np.isfinite(table).all()
    np.testing.assert_allclose(inputs.PIXEL_INPUTS[name].array(torch.from_numpy(x), torch.from_numpy(y)).numpy(), table)


def test_default_inputs_are_the_seeds_order() -> None:
    assert ("x", "y", "t", *FEATURES) == DEFAULT_INPUTS
    heard = tuple(0.1 * i for i in range(9))
    assert frame_inputs(DEFAULT_INPUTS, 2.5, heard).tolist() == pytest.approx([0, 0, 2.5, *heard])
    assert Features().heard == SILENCE


def style_of(activation: str, time: str = "t") -> Style:
    arch = Arch(("x", "y", time, *FEATURES), 16, 2, activation)
    return Style("s", arch, random_layers(np.random.default_rng(4), arch, 8.0), Header(speed=0.7))


@pytest.mark.parametrize("activation", ["sin", "mix"])
def test_ten_hours_later_the_bias_is_small_and_the_picture_exact(activation: str) -> None:
    style, heard, seconds = style_of(activation), (0.3,) * 9, 36_000.25
    folded = fold(style, seconds, heard)
    assert np.abs(folded).max() <= PI + 1e-9
    weights, bias = (array.astype(np.float64) for array in style.layers[0])
    plain = bias + weights @ [0, 0, seconds * 0.7, *heard]
    np.testing.assert_allclose(np.sin(folded), np.sin(plain), atol=1e-9)
    float32 = folded.astype(np.float32).astype(np.float64)
    pixels = grid(style.arch.inputs, 16, 9, View())
    exact, rounded = (reference.colours(style, pixels, value) for value in (plain, float32))
    assert np.abs(exact - rounded).max() < 0.1 / 255


@pytest.mark.parametrize("activation", ["gaussian", "atan", "finer"])
def test_other_activations_are_not_reduced(activation: str) -> None:
    assert np.abs(fold(style_of(activation), 500.0, SILENCE)).max() > 2 * PI


def test_sways_stay_bounded_for_ever() -> None:
    assert np.abs(fold(style_of("gaussian", "sway1"), 1e7, SILENCE)).max() < 10
