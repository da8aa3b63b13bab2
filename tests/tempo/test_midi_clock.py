"""MIDI clock as a frame loop gets it: ticks in bunches, late by up to a frame."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tempo.midi_clock import CONTINUE, MOST, SONG_POSITION, START, STOP, TICK, MidiClock, is_timing

DT = 1 / 60


class Sender:
    """A drum machine at `bpm`, heard by a clock frame by frame."""

    def __init__(self, clock: MidiClock, bpm: float, fps: float = 60) -> None:
        self.clock, self.bpm, self.dt = clock, bpm, 1 / fps
        self.now = 0.0
        self.ticks = 0
        self.beats = 0.0
        self.began = 0

    def send(self, *message: int) -> None:
        self.clock.hear("drums", message, self.now)

    def start(self) -> None:
        """Send Start: the next tick is the one."""
        self.send(START)
        self.began = self.ticks

    def frames(self, seconds: float) -> None:
        for _ in range(round(seconds / self.dt)):
            self.now += self.dt
            self.beats += self.dt * self.bpm / 60
            while self.ticks <= self.beats * 24:
                self.send(TICK)
                self.ticks += 1

    def read(self) -> tuple[float, float]:
        read = self.clock.read(self.now, self.dt)
        assert read is not None
        return read

    @property
    def expected(self) -> float:
        return self.beats - self.began / 24


@pytest.mark.parametrize("fps", [30, 60, 144])
@pytest.mark.parametrize("bpm", [70.0, 120.0, 174.0])
def test_place_and_tempo_are_steadier_than_frames(bpm: float, fps: float) -> None:
    sender = Sender(MidiClock(), bpm, fps)
    sender.start()
    sender.frames(4.0)
    for _ in range(50):
        sender.frames(1.01 / fps)
        position, heard = sender.read()
        assert heard == pytest.approx(bpm, rel=0.01)
        assert abs(position - sender.expected) * 60 / bpm < 0.012  # seconds


def test_start_makes_the_next_tick_the_one() -> None:
    sender = Sender(MidiClock(), 120.0)
    sender.frames(3.3)
    sender.start()
    sender.frames(2.0)
    assert sender.read()[0] == pytest.approx(sender.expected, abs=0.03)


def test_song_position_and_continue_go_on_from_there() -> None:
    sender = Sender(MidiClock(), 120.0)
    sender.frames(2.0)
    sender.send(STOP)
    sender.send(SONG_POSITION, 64 & 127, 64 >> 7)  # 64 sixteenths: the fifth bar
    sender.send(CONTINUE)
    at = sender.beats
    sender.frames(1.0)
    assert sender.read()[0] == pytest.approx(16 + sender.beats - at, abs=0.06)


def test_a_new_tempo_is_followed_within_a_bar() -> None:
    sender = Sender(MidiClock(), 100.0)
    sender.frames(5.0)
    sender.bpm = 140.0
    sender.frames(4 * 60 / 140)
    assert sender.read()[1] == pytest.approx(140.0, rel=0.02)


def test_a_clock_that_stops_is_missed_and_comes_back() -> None:
    clock = MidiClock()
    sender = Sender(clock, 120.0)
    sender.frames(2.0)
    assert clock.read(sender.now + 1.0, DT) is None
    sender.now += 10
    sender.frames(1.0)
    assert sender.read()[1] == pytest.approx(120.0, rel=0.02)


def test_a_second_device_waits_until_the_first_is_silent() -> None:
    clock = MidiClock()
    sender = Sender(clock, 120.0)
    sender.frames(1.0)
    clock.hear("other", (START,), sender.now)
    assert clock.device == "drums"
    clock.hear("other", (TICK,), sender.now + 2)
    assert clock.device == "other"


def test_a_cable_that_leads_back_costs_a_frame_little(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = MidiClock()
    sender = Sender(clock, 120.0)
    sender.frames(2.0)
    lines: list[None] = []
    line = MidiClock._line
    monkeypatch.setattr(MidiClock, "_line", lambda own: lines.append(None) or line(own))  # type: ignore[func-returns-value]
    for _ in range(2000):
        sender.send(TICK)
    assert len(lines) <= MOST
    monkeypatch.undo()
    sender.frames(4.0)
    assert sender.read()[1] == pytest.approx(120.0, rel=0.02)


@given(
    st.lists(st.tuples(st.sampled_from([TICK, START, STOP, CONTINUE, SONG_POSITION]), st.floats(0, 0.2)), max_size=60)
)
def test_any_row_of_messages_gives_a_usable_tempo_or_none(messages: list[tuple[int, float]]) -> None:
    clock, now = MidiClock(), 0.0
    for status, seconds in messages:
        now += seconds
        clock.hear("x", (status, 3, 4), now)
        read = clock.read(now, DT)
        assert read is None or (math.isfinite(read[0]) and 20 <= read[1] <= 400)


def test_which_messages_are_the_clocks() -> None:
    assert is_timing((0xF8,))
    assert is_timing((0xF2, 0, 0))
    assert not is_timing((0x90, 60, 100))
    assert not is_timing(())
