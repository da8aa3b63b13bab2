"""The compiled kernel held to the oracle: every activation, width class, depth and vector unit; its threads."""

import threading
from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from app.cppn import llvm_jit, reference
from app.cppn.arch import ACTIVATIONS, Arch
from app.cppn.init import random_style
from app.cppn.inputs import PIXEL_INPUTS, SILENCE, View, fold, pixel_to_plane
from app.cppn.llvm_jit import Refused, host
from app.render.cpu_kernel import CompiledPainter
from app.style import Style

INPUTS = ("x", "y", "t", "bass")
FIRST = random_style(1, Arch(INPUTS, 16, 2))
SECONDS = 3.0
UNITS = {"all it has": (), "AVX2": ("avx512f",), "SSE2": ("avx",)}


@pytest.fixture(scope="module", autouse=True)
def loaded() -> Iterator[None]:
    """Begin and end with no kernel in memory; in between, tests share what they compile."""
    llvm_jit._loaded.clear()
    yield
    llvm_jit._loaded.clear()


@pytest.fixture
def painter() -> Iterator[CompiledPainter]:
    made = CompiledPainter(FIRST, 2)
    yield made
    made.release()


def draw(
    painter: CompiledPainter, style: Style, width: int, height: int, view: View | None = None
) -> NDArray[np.uint8]:
    """Return the picture, top row first; nothing is written beside it, wherever in memory it lies."""
    painter.take(style)
    memory = np.full(1028 + width * height * 4, 7, np.uint8)
    picture = memory[516:-512].reshape(height, width, 4)
    painter.paint(fold(style, SECONDS, SILENCE), pixel_to_plane(width, height, view or View()), picture)
    assert (memory[:516] == 7).all() and (memory[-512:] == 7).all()
    assert (picture[..., 3] == 255).all()
    return picture[::-1, :, :3]


def check(picture: NDArray[np.uint8], style: Style, view: View | None = None, levels: float = 2.0) -> None:
    """Hold a picture to the oracle: 2 levels of 255 and 50 dB."""
    height, width = picture.shape[:2]
    error = np.abs(picture - 255.0 * reference.render(style, width, height, SECONDS, view=view))
    assert error.max() <= levels
    assert 20.0 * np.log10(255.0 / np.sqrt((error**2).mean())) >= 50.0


@pytest.mark.parametrize("fixed", [False, True], ids=["float32", "fixed"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation: str, fixed: bool) -> None:
    style = random_style(2, Arch(INPUTS, 64, 2 if activation == "finer" else 4, activation))
    painter = CompiledPainter(style, 2, fixed=fixed and host().isa.pair_product != "")
    check(draw(painter, style, 61, 37), style)
    painter.release()


@pytest.mark.parametrize(("unit", "fixed"), list(product(UNITS, (False, True))))
def test_every_vector_unit(unit: str, fixed: bool) -> None:
    machine = host().without(*UNITS[unit])
    style = random_style(4, Arch(INPUTS, 22, 4, "mix"))
    painter = CompiledPainter(style, 2, machine, fixed=fixed and machine.isa.pair_product != "")
    check(draw(painter, style, 33, 19), style)
    painter.release()


@pytest.mark.parametrize("width", [8, 9, 15, 31, 32, 65, 128, 256])
def test_every_width(painter: CompiledPainter, width: int) -> None:
    style = random_style(width, Arch(INPUTS, width, 3))
    check(draw(painter, style, 29, 17), style)


@pytest.mark.parametrize("depth", range(1, 9))
def test_every_depth(painter: CompiledPainter, depth: int) -> None:
    style = random_style(depth, Arch(INPUTS, 24, depth))
    check(draw(painter, style, 29, 17), style)


@pytest.mark.parametrize("activation", ["atan", "gaussian"])
def test_odd_widths_of_activations_with_an_offset(painter: CompiledPainter, activation: str) -> None:
    style = random_style(5, Arch(INPUTS, 13, 3, activation))
    check(draw(painter, style, 31, 9), style)


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (64, 1), (1, 130), (3, 100), (257, 3)])
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_odd_sizes_and_any_number_of_threads(size: tuple[int, int], threads: int) -> None:
    painter = CompiledPainter(FIRST, threads)
    style = random_style(1, Arch(INPUTS, 16, 2))
    check(draw(painter, style, *size), style)
    painter.release()


def test_every_pixel_input() -> None:
    painter = CompiledPainter(FIRST, 1)
    style = random_style(3, Arch((*PIXEL_INPUTS, "t"), 32, 3), w0=4.0)
    view = View(zoom=1.3, turn_degrees=30.0, pan_x=0.2)
    check(draw(painter, style, 47, 31, view), style, view)
    painter.release()


def test_no_pixel_input_at_all(painter: CompiledPainter) -> None:
    style = random_style(3, Arch(("t", "bass"), 16, 2))
    object.__setattr__(style, "layers", (*style.layers[:-1], random_style(3, Arch(INPUTS, 16, 2)).layers[-1]))
    picture = draw(painter, style, 9, 9)
    assert (picture == picture[0, 0]).all()
    check(picture, style)


def test_threads_paint_the_same_picture() -> None:
    style = random_style(6, Arch(INPUTS, 32, 3))
    pictures = []
    for threads in (1, 3):
        painter = CompiledPainter(FIRST, threads)
        pictures.append(draw(painter, style, 123, 45))
        painter.release()
    np.testing.assert_array_equal(pictures[0], pictures[1])


def test_a_style_that_fixed_point_cannot_hold_is_drawn_in_float32() -> None:
    if not host().isa.pair_product:
        pytest.skip("no fixed point on this processor")
    painter = CompiledPainter(FIRST, 1)
    painter.take(random_style(2, Arch(INPUTS, 32, 3)))
    assert painter.precision == "16-bit"
    steep = random_style(2, Arch(INPUTS, 32, 3))
    for weights, _ in steep.layers[1:3]:
        weights[:] *= 12.0
    painter.take(steep)
    assert painter.precision == "float32"
    painter.release()


def test_another_style_of_the_same_kind_compiles_nothing(
    painter: CompiledPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    painter.take(random_style(1, Arch(INPUTS, 16, 3)))
    monkeypatch.setattr(llvm_jit, "emit", lambda *_: pytest.fail("compiled"))
    for width, depth in ((16, 3), (128, 4), (9, 3)):
        style = random_style(2, Arch(INPUTS, width, depth))
        check(draw(painter, style, 21, 11), style)


def test_a_style_that_was_drawn_before_is_not_held_to_the_oracle_again(
    painter: CompiledPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = random_style(5, FIRST.arch)
    painter.take(other)
    before = painter.precision
    monkeypatch.setattr(reference, "render", None)
    for style in (FIRST, other):
        painter.take(style)
    assert painter.precision == before


def test_a_refused_style_leaves_the_old_one(painter: CompiledPainter, monkeypatch: pytest.MonkeyPatch) -> None:
    old = random_style(1, Arch(INPUTS, 16, 2))
    painter.take(old)

    def refuse(*_: object) -> bytes:
        raise Refused("no")

    monkeypatch.setattr(llvm_jit, "emit", refuse)
    with pytest.raises(Refused):
        painter.take(random_style(1, Arch(("x", "fold_y", "angle_cos"), 16, 2, "tanh")))
    picture = np.zeros((9, 9, 4), np.uint8)
    painter.paint(fold(old, SECONDS, SILENCE), pixel_to_plane(9, 9, View()), picture)
    check(picture[::-1, :, :3], old)


def test_enormous_weights_are_drawn_somehow(painter: CompiledPainter) -> None:
    style = random_style(1, Arch(INPUTS, 16, 3, "finer"))
    for weights, biases in style.layers:
        weights[:] *= 1e30
        biases[:] *= 1e30
    with np.errstate(all="ignore"):
        draw(painter, style, 9, 9)


def test_threads_end_with_the_painter() -> None:
    before = set(threading.enumerate())
    painter = CompiledPainter(FIRST, 4)
    draw(painter, FIRST, 64, 64)
    assert len(set(threading.enumerate()) - before) >= 1
    painter.release()
    painter.release()
    assert set(threading.enumerate()) == before


@pytest.mark.parametrize("fixed", [None, False], ids=["", "float32"])
def test_several_pictures_are_drawn_at_once(fixed: bool | None) -> None:
    style = random_style(1, Arch(INPUTS, 16, 2))
    painter, affine = CompiledPainter(style, 2, fixed=fixed), pixel_to_plane(32, 32, View())
    bias, corners = fold(style, SECONDS, SILENCE), np.array([(0, 0), (16, 0), (16, 16)])
    affines = np.repeat(affine[None], 3, axis=0)
    affines[:, :, 2] += corners @ affine[:, :2].T
    whole, parts = np.zeros((32, 32, 4), np.uint8), np.zeros((3, 16, 16, 4), np.uint8)
    painter.paint(bias, affine, whole)
    painter.paint(bias, affines, parts)
    for (x, y), part in zip(corners, parts, strict=True):
        assert np.abs(part.astype(int) - whole[y : y + 16, x : x + 16]).max() <= 1
    with pytest.raises(ValueError, match="whole tiles"):
        painter.paint(bias, affines, np.zeros((3, 5, 5, 4), np.uint8))
    with pytest.raises(ValueError, match="each has an affine"):
        painter.paint(bias, affines[:2], parts)
    painter.release()


def test_only_whole_pictures_of_bytes_are_taken(painter: CompiledPainter) -> None:
    style = random_style(1, Arch(INPUTS, 16, 2))
    painter.take(style)
    bias, affine = fold(style, 0.0, SILENCE), pixel_to_plane(8, 8, View())
    for wrong in (np.zeros((8, 16, 4), np.uint8)[:, ::2], np.zeros((8, 8, 3), np.uint8)):
        with pytest.raises(ValueError, match="bytes in one piece"):
            painter.paint(bias, affine, wrong)
