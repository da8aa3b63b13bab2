"""Hearing: the source on, the ring it fills and the analyzer that listens. Main thread.

Changing the source keeps the old one sounding until the new one runs; whatever takes long (decoding a file, opening
or closing a device) is a sound errand.
"""

from collections import deque
from collections.abc import Mapping
from contextlib import ExitStack

from app import plugins
from app.audio.errand import Errand
from app.audio.features import Analyzer, Features
from app.audio.own_bands import Range
from app.audio.ring import Ring, RingReader, Samples
from app.audio.source import SOURCES, Source, SourceChoice
from app.clock import Frame
from app.problems import Problems, UserError

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
        self._late: deque[tuple[float, Features]] = deque()
        self._opening: Errand[tuple[SourceChoice, Source | UserError]] = Errand(_discard)
        self._closing: Errand[None] = Errand(lambda _: None)
        self._waiting = False
        self._dropped_before = 0
        self.source = self._started(_opened(choice))
        self._tell()

    def choose(self, choice: SourceChoice) -> None:
        """Listen to something else as soon as it is ready; a `UserError`, now or then, leaves everything as it was."""
        self._opening.cancel()
        if choice.live:
            self._opening.start(lambda: (choice, _opened_or_error(choice)))
        else:
            self._change(choice, _opened(choice))

    def listen(self, ranges: Mapping[str, Range]) -> None:
        """Hear these bands of frequencies too."""
        self._analyzer.listen(ranges)

    def step(self, frame: Frame, delay_seconds: float = 0.0) -> Features:
        """Take in the sound due by this frame; return what is heard now, or what was `delay_seconds` ago."""
        with self._problems.guard("sound"):
            self._take_opened()
            self.source.pump(frame)
            self.features = self._delayed(self._analyzer.step(self._reader.read_new()), frame.seconds, delay_seconds)
            self._tell()
        return self.features

    def _delayed(self, features: Features, now_seconds: float, delay_seconds: float) -> Features:
        """Keep what is heard for a while; return the newest that is old enough, at first the oldest there is."""
        late = self._late
        late.append((now_seconds, features))
        while len(late) > 1 and late[1][0] <= now_seconds - delay_seconds:
            late.popleft()
        return late[0][1]

    def _take_opened(self) -> None:
        choice, source = self._opening.take() or (self.choice, None)
        if isinstance(source, UserError):
            raise source
        if source is not None:
            self._change(choice, source)

    def _started(self, source: Source) -> Source:
        """The source, filling the ring; one that fails lets go of its device."""
        with ExitStack() as failing:
            failing.callback(source.stop)
            source.start(self.ring)
            failing.pop_all()
        return source

    def _change(self, choice: SourceChoice, source: Source) -> None:
        self._started(source)
        self._dropped_before += self.source.dropped_blocks
        self._closing.start(self.source.stop)
        self.source, self.choice = source, choice
        self._waiting = False
        self._tell()

    def _tell(self) -> None:
        """Report a device that is away, once each time."""
        if self.source.waiting and not self._waiting:
            self._problems.report(f"sound: {self.source.status}")
        self._waiting = self.source.waiting

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
        """Blocks lost before the ring, by every source so far."""
        return self._dropped_before + self.source.dropped_blocks

    def reader(self) -> RingReader:
        """Return another reader of the sound, for a recorder."""
        return self.ring.reader()

    def release(self) -> None:
        """Let go of the device or file."""
        self._opening.cancel()
        self.source.stop()


def _discard(opened: tuple[SourceChoice, Source | UserError]) -> None:
    """Let go of a source that nobody waits for any more."""
    if not isinstance(opened[1], UserError):
        opened[1].stop()


def _opened(choice: SourceChoice) -> Source:
    source: Source = plugins.load("source", SOURCES, choice.kind)(choice)
    return source


def _opened_or_error(choice: SourceChoice) -> Source | UserError:
    try:
        return _opened(choice)
    except UserError as error:
        return error
    except (OSError, MemoryError) as error:  # an errand would keep it to itself
        what = choice.file or choice.device or choice.kind
        return UserError(f"{what}: cannot be opened: {getattr(error, 'strerror', None) or 'not enough memory'}")
