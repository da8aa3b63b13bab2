"""PNG files, through PyAV. Any thread."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app import files


def write(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write (height, width, 3 or 4) uint8, top row first; alpha is dropped."""
    import av

    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[..., :3]), format="rgb24")
    codec = av.CodecContext.create("png", "w")
    codec.width, codec.height, codec.pix_fmt = frame.width, frame.height, "rgb24"
    codec.time_base = Fraction(1)
    packets = [*codec.encode(frame), *codec.encode(None)]
    files.replace(path, b"".join(bytes(packet) for packet in packets))
