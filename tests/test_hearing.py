"""Hearing: changing sources, and what is told of them, with pretended sources."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app import plugins
from app.audio.ring import Ring
from app.audio.source import SourceChoice
from app.clock import Frame
from app.hearing import Hearing
from app.problems import Problems, UserError


class FakeSource:
    """Gives a constant level."""

    def __init__(self, level: float) -> None:
        self.level = level
        self.label, self.status, self.latency_seconds, self.dropped_blocks = "fake", "listening", 0.0, 0
        self.waiting = False
        self.ring: Ring | None = None

    def start(self, ring: Ring) -> None:
        ring.configure(48_000, 1)
        self.ring = ring

    def pump(self, frame: Frame) -> None:
        assert self.ring is not None
        self.ring.write(np.full((480, 1), self.level, np.float32))

    def stop(self) -> None:
        self.ring = None


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """A file source is a `FakeSource` of 0.5 once this is set, a device cannot be opened, the demo is one of 0.1."""
    decoded = threading.Event()

    def slow_file(choice: SourceChoice) -> FakeSource:
        decoded.wait(30.0)
        return FakeSource(0.5)

    def no_device(choice: SourceChoice) -> FakeSource:
        raise UserError(f"unknown device '{choice.device}'")

    makers = {"demo": lambda choice: FakeSource(0.1), "file": slow_file, "device": no_device}
    monkeypatch.setattr(plugins, "load", lambda _kind, _table, name: makers[name])
    return decoded


def step_until(hearing: Hearing, done: Callable[[], bool]) -> None:
    for index in range(500):
        hearing.step(Frame(index, index / 100, 0.01))
        if done():
            return
        time.sleep(0.005)
    raise AssertionError("it never happened")


def test_the_show_goes_on_while_a_file_is_decoded(ready: threading.Event) -> None:
    hearing = Hearing(SourceChoice(), Problems())
    old = hearing.source
    hearing.choose(SourceChoice("file"))
    for index in range(5):
        hearing.step(Frame(index, index / 100, 0.01))
    assert hearing.source is old
    assert hearing.ring.newest(480).max() == pytest.approx(0.1)
    ready.set()
    step_until(hearing, lambda: hearing.source is not old)
    assert hearing.choice.kind == "file"
    assert hearing.ring.newest(480).max() == pytest.approx(0.5)


def test_the_last_choice_wins(ready: threading.Event) -> None:
    hearing = Hearing(SourceChoice(), Problems())
    hearing.choose(SourceChoice("file"))
    hearing.choose(SourceChoice("demo", gain_db=1.0))
    step_until(hearing, lambda: hearing.choice.gain_db == 1.0)
    ready.set()
    time.sleep(0.05)
    hearing.step(Frame(0, 0.0, 0.0))
    assert hearing.choice.kind == "demo"


def test_a_source_that_cannot_be_opened_is_told_once_and_the_old_one_stays(ready: threading.Event) -> None:
    problems = Problems()
    hearing = Hearing(SourceChoice(), problems)
    old = hearing.source
    hearing.choose(SourceChoice("device", device="Line"))
    step_until(hearing, lambda: len(problems) > 0)
    hearing.step(Frame(0, 0.0, 0.0))
    assert [(problem.text, problem.count) for problem in problems] == [("unknown device 'Line'", 1)]
    assert hearing.source is old


@pytest.mark.parametrize(
    ("error", "words"),
    [(OSError(5, "Input/output error"), "Input/output error"), (MemoryError(), "not enough memory")],
)
def test_whatever_stops_a_source_is_told(monkeypatch: pytest.MonkeyPatch, error: Exception, words: str) -> None:
    problems = Problems()

    def opened(choice: SourceChoice) -> FakeSource:
        if choice.file is not None:
            raise error
        return FakeSource(0.1)

    monkeypatch.setattr(plugins, "load", lambda *_: opened)
    hearing = Hearing(SourceChoice(), problems)
    hearing.choose(SourceChoice("file", Path("song.mp3")))
    step_until(hearing, lambda: len(problems) > 0)
    assert [problem.text for problem in problems] == [f"song.mp3: cannot be opened: {words}"]


def test_a_source_that_does_not_start_lets_go_of_its_device(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[FakeSource] = []

    class Broken(FakeSource):
        def start(self, ring: Ring) -> None:
            raise UserError("no")

        def stop(self) -> None:
            stopped.append(self)

    monkeypatch.setattr(plugins, "load", lambda *_: lambda choice: (Broken if choice.file else FakeSource)(0.1))
    with pytest.raises(UserError):
        Hearing(SourceChoice(file=Path("song.mp3")), Problems())
    hearing = Hearing(SourceChoice(), Problems())
    hearing.choose(SourceChoice(file=Path("song.mp3")))
    step_until(hearing, lambda: len(stopped) == 2)
    assert not isinstance(hearing.source, Broken)


def test_lost_blocks_are_counted_over_a_change_of_source(ready: threading.Event) -> None:
    ready.set()
    hearing = Hearing(SourceChoice(), Problems())
    old = hearing.source
    assert isinstance(old, FakeSource)
    old.dropped_blocks = 3
    hearing.choose(SourceChoice("file"))
    step_until(hearing, lambda: hearing.source is not old)
    assert hearing.dropped == 3


def test_a_device_that_is_away_is_told_once_each_time(ready: threading.Event) -> None:
    problems = Problems()
    hearing = Hearing(SourceChoice(), problems)
    assert isinstance(hearing.source, FakeSource)
    for status in ("waiting for X", "listening", "waiting for X", "waiting for X", "listening", "waiting for X"):
        hearing.source.status, hearing.source.waiting = status, status.startswith("waiting")
        hearing.step(Frame(0, 0.0, 0.0))
    assert [(problem.text, problem.count) for problem in problems] == [("sound: waiting for X", 3)]


def test_a_device_that_is_away_at_the_start_is_told_before_the_first_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    away = FakeSource(0.0)
    away.waiting, away.status = True, "waiting for X: it is not there"
    monkeypatch.setattr(plugins, "load", lambda *_: lambda _: away)
    problems = Problems()
    hearing = Hearing(SourceChoice("device"), problems)
    hearing.step(Frame(0, 0.0, 0.0))
    assert [(problem.text, problem.count) for problem in problems] == [("sound: waiting for X: it is not there", 1)]


def test_late_speakers_get_what_was_heard_before() -> None:
    hearing = Hearing(SourceChoice(live=False), Problems())
    late = [hearing.step(Frame(i, i / 50, 1 / 50), 0.2).seconds for i in range(50)]
    prompt = [hearing.step(Frame(i, i / 50, 1 / 50)).seconds for i in range(50, 60)]
    assert late[:11] == [late[0]] * 11
    assert late[40] == pytest.approx(30 / 50, abs=0.011)
    assert prompt[0] == pytest.approx(1.0, abs=0.011)
    hearing.release()
