"""Which H.264 encoder a recording gets: the graphics card's where it opens, else x264 at a preset this machine holds.

Main thread, when a recording begins. A listed encoder proves nothing: it is opened once to see.
"""

import contextlib
import json
import os
import platform
import time
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from app import files, paths
from app.problems import UserError

HARDWARE = "h264_nvenc"
TRIED_PX = (640, 360)
PROBE_PX = (320, 180)
PROBE_PICTURES = 12
LIVE_SHARE = 0.5
"""Of the processor; the rest is the show's."""


class Choice(NamedTuple):
    """FFmpeg's name of an encoder and its options."""

    name: str
    options: dict[str, str]


def choose(size_px: tuple[int, int], fps: Fraction, *, live: bool) -> Choice:
    """Return the encoder of a recording: live the graphics card's where there is one, offline always x264."""
    cores = os.cpu_count() or 1
    if live and hardware():
        common = {"g": str(max(1, round(2 * fps))), "bf": "0", "preset": "p4", "rc": "vbr", "cq": "20"}
        return Choice(HARDWARE, common | {"b": "0", "zerolatency": "1"})
    speed = veryfast_px_per_core_second() if live else 0.0
    return Choice("libx264", x264_options(size_px, fps, cores, speed, live=live))


def x264_options(
    size_px: tuple[int, int], fps: Fraction, cores: int, veryfast_px: float, *, live: bool
) -> dict[str, str]:
    """Return x264's settings: live as good as half the machine can do in time, offline as good as is sensible.

    `veryfast_px` is what one core does in a second with the preset "veryfast". Looking ahead is kept short, since
    pictures the encoder still holds are lost in a crash.
    """
    # No B-frames: FFmpeg 8 gives a hybrid MP4 too short an edit list when its last fragment ends in one.
    common = {"g": str(max(1, round(2 * fps))), "bf": "0"}
    if not live:
        return common | {"preset": "medium", "crf": "17", "rc-lookahead": str(min(40, max(1, round(fps))))}
    slow_enough = size_px[0] * size_px[1] * fps <= LIVE_SHARE * veryfast_px * cores
    common |= {"rc-lookahead": str(min(10, round(fps / 4))), "threads": str(max(1, min(8, cores // 2)))}
    return common | {"preset": "veryfast" if slow_enough else "ultrafast", "crf": "20"}


@cache
def hardware() -> bool:
    """Whether the graphics card's encoder opens here."""
    from av.error import FFmpegError

    try:
        _opened(HARDWARE, TRIED_PX, {})
    except (FFmpegError, OSError, ValueError):
        return False
    return True


def _opened(name: str, size_px: tuple[int, int], options: dict[str, str]) -> Any:
    from av import CodecContext

    codec: Any = CodecContext.create(name, "w")
    codec.width, codec.height = size_px
    codec.pix_fmt, codec.time_base, codec.framerate = "nv12", Fraction(1, 30), Fraction(30)
    codec.options = options
    codec.open()
    return codec


class _Speed:
    """x264's speed on this kind of processor, measured once and kept in the cache folder."""

    def __init__(self) -> None:
        self._file = paths.cache() / "x264.json"
        self._key = f"{platform.processor() or platform.machine()} {os.cpu_count()}"

    def known(self) -> float:
        """Return pixels a second, 0 where nothing sensible is kept."""
        try:
            speed = float(json.loads(self._file.read_text("utf-8"))[self._key])
        except (OSError, ValueError, TypeError, KeyError, IndexError):
            return 0.0
        return speed if 0.0 < speed < 1e12 else 0.0

    def keep(self, speed: float) -> None:
        """Write it down; a folder that cannot be written only means measuring again."""
        with contextlib.suppress(UserError):
            files.write_json(self._file, {self._key: speed})


def veryfast_px_per_core_second() -> float:
    """Return how many pixels one core encodes a second with x264's "veryfast"; some 50 ms when first asked here."""
    speed = _Speed()
    known = speed.known()
    if not known:
        known = _measured()
        speed.keep(known)
    return known


def _measured() -> float:
    """Encode a moving pattern with one thread."""
    from av import VideoFrame

    width, height = PROBE_PX
    codec = _opened("libx264", PROBE_PX, {"preset": "veryfast", "crf": "20", "bf": "0", "threads": "1"})
    x, y = np.meshgrid(np.arange(width), np.arange(height * 3 // 2))
    pictures: list[Any] = []
    for index in range(PROBE_PICTURES):
        waves = 128 + 60 * np.sin(x / 9 + index / 3) * np.cos(y / 7 - index / 5)
        pictures.append(VideoFrame.from_ndarray(waves.astype(np.uint8), format="nv12"))
        pictures[-1].pts = index
    start = time.process_time()
    for picture in [*pictures, None]:  # None: what the encoder still holds
        codec.encode(picture)
    return PROBE_PICTURES * width * height / max(time.process_time() - start, 1e-4)
