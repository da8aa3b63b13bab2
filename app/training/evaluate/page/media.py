"""Pictures and videos small enough to live inside a page. Main thread; FFmpeg by way of PyAV, loaded when needed."""

import base64
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from app.audio.ring import Block
from app.output.encode import Encoder, frame_rate
from app.output.muxer import container_of, create
from app.output.soundtrack import Soundtrack, recorded_rate
from app.training.evaluate.frames import Brush, Picture, moments
from app.training.evaluate.tracks import FPS, Track

VIDEO_FPS = 30
JPEG_QUALITY = 3
"""FFmpeg's scale: 2 is best, 31 worst."""


def video(brush: Brush, track: Track, size_px: tuple[int, int]) -> bytes:
    """Return an MP4 (H.264, AAC) of what a brush holds on a track, with its sound."""
    rate_hz = recorded_rate(track.rate_hz)
    sound = Soundtrack(rate_hz)
    sound.add(Block(track.samples, track.rate_hz))
    with tempfile.TemporaryDirectory(prefix="clavilux-") as folder:
        path, file = create(Path(folder) / "video.mp4", replace=True)
        encoder = Encoder(file, container_of(path), size_px, frame_rate(VIDEO_FPS), rate_hz, live=False)
        slots = moments(track, step=FPS // VIDEO_FPS)
        for slot, moment in enumerate(slots):
            encoder.picture(slot, _nv12(brush.draw(moment, size_px)))
        encoder.sound(sound.take_all(round(len(slots) / VIDEO_FPS * rate_hz)))
        encoder.finish()
        return path.read_bytes()


def _nv12(picture: Picture) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the encoder's layout: (height * 3 / 2, width), BT.709, limited range."""
    import av
    from av.video.reformatter import ColorRange, Colorspace

    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    frame = frame.reformat(format="nv12", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
    pixels: np.ndarray[Any, np.dtype[np.uint8]] = frame.to_ndarray()
    return pixels


def jpeg(picture: Picture) -> bytes:
    """Return a picture with even sides as JPEG."""
    import av

    codec: Any = av.CodecContext.create("mjpeg", "w")
    codec.width, codec.height, codec.pix_fmt = picture.shape[1], picture.shape[0], "yuvj420p"
    codec.time_base = Fraction(1)
    codec.qmin = codec.qmax = JPEG_QUALITY
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    packets = [*codec.encode(frame.reformat(format="yuvj420p")), *codec.encode(None)]
    return b"".join(bytes(packet) for packet in packets)


def base64_of(data: bytes) -> str:
    """Return bytes as text that may stand in a page."""
    return base64.b64encode(data).decode()


def data_uri(kind: str, data: bytes) -> str:
    """Return bytes as an address that holds them."""
    return f"data:{kind};base64,{base64_of(data)}"
