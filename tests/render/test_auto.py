"""`auto`: measured once, remembered, and never fooled by a broken memory."""

import json

import moderngl
import pytest

from app import paths
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.problems import UserError
from app.render import auto

STYLE = random_style(1, Arch(width=8, depth=1))


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """A GPU whose backends take as long as the test says; counts how often they are asked under "asked"."""
    taken = {"glsl": 5.0, "cpu": 9.0, "asked": 0.0}

    def draw_ms(ctx: object, name: str, style: object) -> float:
        taken["asked"] += 1
        return taken[name]

    monkeypatch.setattr(auto, "is_software", lambda ctx: False)
    monkeypatch.setattr(auto, "draw_ms", draw_ms)
    return taken


def test_by_hand(ctx: moderngl.Context) -> None:
    assert auto.choose(ctx, "glsl", STYLE).name == "glsl"
    with pytest.raises(UserError, match="unknown backend 'gls'; did you mean 'glsl'"):
        auto.choose(ctx, "gls", STYLE)


def test_software_gl_leaves_it_to_the_processor(ctx: moderngl.Context) -> None:
    choice = auto.choose(ctx, "auto", STYLE)
    assert choice.name == "cpu"
    assert "software" in choice.report


def test_a_quick_gpu_is_not_compared(ctx: moderngl.Context, times: dict[str, float]) -> None:
    times["glsl"] = 0.2
    assert auto.choose(ctx, "auto", STYLE).name == "glsl"
    assert times["asked"] == 1


def test_a_slow_gpu_is_and_the_winner_remembered(ctx: moderngl.Context, times: dict[str, float]) -> None:
    times["cpu"] = 2.0
    first = auto.choose(ctx, "auto", STYLE)
    assert first.name == "cpu"
    assert "5.0" in first.report and "2.0" in first.report
    times["cpu"] = 99.0
    again = auto.choose(ctx, "auto", STYLE)
    assert again.name == "cpu"
    assert again.report.endswith("(remembered)")
    assert times["asked"] == 2
    assert auto.choose(ctx, "auto", random_style(1, Arch(width=32, depth=1))).name == "glsl", "another shape"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"a": 1}', '{"a": ["warp", "x"]}', '{"a": ["cpu"]}', "\udcff"]
)
def test_a_broken_memory_is_measured_again(ctx: moderngl.Context, times: dict[str, float], text: str) -> None:
    (paths.cache() / "backend.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert auto.choose(ctx, "auto", STYLE).name == "glsl"
    assert json.loads((paths.cache() / "backend.json").read_text("utf-8"))


def test_both_candidates_can_be_timed(ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auto, "SECONDS", 0.0)
    assert all(0 < auto.draw_ms(ctx, name, STYLE) < 60_000 for name in ("glsl", "cpu"))
