"""Which painter draws: the compiled kernel, or NumPy where that is refused or slower."""

import threading

import moderngl
import numpy as np
import pytest

from app.clock import Frame
from app.cppn import llvm_jit, reference
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.cppn.inputs import SILENCE
from app.cppn.llvm_jit import Refused
from app.cppn.painter import Painter
from app.modulation.values import Values
from app.render import painters
from app.render.cpu_backend import CpuBackend
from app.render.cpu_kernel import CompiledPainter
from app.render.painters import fastest
from app.render.target import Target
from app.style import Style

STYLE = random_style(1, Arch(("x", "y", "t"), 16, 2))


def refuse(*_: object) -> bytes:
    raise Refused("not today")


def held_to_the_oracle(ctx: moderngl.Context, backend: CpuBackend, style: Style) -> None:
    target = Target(ctx, (32, 18))
    backend.draw(Values({}, SILENCE, 2.0), Frame(0, 0.0, 0.0), target)
    error = target.read()[..., :3] - 255.0 * reference.render(style, 32, 18, 2.0)
    assert np.abs(error).max() <= 2.0
    target.release()


def test_without_a_compiler_numpy_draws_and_says_why(ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(painters, "CompiledPainter", refuse)
    backend = CpuBackend(ctx)
    backend.set_style(STYLE)
    assert backend.detail.endswith("NumPy: not today")
    held_to_the_oracle(ctx, backend, STYLE)
    backend.release()


def test_a_style_that_cannot_be_compiled_is_drawn_by_numpy(
    ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = threading.active_count()
    backend = CpuBackend(ctx)
    monkeypatch.setattr(painters, "_seconds", lambda painter: float(isinstance(painter, Painter)))
    backend.set_style(STYLE)
    assert "compiled" in backend.detail
    monkeypatch.setattr(llvm_jit, "emit", refuse)
    monkeypatch.setattr(llvm_jit, "_loaded", {})
    other = random_style(2, Arch(("x", "r", "angle_cos", "t"), 12, 3, "gaussian"))
    backend.set_style(other)
    assert "NumPy: not today" in backend.detail
    held_to_the_oracle(ctx, backend, other)
    backend.release()
    assert threading.active_count() == threads


@pytest.mark.parametrize("wanted", [Painter, CompiledPainter])
def test_the_faster_one_is_used_and_the_other_ended(wanted: type, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = threading.active_count()
    monkeypatch.setattr(painters, "_seconds", lambda painter: 1.0 - isinstance(painter, wanted))
    painter, reason = fastest(STYLE)
    assert isinstance(painter, wanted)
    assert bool(reason) == (wanted is Painter)
    painter.release()
    assert threading.active_count() == threads


def test_both_are_timed_for_real() -> None:
    painter, _ = fastest(STYLE)
    assert painter.style is STYLE
    painter.release()
