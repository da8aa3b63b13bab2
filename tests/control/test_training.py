"""Knobs, pads and OSC on a training job."""

from pathlib import Path
from typing import Any

import pytest

from app.control.actions import ACTIONS, Switch, Trigger
from app.training.progress import Job, JobState, JobStatus

Stage = Any
"""The class in conftest."""


class FakeTrainer:
    def __init__(self, *states: JobState) -> None:
        jobs = (Job(state, state, "", Path(), Path()) for state in states)
        self.statuses = tuple(JobStatus(job, state) for job, state in zip(jobs, states, strict=True))
        self.orders: list[tuple[str, str]] = []

    def pause(self, job_id: str) -> None:
        self.orders.append(("pause", job_id))

    def resume(self, job_id: str) -> None:
        self.orders.append(("resume", job_id))

    def keep(self, job_id: str) -> None:
        self.orders.append(("keep", job_id))


PRESSES: list[tuple[str, tuple[JobState, ...], list[tuple[str, str]]]] = [
    ("train_pause", ("done", "running", "waiting"), [("pause", "running")]),
    ("train_pause", ("done", "paused"), [("resume", "paused")]),
    ("train_keep", ("running", "waiting"), [("keep", "running")]),
    ("train_keep", ("paused",), [("keep", "paused")]),
    ("train_keep", ("done", "failed"), []),
]


@pytest.mark.parametrize(("name", "states", "orders"), PRESSES)
def test_a_press(stage: Stage, name: str, states: tuple[JobState, ...], orders: list[tuple[str, str]]) -> None:
    stage.trainer = FakeTrainer(*states)
    action = ACTIONS[name]
    assert isinstance(action, Switch | Trigger)
    action.press(stage)
    assert stage.trainer.orders == orders


def test_where_nothing_is_trained_nothing_happens(stage: Stage) -> None:
    pause, keep = ACTIONS["train_pause"], ACTIONS["train_keep"]
    assert isinstance(pause, Switch)
    assert isinstance(keep, Trigger)
    pause.press(stage)
    keep.press(stage)
    assert pause.read(stage) is False
