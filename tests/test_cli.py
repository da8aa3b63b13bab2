"""The command line as a person meets it: one clear line, exit code 2, nothing half made."""

import io
import json
import logging
import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from app.cli import Spoken, main
from app.problems import Problems

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
        (["run", "--fps", "481"], "1 to 480"),
        (["run", "--source", "demo", "--file", "good.wav"], "--file does not go with --source demo"),
        (["run", "--file", "good.wav", "--device", "x"], "--device does not go with --source file"),
        (["run", "--headless", "--report", "folder"], "folder: is a folder"),
        (["run", "--headless", "--screenshot", "s.jpg"], "s.jpg: name the picture .png"),
        (["run", "--headless", "--style", "embr_flames"], "did you mean 'ember_flames'"),
        (["run", "--headless", "--preset", "bad.yaml"], "bad.yaml:2: effects[0].effect: unknown effect 'blom'"),
        (["render", "good.wav", "x.mp4", "--fps", "1e-9"], "1 to 480"),
        (["render", "good.wav", "x.mp4", "--seed", "-5"], "--seed"),
        (["render", "good.wav", "x.mp4", "--report", "no/r.json"], "does not exist; make it first"),
        (["render", "good.wav", "x.mp4", "--load-weights", "half.safetensors"], "style file; copy it here again"),
        (["replay", "friday", "x.mp4"], "friday: no such set; sets lie in "),
        (["render", "good.wav", "x.mp4", "--load-weights", "folder"], "not a style file"),
        (["render", "good.wav", "x.mp4", "--load-weights", "a.pth", "--style", "b"], "leave one of them out"),
        (["features", "good.wav", "--json", "folder"], "folder: is a folder"),
        (["bench", "--json", "no/such/x.json"], "does not exist; make it first"),
        (["effects", "check", "nowhere.fs"], "nowhere.fs: no such file"),
        (["good.wav"], "to play it: clavilux --file good.wav"),
        (["rendr"], "Did you mean 'render'"),
        (["frobnicate"], "frobnicate"),
        (["run", "--frobnicate"], "--frobnicate"),
        (["run", "--delay", "-1"], "0 to 500"),
        (["run", "--delay", "501"], "0 to 500"),
        (["run", "--advance-bars", "0"], "0.25 (a beat) to 256"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert ended.value.code == 2
    assert sorted(tmp_path.iterdir()) == before


def prepare(folder: Path) -> None:
    """Make what the mistakes need: a folder, and files good and bad."""
    (folder / "folder").mkdir()
    (folder / "empty.wav").touch()
    (folder / "text.mp3").write_text("not music")
    (folder / "half.safetensors").write_bytes(b"\xff" * 40)
    (folder / "bad.yaml").write_text("style: ember_flames\neffects: [{effect: blom}]\n")
    with wave.open(str(folder / "good.wav"), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(bytes(8000))


def test_the_process_itself_ends_with_code_2(tmp_path: Path) -> None:
    assert "nowhere.mp3" in refused(clavilux("render", "nowhere.mp3", "x.mp4", home=tmp_path))


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_the_commands_are_listed(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([word])
    shown = capsys.readouterr().out
    for name in ("run", "render", "features", "effects", "styles", "devices", "doctor", "bench", "evaluate"):
        assert name in shown


def test_a_home_that_cannot_be_written_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CLAVILUX_HOME", str(tmp_path / "file"))
    for command in ("styles", "effects", "doctor"):
        try:
            main([command, "--json"])
        except SystemExit as ended:
            assert not ended.code
        rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
        assert rows
    assert rows["styles folder"]["status"] == "limited"


def test_a_stderr_that_takes_nothing_ends_no_show(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    problems, log = Problems(), logging.getLogger("clavilux")
    monkeypatch.setattr(log, "handlers", [Spoken()])
    monkeypatch.setattr(sys, "stderr", Full())
    problems.report("sound: gone")
    assert [problem.text for problem in problems] == ["sound: gone"]


def test_a_headless_run_reports_what_it_did(tmp_path: Path) -> None:
    arguments = ["--headless", "--seconds", "1", "--window", "160x90", "--report", "r.json", "--screenshot", "s.png"]
    done = clavilux(*arguments, home=tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["frames"] > 1
    assert report["seconds"] == pytest.approx(1, abs=0.5)
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
    assert findings["sets folder"]["detail"] == str(tmp_path / "sets")
    assert done.returncode == 0
