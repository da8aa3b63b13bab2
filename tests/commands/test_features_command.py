import json
import wave
from pathlib import Path

import numpy as np
import pytest

from app.audio.features import FEATURES
from app.commands.features import features
from app.problems import UserError


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Ten seconds of clicks at 120 BPM, starting at 0.25 s."""
    sound = np.zeros(480_000)
    tick = np.sin(np.arange(2000) * 0.2) * np.exp(-np.arange(2000) / 300)
    for beat in range(19):
        sound[12_000 + 24_000 * beat :][:2000] += tick[: 480_000 - 12_000 - 24_000 * beat]
    path = tmp_path / "clip.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 48_000, 0, "NONE", ""))
        out.writeframes((sound * 30_000).astype("<i2").tobytes())
    return path


def test_writes_everything_heard(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "heard.json"
    features(clip, out)
    heard = json.loads(out.read_text("utf-8"))
    assert heard["file"] == str(clip)
    assert heard["rate_hz"] == 48_000
    assert heard["hop_seconds"] == pytest.approx(0.01)
    for name in ("seconds", *FEATURES, "level_dbfs"):
        assert len(heard[name]) == 1000
    assert heard["seconds"][-1] == pytest.approx(10)
    assert heard["tempo"] == pytest.approx(120, rel=0.02)
    late = [at for at in heard["beats"] if at > 4]
    assert all(abs((at - 0.25 + 0.25) % 0.5 - 0.25) < 0.05 for at in late)


def test_bad_places_are_named(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist; make it first"):
        features(clip, tmp_path / "missing" / "heard.json")
    with pytest.raises(UserError, match="is a folder"):
        features(clip, tmp_path)
    with pytest.raises(UserError, match=r"absent\.wav"):
        features(tmp_path / "absent.wav", tmp_path / "heard.json")
