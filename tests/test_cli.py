"""The command line as a person meets it: one clear line, exit code 2, nothing half made."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def clavilux(
    *arguments: str, home: Path, display: str | None = None, timeout: float = 100
) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    env |= {"CLAVILUX_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=home, timeout=timeout, check=False)


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line that explains why."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--fps", "0"], "--fps 0"),
        (["run", "--fps", "nan"], "--fps nan"),
        (["run", "--seconds", "-3"], "--seconds -3"),
        (["run", "--window", "axb"], "'axb' is not a size"),
        (["run", "--window", "1x1"], "16..8192"),
        (["run", "--source", "file"], "needs --file"),
        (["run", "--file", "nowhere.mp3", "--headless"], "nowhere.mp3"),
        (["run", "--style", "no_such_style", "--headless"], "no_such_style"),
        (["run", "--preset", "no_such_preset", "--headless"], "no_such_preset"),
        (["run", "--record", "no/such/folder/x.mp4", "--headless"], "does not exist"),
        (["render", "nowhere.mp3", "x.mp4"], "nowhere.mp3"),
        (["render", "empty.wav", "x.mp4"], "empty.wav"),
        (["render", "text.mp3", "x.mp4"], "text.mp3"),
        (["render", "text.mp3", "x.gif"], ".mp4"),
        (["render", "text.mp3", "x.mp4", "--resolution", "641x360"], "even sides; use 642x360"),
        (["render", "text.mp3", "x.mp4", "--fps", "-1"], "--fps -1"),
        (["features", "nowhere.mp3", "--json", "x.json"], "nowhere.mp3"),
        (["frobnicate"], "frobnicate"),
        (["run", "--frobnicate"], "--frobnicate"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.mp3").write_text("not music")
    assert words in refused(clavilux(*arguments, home=tmp_path))
    assert not (tmp_path / "x.mp4").exists()


def test_the_commands_are_listed(tmp_path: Path) -> None:
    shown = clavilux("--help", home=tmp_path).stdout
    for name in ("run", "render", "features", "effects", "styles", "devices", "doctor", "bench"):
        assert name in shown


def test_a_headless_run_reports_what_it_did(tmp_path: Path) -> None:
    arguments = ["--headless", "--seconds", "2", "--window", "160x90", "--report", "r.json", "--screenshot", "s.png"]
    done = clavilux(*arguments, home=tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["frames"] > 5
    assert report["seconds"] == pytest.approx(2, abs=0.5)
    assert set(report["frame_ms"]) == {"p50", "p95", "p99", "max"}
    assert report["backend"] in ("cpu", "glsl")
    assert report["startup_s"]["to_first_frame"] > 0
    assert (tmp_path / "s.png").read_bytes()[:4] == b"\x89PNG"


def test_without_a_display_it_records_the_show_instead(tmp_path: Path) -> None:
    done = clavilux("run", "--seconds", "1", "--fps", "5", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "No display" in done.stdout
    video = Path(done.stdout.splitlines()[-1])
    assert video.is_file() and video.parent == tmp_path / "recordings"


def test_doctor_finds_what_the_show_needs(tmp_path: Path) -> None:
    done = clavilux("doctor", "--json", home=tmp_path)
    findings = {finding["name"]: finding for finding in json.loads(done.stdout)}
    assert findings["opengl"]["status"] in ("ok", "limited")
    assert findings["display"]["status"] == "limited"
    assert done.returncode == 0
