from collections.abc import Sequence
from dataclasses import replace

import moderngl
import pytest

from app.clock import Frame
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.modulation.values import Values
from app.problems import UserError
from app.render.backend import Backend, Drawer, Shot
from app.render.crossfade import Crossfade
from app.render.marks import Marks
from app.render.target import Target
from app.style import Style

VALUES = Values({}, (0.0,) * 9, 0.0)
STYLES = {name: replace(random_style(0, Arch(width=8, depth=1)), name=name) for name in ("a", "b", "c", "bad")}


class FakeBackend:
    """Remembers what it was asked to draw; counts how many are alive."""

    alive = 0

    def __init__(self) -> None:
        self.style: Style | None = None
        self.drawn = 0
        FakeBackend.alive += 1

    detail = "fake"
    ready = True

    def prepare(self, style: Style) -> bool:
        return self.ready

    def set_style(self, style: Style) -> None:
        if style.name == "bad":
            raise UserError("bad style")
        self.style = style

    def draw(self, values: Values, frame: Frame, target: Target) -> None:
        self.drawn += 1

    redraws = False

    def redraw(self, values: Values, target: Target, marks: Marks) -> None:
        raise AssertionError("it draws no single cells")

    def over(self, before: Backend, share: float) -> Drawer | None:
        return None

    def joins(self, other: Backend) -> bool:
        return False

    def draw_all(self, shots: Sequence[Shot]) -> None:
        raise AssertionError("it joins nobody")

    def release(self) -> None:
        FakeBackend.alive -= 1


@pytest.fixture
def fade(ctx: moderngl.Context) -> Crossfade:
    FakeBackend.alive = 0
    crossfade = Crossfade(ctx, FakeBackend, (16, 16))
    crossfade.show(STYLES["a"], 0.0)
    return crossfade


def on_screen(fade: Crossfade, dt_seconds: float = 0.1) -> tuple[str, str | None, float]:
    fade.draw(VALUES, Frame(0, 0.0, dt_seconds), (16, 16))
    before = fade.before.style.name if isinstance(fade.before, FakeBackend) and fade.before.style else None
    assert isinstance(fade.on_air, FakeBackend) and fade.on_air.style
    return fade.on_air.style.name, before, fade.fade


def test_both_are_drawn_while_one_becomes_the_other(fade: Crossfade) -> None:
    fade.show(STYLES["b"], 1.0)
    first = on_screen(fade)
    assert first[:2] == ("b", "a") and 0 < first[2] < 0.1
    fades = [on_screen(fade)[2] for _ in range(8)]
    assert fades == sorted(fades) and fades[-1] > 0.9
    assert on_screen(fade, 0.2) == ("b", None, 1.0)


def test_a_cut_happens_at_once(fade: Crossfade) -> None:
    fade.show(STYLES["b"], 0.0)
    assert on_screen(fade) == ("b", None, 1.0)


def test_a_style_that_cannot_be_shown_changes_nothing(fade: Crossfade) -> None:
    for seconds in (0.0, 1.0):
        with pytest.raises(UserError):
            fade.show(STYLES["bad"], seconds)
        assert on_screen(fade) == ("a", None, 1.0)
    assert fade.style is STYLES["a"]


def test_a_third_style_during_a_fade_starts_from_the_second(fade: Crossfade) -> None:
    fade.show(STYLES["b"], 1.0)
    on_screen(fade)
    fade.show(STYLES["c"], 1.0)
    assert on_screen(fade)[:2] == ("c", "b")


def test_a_hundred_changes_use_no_more_than_three_backends(fade: Crossfade) -> None:
    for i in range(100):
        fade.show(STYLES["abc"[i % 3]], 0.3)
        on_screen(fade, 0.2)
    assert FakeBackend.alive <= 3
    fade.release()
    assert FakeBackend.alive == 0


def test_a_style_kept_ready_is_cut_to_without_work_and_any_other_is_not(fade: Crossfade) -> None:
    fade.keep_ready(STYLES["b"])
    assert on_screen(fade) == ("a", None, 1.0)
    prepared = fade._ready
    fade.show(STYLES["b"], 0.0)
    assert fade.on_air is prepared
    assert on_screen(fade) == ("b", None, 1.0)
    fade.keep_ready(STYLES["a"])
    fade.show(replace(STYLES["a"]), 0.0)  # the same name, other weights
    assert fade.on_air is prepared
    with pytest.raises(UserError):
        fade.keep_ready(STYLES["bad"])
    assert fade.ready_style is None
    fade.show(STYLES["c"], 1.0)
    fade.release()
    assert FakeBackend.alive == 0


def test_live_a_style_waits_for_its_program_while_the_old_one_goes_on(
    ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeBackend.alive = 0
    fade = Crossfade(ctx, FakeBackend, (16, 16), live=True)
    monkeypatch.setattr(FakeBackend, "ready", False)
    fade.show(STYLES["a"], 0.0)
    assert on_screen(fade) == ("a", None, 1.0), "the first style does not wait"
    for seconds in (0.0, 1.0):
        fade.show(STYLES["b"], seconds)
        assert on_screen(fade) == ("a", None, 1.0)
        assert fade.style is STYLES["a"] and fade.wanted is STYLES["b"]
    monkeypatch.setattr(FakeBackend, "ready", True)
    assert on_screen(fade)[:2] == ("b", "a")
    monkeypatch.setattr(FakeBackend, "ready", False)
    fade.show(STYLES["c"], 1.0)
    assert on_screen(fade, 2.0) == ("b", None, 1.0), "the running fade ends while the third style is prepared"
    fade.show(STYLES["bad"], 1.0)
    monkeypatch.setattr(FakeBackend, "ready", True)
    with pytest.raises(UserError):
        on_screen(fade)
    assert on_screen(fade) == ("b", None, 1.0)
    fade.release()
    assert FakeBackend.alive == 0
