"""Hearing: the source on, the ring it fills and the analyzer that listens. Main thread.

Changing the source keeps the old one sounding until the new one runs.
"""

from app import plugins
from app.audio.features import Analyzer, Features
from app.audio.ring import Ring, RingReader, Samples
from app.audio.source import SOURCES, Source, SourceChoice
from app.clock import Frame
from app.problems import Problems

WAVEFORM_SAMPLES = 1024


class Hearing:
    """Everything between a source and the features of a frame."""

    def __init__(self, choice: SourceChoice, problems: Problems) -> None:
        self._problems = problems
        self.ring = Ring()
        self.choice = choice
        self._analyzer = Analyzer()
        self._reader = self.ring.reader()
        self.features = Features()
        self.source = self._started(choice)

    def _started(self, choice: SourceChoice) -> Source:
        source: Source = plugins.load("source", SOURCES, choice.kind)(choice)
        source.start(self.ring)
        return source

    def choose(self, choice: SourceChoice) -> None:
        """Listen to something else; `UserError` leaves everything as it was."""
        source = self._started(choice)
        self.source.stop()
        self.source, self.choice = source, choice

    def step(self, frame: Frame) -> Features:
        """Take in the sound due by this frame; return what is heard now."""
        with self._problems.guard("sound"):
            self.source.pump(frame)
            self.features = self._analyzer.step(self._reader.read_new())
        return self.features

    @property
    def waveform(self) -> Samples:
        """The newest sound, (samples, channels), for effects that show it."""
        return self.ring.newest(WAVEFORM_SAMPLES)

    @property
    def hop_seconds(self) -> float:
        """Length of the pieces of sound that features are made of; 0 before the first sound."""
        return self._analyzer.hop_seconds

    @property
    def dropped(self) -> int:
        """Blocks lost before the ring."""
        return self.source.dropped_blocks

    def reader(self) -> RingReader:
        """Return another reader of the sound, for a recorder."""
        return self.ring.reader()

    def release(self) -> None:
        """Let go of the device or file."""
        self.source.stop()
