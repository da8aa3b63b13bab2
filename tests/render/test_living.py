"""Living thumbnails: whose turn it is, what a frame without time costs, and what is left when the mouse goes."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import moderngl
import numpy as np
import pytest

from app import paths
from app import preset as presets
from app import style as styles
from app.audio.features import Features
from app.clock import Frame
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.preset import EffectUse, Preset
from app.render import living
from app.render.backend import Shot, draw_one_by_one
from app.render.glsl_backend import GlslBackend
from app.render.library import Library
from app.render.living import REST_SECONDS
from app.render.thumbnails import Thumbnails
from app.tempo.beat import Beat

SIZE = (32, 18)


class Stage:
    """Thumbnails of three styles and a look, and a clock that the test moves."""

    def __init__(self, thumbnails: Thumbnails, now: list[float]) -> None:
        self.thumbnails, self.now, self.index = thumbnails, now, 0

    def frames(self, count: int, pointed: str = "", budget: float = 1.0, seen: tuple[str, ...] = ("a", "b")) -> None:
        for _ in range(count):
            self.index += 1
            self.now[0] += 1 / 30
            for name in seen:
                self.thumbnails.style(name)
            if pointed:
                self.thumbnails.point("style", pointed)
            frame = Frame(self.index, self.index / 30, 1 / 30)
            self.thumbnails.move(budget, Features(loudness=0.5), frame, Beat())

    def seen(self, name: str, kind: Any = "style") -> np.ndarray:
        target = self.thumbnails._slots[kind, name].target
        assert target is not None
        return target.read()


@pytest.fixture
def make(ctx: moderngl.Context, home: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], Stage]]:
    for seed, name in enumerate("abc"):
        styles.save(random_style(seed, Arch(width=16, depth=2)), paths.data("styles") / f"{name}.safetensors")
    look = Preset(name="dawn", style="a", effects=[EffectUse(effect="mirror")])
    presets.save(look, paths.data("presets") / "dawn.yaml")
    made: list[Thumbnails] = []

    def begin(on_processor: bool) -> Stage:
        monkeypatch.setattr(living, "is_software", lambda _: on_processor)
        thumbnails = Thumbnails(ctx, lambda: GlslBackend(ctx), Library(), SIZE)
        made.append(thumbnails)
        for name in "abc":
            thumbnails.style(name)
        thumbnails.look("dawn")
        deadline = time.monotonic() + 20.0
        while (thumbnails._waiting or thumbnails._work is not None) and time.monotonic() < deadline:
            thumbnails.step(1.0)  # effects are compiled in a thread of their own
        now = [100.0]
        monkeypatch.setattr("app.render.living.time.monotonic", lambda: now[0])
        return Stage(thumbnails, now)

    yield begin
    for thumbnails in made:
        thumbnails.release()


def changed(stage: Stage, before: dict[str, np.ndarray]) -> set[str]:
    return {name for name, picture in before.items() if not np.array_equal(stage.seen(name), picture)}


def test_what_is_in_view_moves_and_nothing_else(make: Callable[[bool], Stage]) -> None:
    stage = make(False)
    still = {name: stage.seen(name) for name in "abc"}
    stage.frames(60)
    assert changed(stage, still) == {"a", "b"}
    moved = {name: stage.seen(name) for name in "abc"}
    stage.frames(30)
    assert changed(stage, moved) == {"a", "b"}
    kept = stage.thumbnails.pixels("a", "style")
    assert kept is not None
    assert np.array_equal(kept, still["a"]), "the still picture is kept"


def test_those_due_are_drawn_in_one_go_where_the_backend_can(
    make: Callable[[bool], Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    together: list[int] = []

    def noted(self: GlslBackend, shots: Sequence[Shot]) -> None:
        together.append(len(shots))
        draw_one_by_one(shots)

    monkeypatch.setattr(GlslBackend, "joins", lambda self, other: True)
    monkeypatch.setattr(GlslBackend, "draw_all", noted)
    stage = make(False)
    still = {name: stage.seen(name) for name in "abc"}
    stage.frames(90, seen=("a", "b", "c"))
    assert changed(stage, still) == {"a", "b", "c"}
    assert together.count(3) > 0.8 * len(together) > 5, "once all have moved, they move together"


def test_without_time_left_nothing_moves(make: Callable[[bool], Stage]) -> None:
    stage = make(False)
    still = {name: stage.seen(name) for name in "abc"}
    for budget in (0.0, -0.01, 0.0015):
        stage.frames(30, budget=budget)
    assert changed(stage, still) == set()


def test_the_pointed_one_has_more_pictures(make: Callable[[bool], Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    stage = make(False)
    drawn: list[str] = []
    real = living.Living._draw

    def noted(self: living.Living, item: Any, *rest: Any) -> Any:
        drawn.append(item[1])
        return real(self, item, *rest)

    stage.frames(60)
    monkeypatch.setattr(living.Living, "_draw", noted)
    stage.frames(60, pointed="b")
    assert drawn.count("b") > 1.5 * drawn.count("a") > 0


def test_on_a_processor_only_the_one_the_mouse_rests_on_moves_and_rests_again(make: Callable[[bool], Stage]) -> None:
    stage = make(True)
    still = {name: stage.seen(name) for name in "abc"}
    stage.frames(int(REST_SECONDS * 30) - 2, pointed="a")
    assert changed(stage, still) == set(), "a mouse that passes starts nothing"
    stage.frames(40, pointed="a")
    assert changed(stage, still) == {"a"}
    stage.frames(1)
    assert changed(stage, still) == set()


def test_a_look_moves_with_its_effects(make: Callable[[bool], Stage]) -> None:
    stage = make(True)
    before = stage.seen("dawn", "look")
    for _ in range(60):
        stage.thumbnails.point("look", "dawn")
        stage.frames(1)
    moved = stage.seen("dawn", "look")
    assert not np.array_equal(moved, before)
    assert np.abs(moved[:, ::-1].astype(int) - moved).max() <= 4, "mirrored, as the look is"


def test_nothing_is_left_behind(make: Callable[[bool], Stage], alive_gl: Callable[[], int]) -> None:
    before = alive_gl()
    stage = make(False)
    stage.frames(60)
    assert alive_gl() > before
    stage.thumbnails.release()
    assert alive_gl() == before
