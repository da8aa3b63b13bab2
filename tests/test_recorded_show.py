"""Recordings of the whole program: picture and sound read back from the file, and every way a show may end."""

import os
import signal
import subprocess
import sys
import time
import wave
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from app import style as styles
from app.audio.source import SourceChoice
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.live import Session
from app.render.target import Target
from app.settings import Settings

RATE = 44_100
SMALL_PX = (64, 36)


@pytest.fixture
def clicks(tmp_path: Path) -> Path:
    """A sound file with a click every 0.47 s, so that clicks fall on every part of a picture's time."""
    sound = np.zeros(20 * RATE)
    for start in range(RATE // 2, len(sound), round(0.47 * RATE)):
        sound[start : start + 200] = 0.8
    path = tmp_path / "clicks.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes((sound * 32_767).astype("<i2").tobytes())
    return path


def small_style(home: Path) -> str:
    path = home / "styles" / "small.safetensors"
    styles.save(random_style(1, Arch(width=8, depth=1)), path)
    return path.stem


def decoded(path: Path) -> tuple[list[float], list[float], np.ndarray[Any, Any]]:
    """Return (time of each picture, its mean brightness, mono sound)."""
    times, levels, sound = [], [], []
    with av.open(str(path)) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        for frame in file.decode(video, audio):
            if isinstance(frame, av.VideoFrame):
                times.append(float(frame.time or 0.0))
                levels.append(float(frame.to_ndarray(format="gray").mean()))
            else:
                sound.append(frame.to_ndarray().mean(axis=0))
        return times, levels, np.concatenate(sound)


def beginnings(loud: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return where stretches begin that follow a tenth of their distance of quiet."""
    places = np.flatnonzero(loud)
    return places[np.diff(places, prepend=-(10**9)) > RATE // 10]


def test_a_live_show_is_recorded_in_step_from_its_beginning(
    home: Path, clicks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each picture is white if a click came since the one before; a change of source in the middle changes nothing."""
    source = SourceChoice("file", file=clicks, audible=False)
    settings = Settings(
        source=source, style=small_style(home), fps=30, picture_px=SMALL_PX, headless=True, record=tmp_path / "show.mp4"
    )
    with ExitStack() as stack:
        session = Session(settings, stack)
        white = Target(session.surface.ctx, SMALL_PX)
        white.framebuffer.clear(1.0, 1.0, 1.0, 1.0)
        stack.callback(white.release)
        ears = session.hearing.reader()

        def draw(*_: object) -> Target:
            return (
                white
                if ears.read_new().samples.max(initial=0.0) > 0.4
                else session.picture.black(session.controls.frame)
            )

        monkeypatch.setattr(session.picture, "draw", draw)
        while session.controls.frame.seconds < 4.0:
            if session.controls.frame.index == 60:
                session.controls.choose_source(SourceChoice("demo", loop=True, audible=False))
            if session.controls.frame.index == 75:
                session.controls.choose_source(source)
            session.step()
        drawn = session.controls.frame.index + 1
    times, levels, sound = decoded(tmp_path / "show.mp4")
    steps = np.diff(np.array(times) * 30)
    assert steps == pytest.approx(np.maximum(np.round(steps), 1), abs=0.01), "30 a second, but for those never drawn"
    assert len(times) > 0.9 * drawn
    assert len(sound) / RATE == pytest.approx(times[-1] + 1 / 30, abs=steps.max() / 30)
    heard = beginnings(np.abs(sound) > 0.3) / RATE
    shown = np.array(times)[1:][np.diff(np.array(levels) > 128) & (np.array(levels[1:]) > 128)]
    late = [min(shown - click, key=abs) for click in heard if click < times[-1] - 0.2]
    assert len(late) >= 4
    each = float(np.mean(steps)) / 30
    assert np.median(late) == pytest.approx(0.5 * each, abs=each), "on average half a picture after the click"


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_however_a_show_ends_its_recording_plays(how: str, home: Path, tmp_path: Path) -> None:
    film = tmp_path / "show.mp4"
    words = ["run", "--headless", "--window", "64x36", "--fps", "20", "--style", small_style(home)]
    words += ["--backend", "cpu", "--record", str(film), "--report", str(tmp_path / "report.json")]
    environment = {**os.environ, "PULSE_SERVER": "unix:/nowhere"}
    show = subprocess.Popen([sys.executable, "-m", "app", *words], env=environment, stderr=subprocess.PIPE)
    while (not film.exists() or film.stat().st_size < 25_000) and show.poll() is None:
        time.sleep(0.02)
    show.send_signal(getattr(signal, how))
    _, told = show.communicate(timeout=120)
    assert told == b""
    times, _, sound = decoded(film)
    places = np.array(times) * 20
    assert places == pytest.approx(np.round(places), abs=0.01), "20 a second, but for those that a busy machine misses"
    assert times[-1] == pytest.approx(len(sound) / 48_000, abs=0.5)
    assert len(times) > 5
    assert show.returncode == (-signal.SIGKILL if how == "SIGKILL" else 0)
    assert (tmp_path / "report.json").exists() == (how != "SIGKILL")
