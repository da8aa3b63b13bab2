"""`clavilux render`: interrupted, resumed, refused, and never at the cost of what was there before."""

import errno
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from app import preset as presets
from app import style as styles
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.live import Session
from app.output import recorder
from app.output.muxer import SafeFile
from app.preset import EffectUse, Preset

SMALL = ("--resolution", "64x36", "--fps", "10", "--backend", "glsl")
Clavilux = Callable[..., Any]
"""See `clavilux` in conftest.py."""
Interrupt = Callable[[int], None]


@pytest.fixture
def look(home: Path) -> str:
    """A look whose picture depends on all pictures before."""
    styles.save(random_style(3, Arch(width=8, depth=1)), home / "styles" / "small.safetensors")
    trails = EffectUse(effect="feedback_trails", values={"trail": 0.5})
    presets.save(Preset(name="trails", style="small", effects=[trails]), home / "presets" / "trails.yaml")
    return "trails"


@pytest.fixture
def interrupt(monkeypatch: pytest.MonkeyPatch) -> Interrupt:
    """Press Ctrl+C after so many drawn frames of every session to come; 0 = never."""
    step = Session.step

    def after(frames: int) -> None:
        def counted(session: Session) -> None:
            step(session)
            if session.controls.stats.frames == frames:
                session.controls.quit()

        monkeypatch.setattr(Session, "step", counted)

    return after


def film(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the pictures (n, height, width, 3) and the sound (channels, frames) of a video."""
    with av.open(str(path)) as video:
        pictures = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
    with av.open(str(path)) as video:
        sound = [frame.to_ndarray() for frame in video.decode(audio=0)]
    return np.array(pictures), np.concatenate(sound, axis=1)


def psnr_db(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    error = float(np.mean((one.astype(float) - other) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def test_an_interrupted_render_goes_on_as_if_never_cut(
    clavilux: Clavilux, song: Path, look: str, interrupt: Interrupt, tmp_path: Path
) -> None:
    whole, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    assert clavilux("render", str(song), str(whole), "--preset", look, *SMALL).code == 0
    command = ("render", str(song), str(cut), "--preset", look, *SMALL)
    interrupt(25)
    assert "stopped at 2.5 of 4.0 s" in clavilux(*command).out
    assert len(film(cut)[0]) == 25
    interrupt(5)  # while it draws its way back to where it was
    assert "stopped at 2.5 of 4.0 s" in clavilux(*command).out
    interrupt(0)
    ended = clavilux(*command, "--report", "r.json")
    assert (ended.code, ended.out) == (0, f"{cut}\n")
    report = json.loads(Path("r.json").read_text())
    assert (report["frames"], report["seconds"]) == (40, 4.0)
    assert len({*report["frame_ms"].values()}) > 1  # measured, not the time of the show
    (pictures, sound), (expected, expected_sound) = film(cut), film(whole)
    assert len(pictures) == len(expected) == 40
    likeness = [psnr_db(one, other) for one, other in zip(pictures, expected, strict=True)]
    assert min(likeness) >= 38  # what H.264 loses in so small a picture
    assert psnr_db(pictures[25], expected[24]) < 35  # a picture too many or too few would show
    assert abs(sound.shape[1] - expected_sound.shape[1]) <= 1024
    assert np.abs(sound[:, : 4 * 44_100] - expected_sound[:, : 4 * 44_100]).max() < 0.1
    assert {path.name for path in tmp_path.iterdir()} == {"song.wav", "whole.mp4", "cut.mp4", "r.json"}


def test_a_video_that_is_there_stays_until_the_new_one_is_complete(
    clavilux: Clavilux, song: Path, look: str, interrupt: Interrupt, tmp_path: Path
) -> None:
    out = tmp_path / "out.mp4"
    out.write_bytes(b"precious")
    command = ("render", str(song), str(out), "--preset", look, *SMALL)
    interrupt(3)
    assert "out.rendering.mp4: stopped" in clavilux(*command).out
    assert out.read_bytes() == b"precious"
    assert len(film(tmp_path / "out.rendering.mp4")[0]) == 3
    interrupt(0)
    assert clavilux(*command, "--seconds", "1").code == 0  # another length: begun anew
    assert len(film(out)[0]) == 10
    assert {path.name for path in tmp_path.iterdir()} == {"song.wav", "out.mp4"}


def test_ctrl_c_before_the_first_frame_leaves_nothing(
    clavilux: Clavilux, song: Path, look: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from app.commands import run

    monkeypatch.setattr(run, "end_on_signals", lambda session: session.controls.quit())
    assert clavilux("render", str(song), "x.mp4", "--preset", look, *SMALL).code == 130
    assert [path.name for path in tmp_path.iterdir()] == ["song.wav"]


def test_a_full_disk_is_one_line_and_what_was_drawn_plays(
    clavilux: Clavilux, song: Path, look: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Small(io.FileIO):
        def write(self, data: Any) -> int:
            if self.tell() + len(data) > 40_000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    monkeypatch.setattr(recorder, "create", lambda path, replace: (path, SafeFile(Small(path, "wb"))))
    ended = clavilux("render", str(song), "x.mp4", "--preset", look, *SMALL, "--report", "r.json")
    assert ended.code == 2
    (line,) = ended.err.splitlines()
    assert line.startswith("clavilux: recording stopped: disk full; kept x.mp4")
    assert len(film(tmp_path / "x.mp4")[0]) > 3
    assert not Path("r.json").exists()


def test_a_random_style_comes_from_the_seed(clavilux: Clavilux, song: Path, tmp_path: Path) -> None:
    (tmp_path / "plain.yaml").write_text("name: plain\n")
    shown = []
    for more in (["--seed", "1"], ["--seed", "1"], ["--seed", "2"], ["--seed", "1", "--preset", "plain.yaml"]):
        assert clavilux("render", str(song), "x.mp4", "--seconds", "0.1", *SMALL, *more).code == 0
        shown.append(film(Path("x.mp4"))[0][0])
    assert (shown[0] == shown[1]).all() and (shown[0] == shown[3]).all()
    assert psnr_db(shown[0], shown[2]) < 25


def test_a_look_without_a_style_plays_too(clavilux: Clavilux, tmp_path: Path) -> None:
    (tmp_path / "plain.yaml").write_text("name: plain\n")
    assert clavilux("--headless", "--seconds", "0.1", "--window", "32x32", "--preset", "plain.yaml").code == 0


def test_the_video_made_without_a_display_keeps_one_that_is_there(clavilux: Clavilux, tmp_path: Path) -> None:
    (tmp_path / "take.mp4").write_bytes(b"precious")
    ended = clavilux("--seconds", "0.2", "--record", "take.mp4", "--screenshot", "s.png", "--fps", "10")
    assert ended.code == 0, ended.err
    assert ended.out.splitlines()[-1] == "take-2.mp4"
    assert (tmp_path / "take.mp4").read_bytes() == b"precious"
    assert len(film(tmp_path / "take-2.mp4")[0]) == 2
    assert (tmp_path / "s.png").read_bytes()[:4] == b"\x89PNG"
