"""The shipped demo track is what its script composes, and its beats are where its drums are."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from app.audio.decode import Decoded, decode
from app.audio.demo import BEATS, TRACK, beat_seconds, open_source
from app.audio.file import FileSource
from app.audio.ring import Ring
from app.audio.source import SourceChoice
from app.clock import Frame

SCRIPT = Path(__file__).parents[2] / "scripts" / "compose_demo.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compose_demo", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def track() -> Decoded:
    return decode(TRACK)


def test_script_composes_what_ships(script: ModuleType, track: Decoded, tmp_path: Path) -> None:
    sound, beats = script.compose()
    script.write_beats(tmp_path / "demo.beats", beats)
    assert (tmp_path / "demo.beats").read_text() == BEATS.read_text()
    assert track.samples.shape == sound.shape
    error = track.samples - sound
    assert 10 * np.log10((sound**2).mean() / (error**2).mean()) > 20, "beyond what the encoder loses"


def test_long_enough_loud_enough_small_enough(track: Decoded) -> None:
    assert track.seconds >= 60
    assert track.truncated == ""
    assert 0.5 < np.abs(track.samples).max() <= 1.0
    assert TRACK.stat().st_size < 3_000_000


def test_it_has_a_quiet_break(script: ModuleType, track: Decoded) -> None:
    level = [float(np.sqrt((part**2).mean())) for part in np.array_split(track.samples, script.BARS)]
    quiet = np.mean(level[slice(*script.BREAK)])
    assert quiet < 0.4 * np.mean(level[slice(*script.DROP)])
    assert quiet > 0.05


def test_beats_are_where_the_kick_is(script: ModuleType, track: Decoded) -> None:
    beats = beat_seconds()
    assert len(beats) == 4 * script.BARS
    assert np.allclose(np.diff(beats), 60 / 125, atol=1e-4)
    mono = track.samples.mean(1)
    spectrum = np.fft.rfft(mono)
    spectrum[np.fft.rfftfreq(len(mono), 1 / track.rate_hz) > 120] = 0
    low = np.abs(np.fft.irfft(spectrum, len(mono)))
    drummed = [s for k, s in enumerate(beats) if not script.inside(k // 4, script.BREAK)]
    after = np.mean([low[int(s * 48000) : int((s + 0.06) * 48000)].mean() for s in drummed])
    between = np.mean([low[int((s + 0.2) * 48000) : int((s + 0.26) * 48000)].mean() for s in drummed])
    assert after > 1.7 * between


def test_it_loops_without_a_seam(track: Decoded) -> None:
    usual = float(np.abs(np.diff(track.samples, axis=0)).max())
    assert np.abs(track.samples[0] - track.samples[-1]).max() < 0.3 * usual


def test_source_loops_at_its_own_rate() -> None:
    source = open_source(SourceChoice("demo", live=False))
    assert isinstance(source, FileSource)
    ring = Ring()
    source.start(ring)
    source.pump(Frame(1, source.duration_seconds + 1.0, 1.0))
    assert source.position_seconds == pytest.approx(1.0)
    assert (source.label, source.status, source.latency_seconds, source.dropped_blocks) == ("demo", "playing", 0.0, 0)
