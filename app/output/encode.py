"""H.264 and AAC: pictures and sound in, a growing file out.

Made on the main thread, then used by the encoder thread alone; PyAV releases the GIL while it works.
BT.709, limited range, 4:2:0, as players expect of a video file.
"""

from fractions import Fraction
from typing import Any

import numpy as np

from app.audio.ring import Samples
from app.output.codec import choose
from app.output.dlpack import Lent
from app.output.muxer import SafeFile, open_container
from app.output.readback import Pixels

AUDIO_BITS_PER_SECOND = 192_000
BT709, LIMITED_RANGE = 1, 1
"""FFmpeg's AVCOL_SPC/PRI/TRC_BT709 and AVCOL_RANGE_MPEG."""


def frame_rate(fps: float) -> Fraction:
    """Return the rate as a fraction, so that no rounding adds up over hours."""
    return Fraction(fps).limit_denominator(1001)


class Encoder:
    """One video and one stereo sound stream in one file."""

    def __init__(
        self,
        file: SafeFile,
        container: str,
        size_px: tuple[int, int],
        fps: Fraction,
        rate_hz: int,
        *,
        live: bool,
        on_card: bool = False,
    ) -> None:
        """Open the file and both encoders; `OSError` or `ValueError` from FFmpeg when one cannot.

        `on_card`: pictures come lent, on the graphics card; its encoder opens with the first of them.
        """
        self._file = file
        self._rate_hz = rate_hz
        self._width_px, self._height_px = size_px
        self._frame_seconds = 1 / fps
        self._container = open_container(file, container)
        codec = choose(size_px, fps, live=live)
        self._video: Any = self._container.add_stream(codec.name, rate=fps, options=codec.options)
        self._audio: Any = self._container.add_stream("aac", rate=rate_hz, layout="stereo")
        self._audio.bit_rate = AUDIO_BITS_PER_SECOND
        self._describe_picture("cuda" if on_card else "nv12")
        self._picture: Any = None
        self._sound_at = 0
        if not on_card:
            self._container.start_encoding()

    def picture(self, slot: int, pixels: Pixels | Lent) -> None:
        """Encode a new picture at slot `slot`."""
        self._picture = pixels.frame() if isinstance(pixels, Lent) else self._copied(pixels)
        self._picture.colorspace, self._picture.color_range = BT709, LIMITED_RANGE
        self.repeat(slot)

    def _copied(self, pixels: Pixels) -> Any:
        import av

        picture: Any = av.VideoFrame(self._width_px, self._height_px, "nv12")
        split = np.split(pixels, [self._height_px])
        for plane, part in zip(picture.planes, split, strict=True):
            np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: len(part), : self._width_px] = part
        return picture

    def repeat(self, slot: int) -> None:
        """Encode the last picture once more at slot `slot`; there must have been one."""
        self._picture.pts = slot
        self._picture.time_base = self._frame_seconds
        self._mux(self._video.encode(self._picture))

    def sound(self, samples: Samples) -> None:
        """Encode stereo frames (n, 2) that follow those before."""
        import av

        if not samples.shape[0]:
            return
        block = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout="stereo")
        block.sample_rate = self._rate_hz
        block.time_base = Fraction(1, self._rate_hz)
        block.pts = self._sound_at
        self._sound_at += samples.shape[0]
        self._mux(self._audio.encode(block))

    def finish(self) -> None:
        """Encode what is still inside, complete the file and close it."""
        for stream in (self._video, self._audio):
            self._mux(stream.encode(None))
        self.close()

    def close(self) -> None:
        """Close the file as it is. Safe to call twice."""
        self._picture = None
        self._container.close()
        self._file.close()
        self._check()

    def _mux(self, packets: Any) -> None:
        for packet in packets:
            self._container.mux(packet)
        self._check()

    def _check(self) -> None:
        if self._file.error is not None:
            raise self._file.error

    def _describe_picture(self, pixel_format: str) -> None:
        context = self._video.codec_context
        context.width, context.height, context.pix_fmt = self._width_px, self._height_px, pixel_format
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED_RANGE
