"""The soak: it plays, counts, judges, and leaves nothing behind."""

import gc
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import moderngl
import pytest

from app.commands import soak
from app.commands.soak_report import Steps, failures, rise, slope
from app.problems import UserError

SHORT = """
import sys
from pathlib import Path
from app.commands import soak
soak.SHOW = "from app.commands import soak_show as s; s.ACT_SECONDS, s.PICTURE_PX = 0.1, (64, 36); " + soak.SHOW
sys.exit(soak.soak(0.08 if sys.argv[1] else 0.04, bool(sys.argv[1]), 1, Path(sys.argv[2])))
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
    assert figures["crashes"] == 0
    assert figures["frames"]["frames"] > 0
    assert figures["frames"]["processor_ms"]["max"] > 0
    assert sum(figures["acts"].values()) > 0
    assert figures["pictures"]["empty"] == 0
    assert len(figures["memory"]["mb"]) == len(figures["gl_objects"]["counts"]) >= 1
    assert all((part in figures) == chaos for part in ("training", "sound_server", "relaunch", "displays"))
    if chaos and figures["sound_server"]["there"]:
        assert 0 <= figures["sound_server"]["heard_again_seconds"] < 15
    if chaos and not figures["displays"]["there"]:
        assert f"left out: displays that come and go: {figures['displays']['left_out']}" in ended.stdout
    assert list(home.iterdir()) == [], "nothing of the user's is touched"


BEGINNING = "import os, signal, subprocess, sys, time; from pathlib import Path; home = Path(sys.argv[4]); "
LEAVING = "(home / 'last.txt').write_text('flood'); left = subprocess.Popen(['sleep', '60']); "


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "the show died of SIGSEGV after 0 s; the last it did: flood"),
        ("raise MemoryError", "the show ended with exit status 1 after 0 s; the last it did: flood"),
        ("time.sleep(60)", "the show hung after 1 s; the last it did: flood"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_show_that_dies_is_a_figure_and_leaves_nothing_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], end: str, words: str
) -> None:
    told = tmp_path / "left"
    monkeypatch.setattr(soak, "SHOW", f"{BEGINNING}{LEAVING}Path({str(told)!r}).write_text(str(left.pid)); {end}")
    monkeypatch.setattr(soak, "PATIENCE_SECONDS", 6.0 if "sleep(60)" in end else 100.0)
    assert soak.soak(0.0, False, 1, tmp_path / "soak.json") == 1
    figures = json.loads((tmp_path / "soak.json").read_text())
    assert (figures["crashes"], figures["passed"]) == (1, False)
    (line,) = figures["failures"]
    assert re.sub(r"after \d+ s", "", line) == re.sub(r"after \d+ s", "", words)
    assert capsys.readouterr().out == f"FAILED: 1 crash\n  {line}\n"
    patience = time.monotonic() + 30
    while _runs(int(told.read_text())):
        assert time.monotonic() < patience, "what was left is never killed"
        time.sleep(0.01)


def _runs(process: int) -> bool:
    """Whether it still runs; one that nobody waited for yet is a zombie, not running."""
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False


def test_a_dead_show_says_where_it_stood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crash = "from app.commands import soak_show; soak_show.play = lambda *_: __import__('faulthandler')._sigsegv(); "
    monkeypatch.setattr(soak, "SHOW", crash + soak.SHOW)
    figures = soak.watch(tmp_path, 1.0, False, 1)
    assert figures["stack"][0] == "Fatal Python error: Segmentation fault"
    assert any("play_watched" in line for line in figures["stack"])


def test_a_show_that_hangs_when_it_has_ended_keeps_its_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    playing = "from app.commands import soak_show; soak_show.play = lambda *_: {'frames': 7, 'failures': ['late']}; "
    hanging = "import time; from app import ending; ending.leave = lambda _: time.sleep(60); "
    monkeypatch.setattr(soak, "SHOW", f"{hanging}{playing}{soak.SHOW}")
    monkeypatch.setattr(soak, "PATIENCE_SECONDS", 12.0)
    figures = soak.watch(tmp_path, 0.0, False, 1)
    assert (figures["crashes"], figures["frames"]) == (1, 7)
    hung, late = figures["failures"]
    assert hung.startswith("the show hung after") and hung.endswith("the last it did: its end")
    assert late == "late"
    assert any("Aborted" in line for line in figures["stack"])


def test_what_a_show_cannot_do_here_is_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing = "from app.commands import soak_show; from app.problems import UserError; "
    raising = "soak_show.play = lambda *_: (_ for _ in ()).throw(UserError('no OpenGL here')); "
    monkeypatch.setattr(soak, "SHOW", refusing + raising + soak.SHOW)
    with pytest.raises(UserError, match="no OpenGL here"):
        soak.watch(tmp_path, 1.0, False, 1)


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
        ({"sound_server": {"failures": ["sound: not heard"]}}, False, "sound: not heard"),
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
