"""The watch over the driver: asked once a second, at once in doubt; a reset is over before the show hears of it."""

import moderngl
import pytest

from app.render import driver_watch
from app.render.driver_watch import ContextLostError, DriverWatch, reset_status

GUILTY = 0x8253


def watch_over(answers: list[int], monkeypatch: pytest.MonkeyPatch, ctx: moderngl.Context) -> DriverWatch:
    monkeypatch.setattr(driver_watch, "reset_status", lambda _: lambda: answers.pop(0) if answers else 0)
    return DriverWatch(ctx)


def test_it_asks_once_a_second_and_at_once_in_doubt(ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [0] * 9
    watch = watch_over(answers, monkeypatch, ctx)
    for tenth in range(25):
        watch.step(tenth / 10, doubtful=False)
    assert len(answers) == 6
    watch.step(2.5, doubtful=True)
    assert len(answers) == 5


def test_a_reset_is_waited_for(ctx: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [0, GUILTY, GUILTY, GUILTY]
    watch = watch_over(answers, monkeypatch, ctx)
    watch.step(0.0, doubtful=False)
    with pytest.raises(ContextLostError, match="driver was reset"):
        watch.step(1.0, doubtful=False)
    assert answers == []


def test_a_driver_at_work_is_well(ctx: moderngl.Context) -> None:
    assert reset_status(ctx)() == 0
