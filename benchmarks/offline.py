"""Claim: a render of 720p30 is at least three times as fast as the seed's method on the same processor.

Clavilux draws, reads back and encodes at once; the seed's method draws a frame with one eager torch pass and pipes raw
RGB to x264, one after the other. The same default network, the same encoder settings, the same sound. Told in time on
the clock and in processor time of all threads; other programs on the machine spoil only the first.
Run: python -m benchmarks.offline [SECONDS of video, 4 by default] [--backend cuda]
"""

import argparse
import os
import sys
import tempfile
import time
import wave
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from app import style as styles
from app.audio.source import SourceChoice
from app.commands.bench import seed_method
from app.cppn.arch import Arch
from app.cppn.init import random_style
from app.live import Session
from app.output.codec import choose
from app.settings import Settings

SIZE_PX, FPS = (1280, 720), 30
WANTED = 3.0


class Took(NamedTuple):
    """What something took: on the clock, and of all processors."""

    wall_seconds: float
    cpu_seconds: float


class Watch:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> Took:
        """Return what passed."""
        return Took(time.perf_counter() - self._wall, time.process_time() - self._cpu)


def by_seed(seconds: float, folder: Path) -> Took:
    """Draw, convert and encode one frame after the other; return what it took."""
    import av

    frame = seed_method(random_style(1, Arch()), SIZE_PX, torch.float32)
    options = choose(SIZE_PX, Fraction(FPS), live=False).options
    with av.open(str(folder / "seed.mp4"), "w") as file:
        stream: Any = file.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE_PX, "yuv420p"
        watch = Watch()
        for _ in range(round(seconds * FPS)):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(frame()), format="rgb24")))
        file.mux(stream.encode(None))
    return watch.read()


def by_clavilux(seconds: float, folder: Path, backend: str) -> tuple[Took, str]:
    """Render the same number of frames; return what it took and the backend that drew."""
    style, sound = folder / "default.safetensors", folder / "noise.wav"
    styles.save(random_style(1, Arch()), style)
    with wave.open(str(sound), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(np.random.default_rng(1).normal(0, 3000, round(48_000 * seconds)).astype("<i2").tobytes())
    settings = Settings(
        source=SourceChoice(kind="file", file=sound, live=False),
        style=str(style),
        backend=backend,
        fps=FPS,
        picture_px=SIZE_PX,
        headless=True,
        offline=True,
        record=folder / "clavilux.mp4",
    )
    with ExitStack() as stack:
        session = Session(settings, stack)
        watch = Watch()
        for _ in range(round(seconds * FPS)):
            session.step()
        for output in session.outputs:
            output.close()
        return watch.read(), f"{session.controls.backend_name} ({session.controls.backend_detail})"


def main() -> int:
    """Print the figures; return 1 if the claim doesn't hold here."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("seconds", type=float, nargs="?", default=4.0)
    parser.add_argument("--backend", default="auto")
    arguments = parser.parse_args()
    seconds = arguments.seconds
    with tempfile.TemporaryDirectory() as name:
        os.environ["CLAVILUX_HOME"] = name
        ours, backend = by_clavilux(seconds, Path(name), arguments.backend)
        seed = by_seed(seconds, Path(name))
    print(f"{SIZE_PX[0]} × {SIZE_PX[1]} at {FPS} fps, {seconds:g} s, {backend}")
    for name, took in (("Clavilux", ours), ("seed's method", seed)):
        wall, cpu = took
        print(f"{name:>14}: {wall:6.2f} s on the clock ({seconds / wall:.2f} × realtime), {cpu:6.2f} s of processor")
    faster, thriftier = (s / o for s, o in zip(seed, ours, strict=True))
    print(f"{faster:.2f} × as fast on the clock, {thriftier:.2f} × in processor time")
    return int(faster < WANTED)


if __name__ == "__main__":
    sys.exit(main())
