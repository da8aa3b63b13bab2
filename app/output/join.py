"""Joins two videos of one render, cut at a frame, into one file. Pictures are copied, never encoded again.

The sound is encoded afresh from the samples of the whole show: two AAC streams cannot be joined without a click.
"""

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from app import files
from app.audio.ring import Samples
from app.output.soundtrack import stereo
from app.problems import UserError

AAC_BITS_A_SECOND = 192_000
AAC_FRAME = 1024


def join(first: Path, second: Path, sound: Samples, rate_hz: int, seconds: float) -> None:
    """Append `second` to `first` in place (atomic), `seconds` long together; `sound` (frames, channels) is of both.

    `UserError` when the disk is full; both are then as they were.
    """
    from av.error import FFmpegError

    joined = first.with_name(f"{first.stem}.joined{first.suffix}")
    try:
        _write(joined, first, second, _fitted(stereo(sound), math.ceil(seconds * rate_hz)), rate_hz)
        files.settle(joined, first)  # on the disk, before the only other copy of it goes
    except (OSError, FFmpegError) as error:
        joined.unlink(missing_ok=True)
        raise UserError(f"{first}: cannot go on there: {error.strerror}; free some space and try again") from None
    second.unlink()


def _fitted(samples: Samples, length: int) -> Samples:
    """Return exactly `length` frames: cut, or made up with silence."""
    missing = max(0, length - samples.shape[0])
    return np.concatenate([samples[:length], np.zeros((missing, samples.shape[1]), np.float32)])


def _write(joined: Path, first: Path, second: Path, sound: Samples, rate_hz: int) -> None:
    import av

    with av.open(str(joined), "w") as out, av.open(str(first)) as start, av.open(str(second)) as rest:
        video = out.add_stream_from_template(start.streams.video[0])
        audio = out.add_stream("aac", rate=rate_hz, layout="stereo", bit_rate=AAC_BITS_A_SECOND)
        length = _copy(start, video, out, 0)
        _copy(rest, video, out, length)
        for packet in _encoded(audio, sound, rate_hz):
            out.mux(packet)


def _copy(source: Any, stream: Any, out: Any, offset: int) -> int:
    """Copy the pictures, `offset` later; return where the next video begins, in the stream's time base."""
    pictures = source.streams.video[0]
    step = round(1 / (pictures.average_rate * pictures.time_base))
    end = offset
    for packet in source.demux(pictures):
        if packet.dts is None:
            continue
        packet.pts += offset
        packet.dts += offset
        end = max(end, packet.pts + step)
        packet.stream = stream
        out.mux(packet)
    return end


def _encoded(stream: Any, samples: Samples, rate_hz: int) -> Iterator[Any]:
    import av

    for start in range(0, samples.shape[0], AAC_FRAME):
        chunk = np.ascontiguousarray(samples[start : start + AAC_FRAME].T, np.float32)
        frame = av.AudioFrame.from_ndarray(chunk, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = rate_hz, start, Fraction(1, rate_hz)
        yield from stream.encode(frame)
    yield from stream.encode(None)
