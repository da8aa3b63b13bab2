"""The one beat: what is heard, tapped or sent, and what a performer does to it, frame by frame."""

import math
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.audio.features import Analyzer, Features
from app.audio.ring import Block
from app.clock import Frame
from app.problems import UserError
from app.tempo.beat import BAR
from app.tempo.midi_clock import START, TICK
from app.tempo.tempo import Tempo

DT = 1 / 60


class Show:
    """A tempo fed with an ideal tracker at `bpm`, frame by frame."""

    def __init__(self, bpm: float = 120.0) -> None:
        self.tempo = Tempo()
        self.bpm = bpm
        self.total = 0.0
        self.open = True
        self.frame = Frame(0, 0.0, 0.0)
        self.positions: list[float] = []
        self.each: Callable[[], None] = lambda: None

    def heard(self) -> Features:
        if not self.open:
            return Features(gate_open=False, beats=math.floor(self.total), tempo_bpm=self.bpm)
        return Features(
            seconds=self.frame.seconds, beat=self.total % 1, beats=math.floor(self.total), tempo_bpm=self.bpm,
            tempo_confidence=0.9, gate_open=True, loudness=0.5,
        )  # fmt: skip

    def run(self, seconds: float) -> Features:
        features = Features()
        for _ in range(round(seconds / DT)):
            self.frame = Frame(self.frame.index + 1, self.frame.seconds + DT, DT)
            self.total += DT * self.bpm / 60 if self.open else 0.0
            self.each()
            features = self.tempo.step(self.heard(), self.frame)
            self.positions.append(self.tempo.beat.position)
        return features

    def tap(self, bpm: float, count: int) -> None:
        for i in range(count):
            self.tempo.tap(self.frame.seconds)
            if i < count - 1:
                self.run(60 / bpm)

    def following(self) -> bool:
        return self.tempo.following

    @property
    def speed(self) -> float:
        """Beats a minute over the last frame."""
        return (self.positions[-1] - self.positions[-2]) / DT * 60

    @property
    def jumps(self) -> float:
        """The largest step between frames against an even one."""
        return float(np.max(np.abs(np.diff(self.positions)))) / (DT * self.bpm / 60)


def away(a: float, b: float) -> float:
    """Distance of two phases."""
    return abs((a - b + 0.5) % 1 - 0.5)


def test_what_is_heard_is_the_beat_to_the_last_bit() -> None:
    show = Show(128.0)
    features = show.run(10)
    assert features.beat == pytest.approx(show.total % 1, abs=1e-9)
    assert features.beats == math.floor(show.total)
    assert (features.tempo_bpm, features.tempo_confidence, features.loudness) == (128.0, 0.9, 0.5)


def test_before_any_tempo_features_stay_as_they_are() -> None:
    tempo = Tempo()
    silence = Features()
    assert tempo.step(silence, Frame(1, DT, DT)) is silence
    assert not tempo.beat.known
    assert tempo.beat.position > 0


def test_a_real_tracker_is_followed_hop_by_hop() -> None:
    rate = 48_000
    sound = np.zeros((rate * 8, 1), np.float32)
    for start in range(0, sound.size - 2400, rate // 2):
        sound[start : start + 2400, 0] = np.random.default_rng(1).normal(0, 0.3, 2400) * np.linspace(1, 0, 2400)
    analyzer, tempo = Analyzer(), Tempo()
    for i in range(8 * 60):
        block = Block(sound[i * 800 : (i + 1) * 800], rate)
        heard = analyzer.step(block)
        given = tempo.step(heard, Frame(i, i / 60, 1 / 60))
        if i > 300:
            assert away(given.beat, heard.beat) < 1e-6
    assert tempo.bpm == pytest.approx(120, rel=0.03)


def test_the_beat_runs_on_through_a_break_and_slides_back() -> None:
    show = Show()
    show.run(4)
    show.open = False
    show.run(2.3)
    assert show.speed == pytest.approx(120)
    assert not show.following()
    show.open = True
    show.total += 0.37
    show.run(4)
    assert away(show.tempo.beat.phase, show.total) < 1e-6
    assert np.min(np.diff(show.positions)) >= 0
    assert show.jumps < 1.3


def test_taps_take_over_and_stay_whatever_is_heard() -> None:
    show = Show(120.0)
    show.run(3)
    show.tap(100.0, 8)
    assert show.tempo.source == "tap"
    show.run(DT)
    assert away(show.tempo.beat.phase, 0.5 * DT * 100 / 60) < 1e-6
    show.bpm = 180.0
    features = show.run(6)
    assert show.tempo.bpm == pytest.approx(100.0, rel=0.02)
    assert features.tempo_bpm == show.tempo.bpm
    assert features.tempo_confidence == 1.0


def test_a_single_tap_changes_nothing() -> None:
    show = Show()
    show.run(3.1)
    show.tempo.tap(show.frame.seconds)
    show.run(1)
    assert show.tempo.source == "heard"
    assert away(show.tempo.beat.phase, show.total) < 1e-6


def test_a_typed_tempo_goes_on_from_where_the_beat_is() -> None:
    show = Show()
    show.run(3.1)
    show.tempo.set_bpm(140.0)
    show.run(3)
    assert show.jumps < 1.2
    assert show.speed == pytest.approx(140.0)
    show.tempo.set_bpm(10_000)
    assert show.tempo.bpm == 300.0


def test_double_and_half_keep_the_one() -> None:
    show = Show(90.0)
    show.run(4)
    show.tempo.scale(2.0)
    show.run(3)
    assert show.tempo.bpm == pytest.approx(180.0)
    assert show.tempo.beat.position == pytest.approx(2 * show.total)
    show.tempo.scale(0.5)
    show.tempo.scale(0.5)
    show.run(3)
    assert show.speed == pytest.approx(45.0)
    assert show.tempo.beat.position == pytest.approx(show.total / 2)


def test_nudges_move_the_beat_smoothly_and_stay() -> None:
    for source in ("heard", "tap"):
        show = Show()
        show.run(2)
        if source == "tap":
            show.tempo.set_bpm(120.0)
        for _ in range(4):
            show.tempo.nudge(1 / 32)
        show.run(3)
        assert away(show.tempo.beat.phase, show.total + 1 / 8) < 1e-6
        assert show.jumps < 1.3


def test_resync_near_a_heard_beat_means_that_beat() -> None:
    show = Show()
    show.run(3.05)  # 6.1 beats
    show.tempo.resync()
    show.run(DT)
    assert show.tempo.beat.place == 0
    assert show.tempo.beat.reaches(16)
    show.run(4)
    assert show.tempo.beat.position == pytest.approx(show.total - 6)


def test_resync_between_beats_moves_the_beat_there_for_good() -> None:
    show = Show()
    show.run(3.25)  # 6.5 beats
    show.tempo.resync()
    show.run(4.0)
    assert away(show.tempo.beat.phase, 0.0) < 0.02
    assert math.floor(show.tempo.beat.position + 0.1) % BAR == 0
    show.tempo.scale(2.0)  # what was set by hand outlasts an octave
    show.run(4)
    assert away(show.tempo.beat.phase, 2 * (show.total - 6.5)) < 0.04  # half a frame


def test_resync_of_a_tapped_tempo_is_exact() -> None:
    show = Show()
    show.run(2)
    show.tempo.set_bpm(100.0)
    show.run(0.7)
    show.tempo.resync()
    show.run(DT)
    assert abs(show.tempo.beat.position) < 0.02
    assert show.tempo.beat.reaches(BAR)


@pytest.mark.parametrize("octave", [2.0, 0.5])
def test_a_locked_tempo_refuses_octaves_but_keeps_in_step(octave: float) -> None:
    show = Show(100.0)
    show.run(4)
    show.tempo.locked = True
    show.bpm *= octave
    show.total *= octave
    show.run(6)
    assert show.tempo.bpm == pytest.approx(100.0)
    assert show.speed == pytest.approx(100.0)
    assert show.following()
    assert away(show.tempo.beat.phase * 2, show.total * 2 / octave) < 1e-6
    assert show.jumps * octave < 1.4


def test_a_locked_tempo_does_not_follow_another_but_small_drift() -> None:
    show = Show(100.0)
    show.run(4)
    show.tempo.locked = True
    show.bpm = 133.0
    show.run(4)
    assert not show.following()
    assert show.speed == pytest.approx(100.0)
    show.bpm = 102.0
    show.run(6)
    assert show.following()
    assert show.speed == pytest.approx(102.0)
    show.tempo.locked = False
    show.bpm = 133.0
    show.run(4)
    assert show.speed == pytest.approx(133.0)


def test_going_back_to_what_is_heard_slides() -> None:
    show = Show()
    show.run(2)
    show.tempo.set_bpm(131.0)
    show.run(3.3)
    show.tempo.choose("heard")
    show.run(6)
    assert away(show.tempo.beat.phase, show.total) < 1e-6
    assert np.min(np.diff(show.positions)) >= 0
    assert show.jumps < 1.5


def test_midi_clock_leads_and_start_is_the_one() -> None:
    show = Show()
    show.run(2.2)
    ticks = [0, 0.0]

    def send() -> None:
        ticks[1] += DT * 125 / 60 * 24
        while ticks[0] < ticks[1]:
            show.tempo.clock.hear("drums", (TICK,), show.frame.seconds)
            ticks[0] += 1

    show.each = send
    show.tempo.choose("midi")
    show.run(1)
    show.tempo.clock.hear("drums", (START,), show.frame.seconds)
    begun = ticks[0]
    show.run(5)
    assert show.tempo.bpm == pytest.approx(125.0, rel=0.01)
    assert show.tempo.beat.position == pytest.approx((ticks[1] - begun) / 24, abs=0.06)
    show.tempo.delay_seconds = 0.12
    show.run(3)
    assert show.tempo.beat.position == pytest.approx((ticks[1] - begun) / 24 - 0.25, abs=0.06)
    show.each = lambda: None
    show.run(2)
    assert not show.following()
    assert show.speed == pytest.approx(125.0, rel=0.01)


class FakeLink:
    def __init__(self, bpm: float) -> None:
        self.enabled = False
        self.bpm = bpm
        self.micros = 0

    def numPeers(self) -> int:  # noqa: N802 - the library's name
        return 2

    def clock(self) -> Any:
        return SimpleNamespace(micros=lambda: self.micros)

    def captureAppSessionState(self) -> Any:  # noqa: N802 - the library's name
        return SimpleNamespace(beatAtTime=lambda micros, quantum: micros / 1e6 * 2.0 + 0.25, tempo=lambda: 120.0)


def test_link_leads_once_it_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[FakeLink] = []

    def make(bpm: float) -> FakeLink:
        made.append(FakeLink(bpm))
        return made[-1]

    monkeypatch.setitem(sys.modules, "link", SimpleNamespace(Link=make))
    show = Show(100.0)
    show.run(2)
    show.tempo.choose("link")
    (link,) = made
    assert (link.enabled, link.bpm) == (True, 100.0)

    def tick() -> None:
        link.micros = round(show.frame.seconds * 1e6)

    show.each = tick
    show.run(6)
    assert show.tempo.bpm == 120.0
    assert show.tempo.beat.position == pytest.approx(show.frame.seconds * 2 + 0.25, abs=1e-3)
    assert show.tempo.link is not None
    assert show.tempo.link.peers == 2
    show.tempo.choose("heard")
    assert not link.enabled


def test_link_that_is_not_installed_is_one_line_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "link", None)
    tempo = Tempo()
    with pytest.raises(UserError, match=r"clavilux\[link\]"):
        tempo.choose("link")
    assert tempo.source == "heard"


ACTS = st.sampled_from(["tap", "double", "half", "nudge", "back", "one", "lock", "open", "140", "heard", "run", "midi"])


@settings(max_examples=60)
@given(st.lists(ACTS, max_size=30))
def test_whatever_is_done_only_the_one_sets_the_beat_back(acts: list[str]) -> None:
    show = Show()
    show.run(1)
    for act in acts:
        tempo = show.tempo
        if act == "one":
            tempo.resync()
        elif act == "tap":
            tempo.tap(show.frame.seconds)
        elif act in ("double", "half"):
            tempo.scale(2.0 if act == "double" else 0.5)
        elif act in ("nudge", "back"):
            tempo.nudge(0.1 if act == "nudge" else -0.1)
        elif act == "lock":
            tempo.locked = not tempo.locked
        elif act == "open":
            show.open = not show.open
        elif act == "140":
            tempo.set_bpm(140)
        elif act in ("heard", "midi"):
            tempo.choose("heard" if act == "heard" else "midi")
        begun = len(show.positions)
        show.run(0.3)
        run = show.positions[begun:]
        assert all(math.isfinite(position) for position in run)
        assert min(np.diff(run)) >= -1e-9
        assert max(np.diff(run)) <= 0.35
        assert 10 <= tempo.bpm <= 700
