"""Commands run in this process: what they print, how they end, and nothing of them left behind."""

import signal
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from app.cli import main


@dataclass
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Clavilux = Callable[..., Ended]


@pytest.fixture
def clavilux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Clavilux]:
    """Run a command in an empty folder, as on a machine without a display."""
    monkeypatch.chdir(tmp_path)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def run(*arguments: str) -> Ended:
        capsys.readouterr()
        try:
            main(arguments)
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ended(code, *capsys.readouterr())

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """Four seconds of a beating tone, stereo, 44.1 kHz."""
    seconds = np.arange(4 * 44_100) / 44_100
    tone = np.sin(2 * np.pi * 220 * seconds) * np.exp(-(seconds % 0.5) * 8)
    path = tmp_path / "song.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((2, 2, 44_100, 0, "NONE", ""))
        out.writeframes(np.repeat((tone * 20_000).astype("<i2"), 2).tobytes())
    return path
