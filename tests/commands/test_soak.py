"""The soak: it plays, counts, judges, and leaves nothing behind."""

import gc
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import moderngl
import pytest

from app.commands.soak_report import Steps, failures, rise, slope

SHORT = """
import sys
from pathlib import Path
from app.commands import soak
soak.ACT_SECONDS, soak.PICTURE_PX = 0.1, (64, 36)
sys.exit(soak.soak(0.08, sys.argv[1] == "chaos", 1, Path(sys.argv[2])))
"""


@pytest.mark.parametrize("chaos", [False, True])
def test_a_short_soak_measures_and_passes(tmp_path: Path, home: Path, chaos: bool) -> None:
    """Apart: with virtual displays it opens windows, and none opens where other tests made an EGL context current."""
    report = tmp_path / "soak.json"
    ended = subprocess.run(
        [sys.executable, "-c", SHORT, "chaos" if chaos else "", str(report)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    figures = json.loads(report.read_text())
    assert ended.stdout.startswith("passed: ")
    assert figures["passed"]
    assert figures["frames"]["frames"] > 0
    assert figures["frames"]["processor_ms"]["max"] > 0
    assert sum(figures["acts"].values()) > 0
    assert figures["pictures"]["empty"] == 0
    assert len(figures["memory"]["mb"]) == len(figures["gl_objects"]["counts"]) >= 1
    assert all((part in figures) == chaos for part in ("training", "sound_server", "relaunch", "displays"))
    if chaos and not figures["displays"]["there"]:
        assert f"left out: displays that come and go: {figures['displays']['left_out']}" in ended.stdout
    assert list(home.iterdir()) == [], "nothing of the user's is touched"


def test_gl_objects_are_counted_that_the_collector_set_aside_or_took_unreleased(
    ctx: moderngl.Context, alive_gl: Callable[[], int]
) -> None:
    texture = ctx.texture((4, 4), 4)
    before = alive_gl()
    ctx.texture((4, 4), 4)
    assert alive_gl() == before + 1
    gc.freeze()
    try:
        texture.release()
        assert alive_gl() == before
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


GOOD: dict[str, Any] = {
    "seconds": 900.0,
    "memory": {"slope": {"mb_per_minute": 0.1, "low": -0.1, "high": 0.3, "share": 0.01}},
    "gl_objects": {"share": 0.0},
    "pictures": {"empty": 0},
    "frames": {"frames": 5000, "budget_ms": 16.7, "clock_ms": {"p99": 20.0}, "processor_ms": {"p50": 9.0}},
}


@pytest.mark.parametrize(
    ("changes", "hardware", "words"),
    [
        ({"memory": {"slope": {"low": 0.5, "high": 2.0, "share": 0.2}}}, False, "memory changed by 20.0%"),
        ({"gl_objects": {"share": -0.1}}, False, "GL objects changed by -10.0%"),
        ({"pictures": {"empty": 3}}, False, "3 pictures were all black or all white"),
        ({"relaunch": {"failures": ["a relaunch took 7.0 s"]}}, False, "a relaunch took 7.0 s"),
        ({"displays": {"failures": ["displays: DUMMY1 is black"]}}, False, "displays: DUMMY1 is black"),
        ({"frames": {"frames": 5000, "budget_ms": 16.7, "clock_ms": {"p99": 99.0}}}, True, "p99 of a frame is"),
        (
            {"frames": {"frames": 5000, "budget_ms": 16.7, "processor_ms": {"p50": 30.0}}},
            False,
            "half of the frames take more than",
        ),
    ],
)
def test_what_must_not_be_is_named(changes: dict[str, Any], hardware: bool, words: str) -> None:
    assert failures(GOOD, hardware) == []
    (line,) = failures(GOOD | changes, hardware)
    assert line.startswith(words)


def test_frames_in_floods_are_told_with_and_without_those_that_brought_another_look() -> None:
    steps = Steps()
    for work_ms, flooded, landed in [(10, False, True), (5, True, False), (300, True, True), (7, True, False)]:
        steps.add(work_ms, work_ms, flooded, landed, "")
    told = steps.report(33.0)
    assert told["in_floods"]["over_twice_the_budget"] == pytest.approx(1 / 3, abs=1e-4)
    assert told["in_floods_same_look"] == {
        "frames": 2, "processor_ms": {"p50": 6.0, "p95": 6.9, "p99": 6.98, "max": 7.0}, "over_twice_the_budget": 0.0
    }  # fmt: skip
    assert told["without_floods"]["frames"] == 1


def test_memory_that_wavers_is_no_growth_and_memory_that_grows_is() -> None:
    times = [15.0 * i for i in range(120)]
    wavering = slope([(at, 600 + 40 * ((i * 7) % 5)) for i, at in enumerate(times)])
    assert wavering["low"] < 0 < wavering["high"]
    growing = slope([(at, 600 + at / 60 * 8 + 40 * ((i * 7) % 5)) for i, at in enumerate(times)])
    assert growing["low"] > 2
    assert growing["mb_per_minute"] == pytest.approx(8.0, abs=1.5)
    assert growing["share"] > 0.05
    assert slope([(0.0, 1.0)])["share"] == 0.0


def test_a_leak_of_objects_is_told_from_a_busy_moment() -> None:
    assert rise([69, 69, 99, 69, 107, 69, 69, 69, 87]) == 0.0
    assert rise([69, 70, 71, 72, 73, 74, 75, 76, 77]) == pytest.approx(6 / 69)
    assert rise([3]) == 0.0
