"""Claim: a render of 720p30 is at least three times as fast as the seed's method on the same processor.

Clavilux draws, reads back and encodes at once; the seed's method draws a frame with one eager torch pass and pipes raw
RGB to x264, one after the other. The same default network, the same encoder settings, the same sound.
Run: python -m benchmarks.offline [SECONDS of video, 4 by default]
"""

import os
import sys
import tempfile
import time
import wave
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

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


def by_seed(seconds: float, folder: Path) -> float:
    """Draw, convert and encode one frame after the other; return the seconds it took."""
    import av

    frame = seed_method(random_style(1, Arch()), SIZE_PX, torch.float32)
    options = choose(SIZE_PX, Fraction(FPS), live=False).options
    with av.open(str(folder / "seed.mp4"), "w") as file:
        stream: Any = file.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE_PX, "yuv420p"
        start = time.perf_counter()
        for _ in range(round(seconds * FPS)):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(frame()), format="rgb24")))
        file.mux(stream.encode(None))
    return time.perf_counter() - start


def by_clavilux(seconds: float, folder: Path) -> tuple[float, str]:
    """Render the same number of frames; return the seconds it took and the backend that drew."""
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
        fps=FPS,
        picture_px=SIZE_PX,
        headless=True,
        offline=True,
        record=folder / "clavilux.mp4",
    )
    with ExitStack() as stack:
        session = Session(settings, stack)
        start = time.perf_counter()
        for _ in range(round(seconds * FPS)):
            session.step()
        for output in session.outputs:
            output.close()
        return time.perf_counter() - start, session.controls.backend_name


def main() -> int:
    """Print the figures; return 1 if the claim doesn't hold here."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0
    with tempfile.TemporaryDirectory() as name:
        os.environ["CLAVILUX_HOME"] = name
        ours, backend = by_clavilux(seconds, Path(name))
        seed = by_seed(seconds, Path(name))
    print(f"{SIZE_PX[0]} × {SIZE_PX[1]} at {FPS} fps, {seconds:g} s, {backend}")
    print(f"Clavilux {ours:.2f} s ({seconds / ours:.2f} × realtime), seed's method {seed:.2f} s: {seed / ours:.2f} ×")
    return int(seed / ours < WANTED)


if __name__ == "__main__":
    sys.exit(main())
