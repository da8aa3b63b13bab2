"""A window with its panels on a real display, recorded: the panels are on the screen and not in the film."""

import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from app import preset as presets
from app.preset import Preset


def last_picture(path: Path) -> NDArray[np.uint8]:
    """Return the last picture of a film or a PNG as (90, 160, 3)."""
    with av.open(str(path)) as file:
        *_, last = file.decode(video=0)
        picture: NDArray[np.uint8] = last.reformat(width=160, height=90).to_ndarray(format="rgb24")
        return picture


def apart(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    return float(np.abs(a.astype(int) - b).mean())


def test_a_recording_has_no_panels_in_it(display: str, tmp_path: Path) -> None:
    still = Preset(name="still", style="deep_vortex", params={"speed": 0.0, "reactivity": 0.0})
    presets.save(still, tmp_path / "still.yaml")
    shot, plain, film = tmp_path / "window.png", tmp_path / "plain.png", tmp_path / "show.mp4"
    common = [sys.executable, "-m", "app", "run", "--backend", "cpu", "--preset", str(tmp_path / "still.yaml")]
    environment = {**os.environ, "DISPLAY": display, "PULSE_SERVER": "unix:/nowhere"}
    for words in (
        ["--window", "960x540", "--seconds", "1.5", "--record", str(film), "--screenshot", str(shot)],
        ["--window", "640x360", "--headless", "--seconds", "0.1", "--screenshot", str(plain)],
    ):
        run = subprocess.run(
            [*common, *words], env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert (run.returncode, run.stderr) == (0, "")
    picture = last_picture(plain)
    assert picture.std() > 20
    assert apart(last_picture(film), picture) < 10
    assert apart(last_picture(shot), picture) > 40
