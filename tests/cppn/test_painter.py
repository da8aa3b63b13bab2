"""Painting in memory: any number of threads gives the same bytes, and needs neither GL nor torch."""

import subprocess
import sys

import numpy as np
import pytest

from app.cppn import reference
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.inputs import SILENCE, View, fold, pixel_to_plane
from app.cppn.painter import Painter, Picture, thread_count
from app.style import Style

STYLE = random_style(3, Arch(width=40, depth=3, activation="mix"))


def painted(style: Style, threads: int, width: int = 150, height: int = 70) -> Picture:
    picture = np.zeros((height, width, 4), np.uint8)
    painter = Painter(style, threads)
    painter.paint(fold(style, 2.0, SILENCE), pixel_to_plane(width, height, View()), picture)
    painter.release()
    painter.release()
    return picture


def test_threads_do_not_change_the_picture() -> None:
    one = painted(STYLE, 1)
    assert np.array_equal(one, painted(STYLE, 3))
    wanted = reference.render(STYLE, 150, 70, 2.0)
    assert np.abs(one[::-1, :, :3] / 255 - wanted).max() <= 2 / 255
    assert thread_count() >= 1


def test_several_pictures_are_painted_at_once() -> None:
    painter, affine = Painter(STYLE, 2), pixel_to_plane(32, 16, View())
    bias, whole, parts = fold(STYLE, 2.0, SILENCE), np.zeros((16, 32, 4), np.uint8), np.zeros((2, 16, 16, 4), np.uint8)
    affines = np.stack([affine, affine])
    affines[1, :, 2] += affine[:, 0] * 16
    painter.paint(bias, affine, whole)
    painter.paint(bias, affines, parts)
    assert np.abs(np.concatenate(list(parts), axis=1).astype(int) - whole).max() <= 1
    painter.release()


def test_a_mistake_in_a_thread_is_not_lost() -> None:
    painter = Painter(STYLE, 2)
    with pytest.raises(ValueError, match="shape"):
        painter.paint(np.zeros(7), pixel_to_plane(8, 8, View()), np.zeros((8, 8, 4), np.uint8))
    painter.release()


def test_it_is_light() -> None:
    code = "import sys, os, app.cppn.painter; print(*(name in sys.modules for name in ('torch', 'moderngl')),"
    code += " os.environ['OPENBLAS_NUM_THREADS'])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["False", "False", "1"]
