"""The preview: the real network, off air, drawn only while somebody looks and seldom enough."""

from collections.abc import Iterator
from dataclasses import replace

import moderngl
import numpy as np
import pytest

from app.audio.features import Features
from app.clock import Frame
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.modulation.values import Values
from app.problems import UserError
from app.render.glsl_backend import GlslBackend
from app.render.preview import PATIENCE_SECONDS, PICTURE_SECONDS, SHARE, SIZE_PX, STYLE_SECONDS, Preview
from app.render.target import Target
from app.style import Style

STYLE = replace(random_style(1, Arch(width=8, depth=1)), name="moss")
FRAME = Frame(30, 2.0, 1 / 60)
FEATURES = Features(bass=0.7)


class Clock:
    """Time that passes only when told to, and with every piece of work by `work_seconds`."""

    def __init__(self) -> None:
        self.now = 100.0
        self.work_seconds = 0.0

    def monotonic(self) -> float:
        return self.now


class Counting(GlslBackend):
    """Counts what it is asked, and takes the clock's time for it."""

    clock: Clock
    taken: int = 0
    drawn: int = 0
    refuses: bool = False

    def set_style(self, style: Style) -> None:
        self.taken += 1
        if self.refuses:
            raise UserError("too wide for this driver")
        super().set_style(style)

    def draw(self, values: Values, frame: Frame, target: Target) -> None:
        self.drawn += 1
        self.clock.now += self.clock.work_seconds
        super().draw(values, frame, target)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("app.render.preview.time.monotonic", made.monotonic)
    return made


@pytest.fixture
def backend(ctx: moderngl.Context, clock: Clock) -> Counting:
    made = Counting(ctx)
    made.clock = clock
    return made


@pytest.fixture
def preview(ctx: moderngl.Context, backend: Counting) -> Iterator[Preview]:
    made = Preview(ctx, lambda: backend)
    yield made
    made.release()


def look(preview: Preview, clock: Clock, style: Style = STYLE, frames: int = 400, budget_seconds: float = 1.0) -> int:
    """Look at a network for some frames; return the texture at the end."""
    for _ in range(frames):
        preview.picture(style)
        clock.now += 1 / 60
        preview.step(budget_seconds, FEATURES, FRAME)
    return preview.picture(style)


def test_it_is_the_network_with_the_shows_sound_and_time(ctx: moderngl.Context, preview: Preview, clock: Clock) -> None:
    assert preview.picture(STYLE) == 0
    assert look(preview, clock) > 0
    plain, direct = GlslBackend(ctx), Target(ctx, SIZE_PX)
    plain.set_style(STYLE)
    plain.draw(Values({}, FEATURES.heard, FRAME.seconds), FRAME, direct)
    assert preview._shown is not None
    assert np.array_equal(preview._shown.read(), direct.read())
    plain.release()
    direct.release()


def test_unseen_it_does_nothing(preview: Preview, backend: Counting, clock: Clock) -> None:
    for _ in range(100):
        clock.now += 1
        preview.step(1.0, FEATURES, FRAME)
    assert backend.taken == backend.drawn == 0


def test_it_takes_no_more_than_its_share_of_the_time(preview: Preview, backend: Counting, clock: Clock) -> None:
    look(preview, clock, frames=60)
    clock.work_seconds = 0.03
    before, began = backend.drawn, clock.now
    look(preview, clock, frames=6000)
    pieces = backend.drawn - before
    assert pieces > 0
    assert pieces * clock.work_seconds / (clock.now - began) < SHARE * 1.1


def test_what_takes_long_once_does_not_stop_it_for_long(preview: Preview, backend: Counting, clock: Clock) -> None:
    clock.work_seconds = 2.0
    look(preview, clock, frames=3)
    assert backend.drawn == 1
    clock.work_seconds = 0.0
    look(preview, clock, frames=60 * 10)
    assert backend.drawn > 10


def test_pictures_are_seldom_even_where_they_cost_nothing(preview: Preview, clock: Clock) -> None:
    seen = 0
    shown = preview._shown
    for _ in range(600):
        look(preview, clock, frames=1)
        seen += preview._shown is not shown
        shown = preview._shown
    assert 10 < seen <= 600 / 60 / PICTURE_SECONDS + 1


def test_without_time_left_it_waits_for_a_while(preview: Preview, backend: Counting, clock: Clock) -> None:
    look(preview, clock, frames=2)
    clock.work_seconds = 0.02
    look(preview, clock, frames=60)
    before, began = backend.drawn, clock.now
    look(preview, clock, frames=600, budget_seconds=-1.0)
    assert 0 < backend.drawn - before <= (clock.now - began) / PATIENCE_SECONDS + 1


def test_new_weights_come_once_a_second(preview: Preview, backend: Counting, clock: Clock) -> None:
    began = clock.now
    for seed in range(60):
        look(preview, clock, replace(random_style(seed, STYLE.arch), name="moss"), frames=6)
    assert 2 < backend.taken <= (clock.now - began) / STYLE_SECONDS + 1


def test_another_job_shows_nothing_of_the_one_before(preview: Preview, clock: Clock) -> None:
    look(preview, clock)
    other = replace(STYLE, name="ash")
    assert preview.picture(other) == 0
    assert look(preview, clock, other) > 0


def test_what_cannot_be_drawn_is_told_once(preview: Preview, backend: Counting, clock: Clock) -> None:
    backend.refuses = True
    told = 0
    for _ in range(600):
        try:
            look(preview, clock, frames=1)
        except UserError:
            told += 1
    assert told == 1
    assert preview.picture(STYLE) == 0
    assert backend.drawn == 0


def test_releasing_twice(preview: Preview, clock: Clock) -> None:
    look(preview, clock)
    preview.release()
    preview.release()
    assert preview.picture(STYLE) == 0
