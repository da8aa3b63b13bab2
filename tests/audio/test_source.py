"""What every source in the table promises, whatever it is made of."""

import wave
from pathlib import Path

import pytest

from app.audio.ring import Ring
from app.audio.source import SOURCES, Source, SourceChoice
from app.clock import Frame
from app.plugins import load
from app.problems import UserError


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    path = tmp_path / "silence.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16_000))
    choice = SourceChoice(request.param, file=path, device="no such device", live=False)
    made: Source = load("source", SOURCES, request.param)(choice)
    return made


def test_before_it_is_started(source: Source) -> None:
    assert source.label
    assert source.status
    assert "\n" not in source.status
    assert source.latency_seconds == 0.0
    assert source.dropped_blocks == 0
    source.pump(Frame(0, 0.0, 0.0))
    source.stop()
    source.stop()


def test_started_it_keeps_time_or_says_why_not(source: Source) -> None:
    """To a frame: what is waited for is silence by how long each frame took, what is played by the clock."""
    ring = Ring()
    try:
        source.start(ring)
    except UserError as error:
        assert "\n" not in str(error)
        source.stop()
        return
    generation = ring.generation
    for index in range(30):
        source.pump(Frame(index, index / 30, 1 / 30))
    written = ring.written
    assert written in (round(29 / 30 * ring.rate_hz), ring.rate_hz)
    source.stop()
    source.pump(Frame(30, 1.0, 1 / 30))
    assert ring.written == written
    assert ring.generation == generation


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(UserError, match="unknown source 'devise'; did you mean 'device'"):
        load("source", SOURCES, "devise")
