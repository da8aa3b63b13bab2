"""The demo source: the track that ships with Clavilux, looping, with exactly known beats in a file beside it."""

from dataclasses import replace

from app import paths
from app.audio.decode import decode
from app.audio.file import opened
from app.audio.source import Source, SourceChoice

TRACK = paths.shipped("assets", "demo.ogg")
"""Composed and synthesised by scripts/compose_demo.py; CC0."""

BEATS = paths.shipped("assets", "demo.beats")
"""One line per beat: seconds, TAB, place in the bar (1..4)."""


def open_source(choice: SourceChoice) -> Source:
    """Return the demo track as a looping source, not yet started."""
    return opened(decode(TRACK), "demo", replace(choice, loop=True))


def beat_seconds() -> list[float]:
    """The times of the demo track's beats, in seconds."""
    return [float(line.split("\t")[0]) for line in BEATS.read_text().splitlines() if not line.startswith("#")]
