"""The play head of a track in memory: play, pause, seek, loop, always without a click.

Pure arithmetic on samples, no clock and no device: whoever calls `read` decides when. Main thread.
"""

import numpy as np
from numpy.typing import NDArray

from app.audio.ring import Samples

FADE_SECONDS = 0.005


class Transport:
    """Reads a track in pieces; the pieces joined together are the same however they are cut.

    A jump (seek, pause, loop, end) leaves a step in the waveform. The step's height is added back and let go over
    5 ms, which removes the click without softening the first beat after a loop and needs no look-ahead.
    """

    def __init__(self, samples: Samples, rate_hz: int, loop: bool) -> None:
        self._samples = samples
        fade_frames = max(1, round(FADE_SECONDS * rate_hz))
        ramp = 0.5 + 0.5 * np.cos(np.pi * np.arange(1, fade_frames + 1) / (fade_frames + 1))
        self._ramp: NDArray[np.float32] = ramp.astype(np.float32)[:, None]
        self._silence: Samples = np.zeros((1, samples.shape[1]), np.float32)
        self._step = self._silence[0]
        self._faded = fade_frames
        self._last = self._silence[0]
        self.index = 0
        """The next frame of the track to be read."""
        self.loop = loop
        self.playing = True

    @property
    def frames(self) -> int:
        """Length of the track."""
        return len(self._samples)

    @property
    def ended(self) -> bool:
        """The end was reached and there is no loop."""
        return self.index >= self.frames and not self.loop

    def play(self) -> None:
        """Go on; from the start when the end was reached."""
        self._move(0 if self.ended else self.index, True)

    def pause(self) -> None:
        """Hold the place; what is read from here on is silence."""
        self._move(self.index, False)

    def seek(self, index: int) -> None:
        """Go to a frame, held inside the track."""
        self._move(min(max(index, 0), self.frames), self.playing)

    def rewind_to(self, index: int, last: NDArray[np.float32]) -> None:
        """Take back what was read too far: the next frame is `index` and follows the sound `last` (channels,)."""
        self.index = index
        self._last = last
        self._move(index, self.playing)

    def read(self, frames: int) -> Samples:
        """Return the next `frames` frames, shape (frames, channels); silence while paused or after the end."""
        out: Samples = np.zeros((frames, self._samples.shape[1]), np.float32)
        done = 0
        while done < frames:
            done += self._read_piece(out[done:])
        return out

    def _read_piece(self, out: Samples) -> int:
        """Fill the start of `out` up to the next jump; return how much."""
        if self.playing and self.loop and self.index >= self.frames:
            self._move(0, True)
        sounding = self.playing and self.index < self.frames
        count = min(len(out), self.frames - self.index) if sounding else len(out)
        if sounding:
            out[:count] = self._samples[self.index : self.index + count]
            self.index += count
        self._let_go(out[:count])
        self._last = out[count - 1].copy()
        if sounding and self.ended:
            self._begin_fade(self._last)
        return count

    def _move(self, index: int, playing: bool) -> None:
        self.index = index
        self.playing = playing
        sounding = playing and index < self.frames
        upcoming = self._samples[index] if sounding else self._silence[0]
        self._begin_fade(self._last - upcoming)

    def _begin_fade(self, step: NDArray[np.float32]) -> None:
        self._step = step
        self._faded = 0 if step.any() else len(self._ramp)

    def _let_go(self, out: Samples) -> None:
        """Add what is left of the last jump's step."""
        ramp = self._ramp[self._faded : self._faded + out.shape[0]]
        out[: len(ramp)] += ramp * self._step
        self._faded += len(ramp)
