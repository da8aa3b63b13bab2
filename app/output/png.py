"""PNG files, through PyAV. Any thread."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.problems import UserError


def write(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write (height, width, 3 or 4) uint8, top row first; alpha is dropped."""
    import av

    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[..., :3]), format="rgb24")
    codec = av.CodecContext.create("png", "w")
    codec.width, codec.height, codec.pix_fmt = frame.width, frame.height, "rgb24"
    codec.time_base = Fraction(1)
    packets = [*codec.encode(frame), *codec.encode(None)]
    try:
        path.write_bytes(b"".join(bytes(packet) for packet in packets))
    except OSError as error:
        raise UserError(f"{path}: picture not saved: {error.strerror}") from None
