"""The play head of a track in memory: play, pause, seek, loop, always without a click.

Pure arithmetic on samples, no clock and no device: whoever calls `read` decides when. Main thread.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.audio.ring import Samples

FADE_SECONDS = 0.005


class Transport:
    """Reads a track in pieces; the pieces joined together are the same however they are cut.

    Seek, pause and play cross-fade over 5 ms with what would have come. Where the track begins again or ends there is
    nothing more to fade from: there the step in the waveform is added back and let go over 5 ms, so that a track made
    to loop keeps its first beat as it is.
    """

    def __init__(self, samples: Samples, rate_hz: int, loop: bool) -> None:
        self._samples = samples
        frames = max(1, round(FADE_SECONDS * rate_hz))
        down = 0.5 + 0.5 * np.cos(np.pi * np.arange(1, frames + 1) / (frames + 1))
        self._down: NDArray[np.float32] = down.astype(np.float32)[:, None]
        self._nothing: Samples = np.zeros((0, samples.shape[1]), np.float32)
        self._tail = self._nothing  # added to the next frames
        self._gain: NDArray[np.float32] = self._down[:0]  # multiplies the next frames
        self.index = 0
        """The next frame of the track to be read."""
        self.loop = loop
        self.playing = True

    @property
    def frames(self) -> int:
        """Length of the track."""
        return len(self._samples)

    @property
    def fade_frames(self) -> int:
        """Length of a cross-fade."""
        return len(self._down)

    @property
    def ended(self) -> bool:
        """The end was reached and there is no loop."""
        return self.index >= self.frames and not self.loop

    def play(self) -> None:
        """Go on; from the start when the end was reached."""
        if not self.playing or self.ended:
            self._jump(0 if self.ended else self.index, True)

    def pause(self) -> None:
        """Hold the place; what is read from here on is silence."""
        if self.playing:
            self._jump(self.index, False)

    def seek(self, index: int) -> None:
        """Go to a frame, held inside the track."""
        self._jump(min(max(index, 0), self.frames), self.playing)

    def places(self, frames: int) -> NDArray[np.int64]:
        """Return the place in the track of each of the next `frames` frames."""
        if not self.playing:
            return np.full(frames, self.index)
        places = np.arange(self.index, self.index + frames)
        return places % self.frames if self.loop else np.minimum(places, self.frames)

    def rewind(self, index: int, upcoming: Samples) -> None:
        """Take back what was read too far: go to `index`, where `upcoming` (n, channels) was to be heard next."""
        self.index = index
        self._tail, self._gain = self._nothing, self._down[:0]
        self._tail = upcoming - self._peek(len(upcoming))

    def read(self, frames: int) -> Samples:
        """Return the next `frames` frames, shape (frames, channels); silence while paused or after the end."""
        out: Samples = np.zeros((frames, self._samples.shape[1]), np.float32)
        done = 0
        while done < frames:
            done += self._read_piece(out[done:])
        return out

    def _read_piece(self, out: Samples) -> int:
        """Fill the start of `out` up to the track's end at most; return how much."""
        if self.playing and self.loop and self.index >= self.frames:
            self.index = 0
            self._add_step(self._samples[-1] - self._samples[0])
        sounding = self.playing and self.index < self.frames
        count = min(len(out), self.frames - self.index) if sounding else len(out)
        if sounding:
            out[:count] = self._samples[self.index : self.index + count]
            self.index += count
        self._fade(out[:count])
        if sounding and self.ended:
            self._add_step(self._samples[-1])
        return count

    def _fade(self, out: Samples) -> None:
        """Apply what is left of a fade."""
        gain, self._gain = self._gain[: len(out)], self._gain[len(out) :]
        out[: len(gain)] *= gain
        tail, self._tail = self._tail[: len(out)], self._tail[len(out) :]
        out[: len(tail)] += tail

    def _jump(self, index: int, playing: bool) -> None:
        upcoming = self._peek(self.fade_frames)
        self.index, self.playing = index, playing
        self._tail, self._gain = upcoming * self._down, 1 - self._down

    def _add_step(self, step: NDArray[np.float32]) -> None:
        tail = self._down * step
        tail[: len(self._tail)] += self._tail[: len(tail)]
        self._tail = tail

    def _peek(self, frames: int) -> Samples:
        """What `read` would return now."""
        kept = self.index, self._tail, self._gain
        upcoming = self.read(frames)
        self.index, self._tail, self._gain = kept
        return upcoming


Change = Callable[[], None]
"""A move of the play head: one of `play`, `pause`, `seek` or a new `loop`."""
