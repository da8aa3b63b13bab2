"""The sentinel: who crashed, how often, and who merely runs beside."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.show import sentinel
from app.show.sentinel import STEADY_SECONDS, Sentinel


def gone() -> int:
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def crash(path: Path) -> None:
    """Let the run that the file tells of be over without a word."""
    note = json.loads(path.read_text())
    path.write_text(json.dumps(note | {"pid": gone()}))


def test_a_clean_end_leaves_nothing(tmp_path: Path) -> None:
    guard = Sentinel(tmp_path / "running.json", [])
    assert (tmp_path / "running.json").exists()
    guard.end()
    assert not (tmp_path / "running.json").exists()
    assert not Sentinel(tmp_path / "running.json", []).crashed


def test_crashes_in_a_row_are_counted_until_a_run_lasts(tmp_path: Path) -> None:
    path = tmp_path / "running.json"
    Sentinel(path, ["preset=a"])
    crash(path)
    second = Sentinel(path, ["preset=a"])
    assert (second.crashes, second.same_request, second.offers_safe_mode) == (1, True, False)
    crash(path)
    third = Sentinel(path, ["preset=b"])
    assert (third.crashes, third.same_request, third.offers_safe_mode) == (2, False, True)
    third.step(STEADY_SECONDS)
    crash(path)
    assert Sentinel(path, []).crashes == 1


def test_a_start_that_was_refused_leaves_what_it_found(tmp_path: Path) -> None:
    path = tmp_path / "running.json"
    Sentinel(path, []).withdraw()
    assert not path.exists()
    Sentinel(path, ["preset=a"])
    crash(path)
    found = path.read_bytes()
    Sentinel(path, ["preset=typo"]).withdraw()
    assert path.read_bytes() == found
    assert Sentinel(path, ["preset=a"]).crashes == 1


def test_until_the_first_picture_the_request_is_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "running.json"
    Sentinel(path, ["preset=a"])
    crash(path)
    Sentinel(path, ["preset=b"])
    crash(path)
    second = Sentinel(path, ["preset=b"])
    assert (second.crashes, second.same_request) == (2, False)
    second.begin()
    crash(path)
    assert Sentinel(path, ["preset=b"]).same_request


def test_a_reset_of_the_driver_is_a_crash_only_when_it_comes_again(tmp_path: Path) -> None:
    path = tmp_path / "running.json"
    Sentinel(path, []).reset()
    again = Sentinel(path, [])
    assert (again.was_reset, again.crashed, again.crashes, again.second) == (True, True, 0, False)
    again.reset()
    assert Sentinel(path, []).crashes == 1
    Sentinel(path, []).reset()
    assert Sentinel(path, []).offers_safe_mode
    steady = Sentinel(path, [])
    steady.step(STEADY_SECONDS)
    steady.reset()
    assert Sentinel(path, []).crashes == 0


def test_the_run_before_may_still_be_ending_after_a_reset(tmp_path: Path) -> None:
    note = {"pid": os.getppid(), "request": [], "crashes": 0, "resets": 1, "was_reset": True}
    (tmp_path / "running.json").write_text(json.dumps(note))
    assert not Sentinel(tmp_path / "running.json", []).second


def test_a_second_show_beside_the_first_touches_nothing(tmp_path: Path) -> None:
    path = tmp_path / "running.json"
    first = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        text = json.dumps({"pid": first.pid, "request": [], "crashes": 0})
        path.write_text(text)
        beside = Sentinel(path, [])
        assert beside.second
        assert not beside.crashed
        beside.step(STEADY_SECONDS)
        beside.end()
        assert path.read_text() == text
    finally:
        first.communicate(b"\n")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere nobody says when a process began")
def test_another_program_that_got_the_number_of_a_crashed_show_is_no_show(tmp_path: Path) -> None:
    path = tmp_path / "running.json"
    Sentinel(path, [])
    note = json.loads(path.read_text())
    assert note["began"] == sentinel.began(os.getpid()) != ""
    note["pid"] = os.getppid()
    path.write_text(json.dumps(note | {"began": "another-boot 123"}))
    after_a_power_cut = Sentinel(path, [])
    assert (after_a_power_cut.second, after_a_power_cut.crashed) == (False, True)
    path.write_text(json.dumps(note | {"began": sentinel.began(os.getppid())}))
    assert Sentinel(path, []).second


def test_a_file_that_makes_no_sense_is_no_crash(tmp_path: Path) -> None:
    for text in ("", "{}", "[1]", '{"pid": -1}', "\x00" * 50):
        (tmp_path / "running.json").write_text(text)
        assert not Sentinel(tmp_path / "running.json", []).crashed
    assert sentinel.is_alive(os.getpid())
    assert not sentinel.is_alive(gone())
    assert not sentinel.is_alive(10**30)
