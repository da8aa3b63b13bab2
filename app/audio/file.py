"""A sound file as a source: heard through the speakers, or silently on the clock when there are none.

What goes into the ring is what is *heard* by now, so the picture needs no latency correction. Main thread; prepared
and stopped by sound errands, while nobody pumps it. The file is decoded whole before it plays.
"""

from pathlib import Path

import numpy as np

from app.audio.decode import Decoded, decode, resampled
from app.audio.errand import Errand, Retry
from app.audio.ring import Ring, Samples
from app.audio.source import Source, SourceChoice
from app.audio.speakers import SpeakerPlayer, Speakers, output_rate_hz
from app.audio.transport import Change, Transport
from app.clock import Frame
from app.problems import UserError, shown

_PAUSES_SECONDS = (0.5, 1.0, 2.0, 5.0)
_LONGEST_SECONDS = 10


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
        longest = _LONGEST_SECONDS * self._rate_hz
        for _ in range((count - 1) // longest):  # the machine slept: no one wants all of that at once
            self._transport.read(longest)
            count -= longest
        return self._transport.read(count)

    def change(self, move: Change) -> None:
        """Nothing was read ahead, so this is all."""
        move()

    def close(self) -> None:
        """Nothing is held."""


class FileSource:
    """A decoded file with a play head."""

    def __init__(self, decoded: Decoded, label: str, choice: SourceChoice) -> None:
        self._decoded = decoded
        self._label = shown(label)
        self._choice = choice
        self._track = decoded
        self._transport = Transport(decoded.samples, decoded.rate_hz, choice.loop)
        self._player: SilentPlayer | SpeakerPlayer = SilentPlayer(self._transport, decoded.rate_hz, None)
        self._retry = _retry(decoded.rate_hz)
        self._closing: Errand[None] = Errand(lambda _: None)
        self._ring: Ring | None = None
        self._prepared = False
        self._ready: Speakers | None = None
        self._silent_because = ""
        self._lost_speakers = False

    @property
    def label(self) -> str:
        """File name, or "demo"."""
        return self._label

    @property
    def status(self) -> str:
        """What it is doing, then what is not as one would expect."""
        doing = "paused" if self.paused else "ended" if self.ended else "playing"
        return "; ".join(note for note in (doing, self._silent_because, self._decoded.truncated) if note)

    @property
    def waiting(self) -> bool:
        """Whether the speakers went away; the file plays on, silently."""
        return self._lost_speakers

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
        return self._player.heard_index / self._track.rate_hz

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
        self._player.change(lambda: setattr(self._transport, "loop", value))

    def play(self) -> None:
        """Go on; from the start when the end was reached."""
        self._player.change(self._transport.play)

    def pause(self) -> None:
        """Hold the place."""
        self._player.change(self._transport.pause)

    def seek(self, seconds: float) -> None:
        """Go to a place in the track, held inside it."""
        self._player.change(lambda: self._transport.seek(round(seconds * self._track.rate_hz)))

    def prepare(self) -> None:
        """Do what takes time: open the speakers and bring the track to their rate. Any thread, before `start`."""
        self.stop()
        self._prepared = True
        rate_hz = self._heard_rate_hz()
        if self._choice.live:
            self._track = in_stereo(resampled(self._decoded, rate_hz or self._decoded.rate_hz))
        self._ready = self._first_speakers(rate_hz)  # last: whatever fails before has opened nothing

    def start(self, ring: Ring) -> None:
        """Begin at the start of the track."""
        if not self._prepared:
            self.prepare()
        self._prepared = False
        self._transport = Transport(self._track.samples, self._track.rate_hz, self._choice.loop)
        self._player = self._silent_player()
        self._retry = _retry(self._track.rate_hz)
        self._be_heard()
        ring.configure(self._track.rate_hz, self._track.samples.shape[1])
        self._ring = ring

    def pump(self, frame: Frame) -> None:
        """Write what was heard since the last picture."""
        if self._ring is None:
            return
        self._ring.write(self._player.advance(frame))
        if isinstance(self._player, SpeakerPlayer) and self._player.dead:
            self._go_on_silently(self._player)
        elif self._lost_speakers:
            self._ready = self._ready or self._retry.poll(frame.seconds)
            if self._be_heard():
                self._silent_because, self._lost_speakers = "", False

    def stop(self) -> None:
        """Fall silent."""
        self._retry.cancel()
        self._player.close()
        self._player = self._silent_player()
        if self._ready:
            self._ready.close()
        self._ready = self._ring = None
        self._prepared = False
        self._silent_because, self._lost_speakers = "", False

    def _heard_rate_hz(self) -> int:
        """The rate of the speakers; 0 where none are wanted, or there are none."""
        if not (self._choice.live and self._choice.audible):
            return 0
        try:
            return output_rate_hz(self._decoded.rate_hz)
        except UserError as error:
            self._silent_because = f"silently: {error}"
            return 0

    def _first_speakers(self, rate_hz: int) -> Speakers | None:
        try:
            return Speakers(rate_hz) if rate_hz else None
        except UserError as error:
            self._silent_because = f"silently: {error}"
            return None

    def _be_heard(self) -> bool:
        """Play through the speakers that are open, if any; they are held until a player has them."""
        if self._ready is None:
            return False
        self._player = SpeakerPlayer(self._transport, self._ready)
        self._ready = None
        return True

    def _silent_player(self) -> SilentPlayer:
        return SilentPlayer(self._transport, self._track.rate_hz, None if self._choice.live else 0.0)

    def _go_on_silently(self, player: SpeakerPlayer) -> None:
        """The output is gone: keep the place and the time, and try to get it back."""
        player.leave()
        self._closing.start(player.close)
        self._player = self._silent_player()
        self._silent_because, self._lost_speakers = "silently: waiting for the sound output", True


def _retry(rate_hz: int) -> Retry[Speakers]:
    """It knows nothing of the source: a track, which is large, must go when its source does, not in a collection."""
    return Retry(lambda: Speakers(rate_hz), Speakers.close, _PAUSES_SECONDS)


def in_stereo(decoded: Decoded) -> Decoded:
    """Return two channels: mono on both, of many the even ones left and the odd ones right, averaged."""
    channels = decoded.samples.shape[1]
    if channels == 2:
        return decoded
    left = decoded.samples[:, 0::2].mean(1)
    right = decoded.samples[:, 1::2].mean(1) if channels > 1 else left
    return Decoded(np.stack([left, right], 1), decoded.rate_hz, decoded.truncated)


def opened(decoded: Decoded, label: str, choice: SourceChoice) -> Source:
    """Return a track as a source, not yet started; live, everything that takes time is done."""
    source = FileSource(decoded, label, choice)
    if choice.live:
        source.prepare()
    return source


def open_source(choice: SourceChoice) -> Source:
    """Decode `choice.file` and return it as a source, not yet started."""
    if choice.file is None:
        raise UserError("the file source needs a file: --source file --file SONG.mp3")
    return opened(decode(Path(choice.file)), Path(choice.file).name, choice)
