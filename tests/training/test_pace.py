"""Training on the show's graphics card takes what the show leaves of the time, and no more."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.training import pace, store
from app.training.messages import Leave, Order, Share, Told
from app.training.pace import Pace, rest_seconds
from app.training.progress import Progress
from app.training.run import run_job
from tests.training.fake_training import FAKE


def test_the_share_follows_what_is_left_in_notches() -> None:
    show, told = Pace(), []
    for _ in range(200):
        if show.step(0.3):
            told.append(show.share)
    assert told == sorted(told, reverse=True) and 3 <= len(told) <= 7
    assert show.share == pytest.approx(0.3, abs=pace.NOTCH)
    for _ in range(500):
        show.step(-5.0)
    assert show.share <= pace.LEAST_SHARE + pace.NOTCH


def test_a_rest_makes_the_share_and_never_lasts_long() -> None:
    assert rest_seconds(0.1, 0.5) == pytest.approx(0.1)
    assert rest_seconds(0.1, 1.0) == 0.0
    assert rest_seconds(0.1, 0.0) == pace.LONGEST_REST_SECONDS
    assert rest_seconds(5.0, 0.25) == pace.LONGEST_REST_SECONDS


@pytest.mark.parametrize(("fault", "rests"), [("gpu", True), ("", False)])
def test_only_a_graphics_card_rests_between_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, rests: bool
) -> None:
    asked: list[float] = []

    def noted(step_seconds: float, share: float) -> float:
        asked.append(share)
        return 0.0

    monkeypatch.setattr(pace, "rest_seconds", noted)
    job = store.create(tmp_path / "jobs", "blue", "steps: 60" + f"\nfault: {fault}" * bool(fault), tmp_path, tmp_path)
    steps: list[int] = []

    def send(told: Told) -> None:
        if isinstance(told, Progress):
            steps.append(told.step)

    def receive(wait_seconds: float) -> Sequence[Order]:
        return (Leave(),) if len(steps) > 3 else (Share(0.25),)

    started = time.monotonic()
    run_job(job, send, receive, FAKE, 0.0)
    assert time.monotonic() - started < 5
    assert bool(asked) == rests
    assert not rests or (asked[0], asked[-1]) == (1.0, 0.25)
