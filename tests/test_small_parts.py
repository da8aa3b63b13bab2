"""Clock, settings, problems, stats, plug-in tables, output areas: small parts with sharp edges."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audio.source import SOURCES
from app.clock import StepClock, WallClock
from app.output.output import OUTPUTS
from app.output.window import fitted
from app.plugins import load
from app.problems import Problems, UserError, nearest, shown
from app.render.backend import BACKENDS
from app.settings import check_fps, check_seconds, parse_size
from app.stats import Series, Stats


def test_a_step_clock_is_exact() -> None:
    clock = StepClock(30)
    frames = [clock.tick() for _ in range(301)]
    assert frames[300].seconds == 10.0
    assert frames[0].dt_seconds == 0.0 and frames[1].dt_seconds == pytest.approx(1 / 30)


def test_a_wall_clock_starts_at_zero_and_never_goes_back() -> None:
    clock = WallClock()
    frames = [clock.tick() for _ in range(5)]
    assert frames[0].seconds == 0.0 == frames[0].dt_seconds
    assert all(a.seconds <= b.seconds for a, b in pairwise(frames))
    assert sum(frame.dt_seconds for frame in frames) == pytest.approx(frames[-1].seconds)


@pytest.mark.parametrize(("text", "size"), [("720p", (1280, 720)), ("4K", (3840, 2160)), ("641X361", (641, 361))])
def test_sizes(text: str, size: tuple[int, int]) -> None:
    assert parse_size(text) == size


@given(st.text(max_size=12))
def test_no_size_raises_anything_but_a_user_error(text: str) -> None:
    try:
        assert all(16 <= side <= 8192 for side in parse_size(text))
    except UserError as error:
        assert "\n" not in str(error).replace(text, "")


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf, 1e9])
def test_impossible_rates_and_lengths_are_refused(bad: float) -> None:
    for check in (check_fps, check_seconds):
        with pytest.raises(UserError):
            check(bad)


def fail(error: BaseException) -> None:
    raise error


def test_a_guard_keeps_the_show_going_and_counts_repeats() -> None:
    problems = Problems()
    for _ in range(3):
        with problems.guard("effect"):
            fail(ValueError("odd"))
    with problems.guard("style"):
        fail(UserError("red.safetensors: truncated"))
    with problems.guard("sound"):
        fail(MemoryError())
    assert [(problem.text, problem.count) for problem in problems] == [
        ("effect: odd", 3),
        ("red.safetensors: truncated", 1),
        ("sound: MemoryError", 1),
    ]
    with pytest.raises(KeyboardInterrupt), problems.guard("effect"):
        fail(KeyboardInterrupt())


def test_problems_do_not_grow_without_end() -> None:
    problems = Problems()
    for i in range(1000):
        problems.report(f"problem {i}")
    assert len(problems) == Problems.KEPT
    assert [*problems][-1].text == "problem 999"


def test_what_a_stranger_sends_without_end_is_one_problem() -> None:
    problems = Problems()
    for name in ("a", "b\n\x1b", "c" * 100):
        problems.report(f"OSC: '{shown(name, 3)}'", about="OSC")
    assert [(problem.text, problem.count) for problem in problems] == [("OSC: 'ccc…'", 3)]
    assert shown("b\n\x1b[1m\u202e") == "b??[1m?"


def test_the_nearest_name_is_suggested() -> None:
    assert nearest("bas", ["bass", "mid"]) == "; did you mean 'bass'?"
    assert nearest("xyz", ["bass", "mid"]) == "; known: bass, mid"
    assert nearest("xyz", []) == ""


@pytest.mark.parametrize("table", [SOURCES, BACKENDS, OUTPUTS], ids=["sources", "backends", "outputs"])
def test_every_entry_of_a_table_can_be_loaded(table: dict[str, str]) -> None:
    for name in table:
        assert callable(load("entry", table, name))
    with pytest.raises(UserError, match="unknown entry 'nothing'"):
        load("entry", table, "nothing")


def test_a_series_keeps_the_newest_in_order() -> None:
    series = Series(kept=4)
    assert series.percentiles(50) == [0.0]
    for value in range(6):
        series.add(value)
    assert series.newest().tolist() == [2, 3, 4, 5]
    assert series.newest(2).tolist() == [4, 5]
    assert series.percentiles(0, 100) == [2.0, 5.0]


def test_the_report_counts_late_frames_and_leaves_out_the_first() -> None:
    stats = Stats(fps=50)
    for dt in (0.0, 0.02, 0.02, 0.05, 0.02):
        stats.step(dt, dt, scale=0.5, latency_seconds=0.012)
    report = stats.report()
    assert (report["frames"], report["missed"]) == (5, 1)
    assert report["frame_ms"]["max"] == pytest.approx(50)
    assert report["frame_ms"]["p50"] == pytest.approx(20)
    assert report["scale"] == {"min": 0.5, "mean": 0.5}
    assert report["latency_ms"]["p95"] == pytest.approx(12)


@given(st.tuples(*[st.integers(1, 4000)] * 2), st.tuples(*[st.integers(8, 4000)] * 2))
def test_the_whole_picture_is_shown_in_its_own_shape(picture: tuple[int, int], window: tuple[int, int]) -> None:
    x, y, width, height = fitted(picture, (10, 20, *window))
    assert x >= 10 and y >= 20 and x + width <= 10 + window[0] and y + height <= 20 + window[1]
    assert abs(width / window[0] - 1) < 1e-9 or abs(height / window[1] - 1) < 1e-9
