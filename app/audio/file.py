"""A sound file as a source: heard through the speakers, or silently on the clock when there are none.

What goes into the ring is what is *heard* by now, so the picture needs no latency correction. Main thread only;
the file is decoded whole before it plays. Nothing here waits for a device.
"""

from pathlib import Path
from typing import Protocol

from app.audio.decode import Decoded, decode
from app.audio.ring import Ring, Samples
from app.audio.source import Source, SourceChoice
from app.audio.transport import Transport
from app.clock import Frame
from app.problems import UserError


class Player(Protocol):
    """Moves a transport along in time."""

    @property
    def heard_index(self) -> int:
        """The frame of the track that is heard now."""
        ...

    def advance(self, frame: Frame) -> Samples:
        """Return what was heard since the last call, (n, channels)."""
        ...

    def take_back(self) -> None:
        """Before the transport is moved: undo what was read from it but not heard yet."""
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...


class SilentPlayer:
    """Plays on the frames' own time: exactly round(seconds * rate) frames by each picture."""

    def __init__(self, transport: Transport, rate_hz: int, start_seconds: float | None) -> None:
        """`start_seconds` is the show's time at which the track begins; None: at the first picture."""
        self._transport = transport
        self._rate_hz = rate_hz
        self._start_seconds = start_seconds
        self._done = 0

    @property
    def heard_index(self) -> int:
        """The play head: nothing is read ahead."""
        return self._transport.index

    def advance(self, frame: Frame) -> Samples:
        """Read up to the time of this picture."""
        if self._start_seconds is None:
            self._start_seconds = frame.seconds
        due = round((frame.seconds - self._start_seconds) * self._rate_hz)
        count = max(0, due - self._done)
        self._done += count
        return self._transport.read(count)

    def take_back(self) -> None:
        """Nothing was read ahead."""

    def close(self) -> None:
        """Nothing is held."""


class FileSource:
    """A decoded file with a play head."""

    def __init__(self, decoded: Decoded, label: str, choice: SourceChoice) -> None:
        self._decoded = decoded
        self._label = label
        self._choice = choice
        self._transport = Transport(decoded.samples, decoded.rate_hz, choice.loop)
        self._player: Player = SilentPlayer(self._transport, decoded.rate_hz, None)
        self._ring: Ring | None = None
        self._silent_because = ""

    @property
    def label(self) -> str:
        """File name, or "demo"."""
        return self._label

    @property
    def status(self) -> str:
        """What it is doing, then what is not as one would expect."""
        doing = "paused" if self.paused else "ended" if self.ended else "playing"
        notes = [note for note in (self._silent_because, self._decoded.truncated) if note]
        return "; ".join([doing, *notes])

    @property
    def latency_seconds(self) -> float:
        """Always 0: the ring follows what is heard."""
        return 0.0

    @property
    def dropped_blocks(self) -> int:
        """Always 0: the track is in memory."""
        return 0

    @property
    def decoded(self) -> Decoded:
        """The whole track, for those who want to mix or draw it."""
        return self._decoded

    @property
    def position_seconds(self) -> float:
        """The place in the track that is heard now."""
        return self._player.heard_index / self._decoded.rate_hz

    @property
    def duration_seconds(self) -> float:
        """Length of the track."""
        return self._decoded.seconds

    @property
    def paused(self) -> bool:
        """Held by `pause`."""
        return not self._transport.playing

    @property
    def ended(self) -> bool:
        """The end was reached and there is no loop."""
        return self._transport.ended and self._player.heard_index >= self._transport.frames

    @property
    def loop(self) -> bool:
        """Whether the track begins again at its end."""
        return self._transport.loop

    @loop.setter
    def loop(self, value: bool) -> None:
        if value != self._transport.loop:
            self._player.take_back()
            self._transport.loop = value

    def play(self) -> None:
        """Go on; from the start when the end was reached."""
        self._player.take_back()
        self._transport.play()

    def pause(self) -> None:
        """Hold the place."""
        self._player.take_back()
        self._transport.pause()

    def seek(self, seconds: float) -> None:
        """Go to a place in the track, held inside it."""
        self._player.take_back()
        self._transport.seek(round(seconds * self._decoded.rate_hz))

    def start(self, ring: Ring) -> None:
        """Begin at the start of the track."""
        self.stop()
        self._ring = ring
        self._transport = Transport(self._decoded.samples, self._decoded.rate_hz, self._choice.loop)
        start_seconds = None if self._choice.live else 0.0
        self._player = SilentPlayer(self._transport, self._decoded.rate_hz, start_seconds)
        ring.configure(self._decoded.rate_hz, self._decoded.samples.shape[1])

    def pump(self, frame: Frame) -> None:
        """Write what was heard since the last picture."""
        if self._ring is not None:
            self._ring.write(self._player.advance(frame))

    def stop(self) -> None:
        """Fall silent."""
        self._player.close()
        self._ring = None


def open_source(choice: SourceChoice) -> Source:
    """Decode `choice.file` and return it as a source, not yet started."""
    if choice.file is None:
        raise UserError("the file source needs a file: --source file --file SONG.mp3")
    return FileSource(decode(Path(choice.file)), Path(choice.file).name, choice)
