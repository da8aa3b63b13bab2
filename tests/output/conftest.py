from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from app.audio.ring import Ring
from app.output.recorder import Recorder
from app.problems import Problems
from app.render.target import Target

SIZE_PX = (64, 64)


@dataclass
class Film:
    """What a player finds in a file."""

    pictures: NDArray[np.uint8]
    picture_seconds: list[float]
    sound: NDArray[np.float32]
    rate_hz: int
    video_seconds: float
    audio_seconds: float


@pytest.fixture(scope="session")
def ctx() -> Iterator[moderngl.Context]:
    settings: Any = {"backend": "egl"}
    context = moderngl.create_context(standalone=True, **settings)
    yield context
    context.release()


@pytest.fixture
def image(ctx: moderngl.Context) -> Iterator[Target]:
    target = Target(ctx, SIZE_PX)
    yield target
    target.release()


@pytest.fixture
def ring() -> Ring:
    made = Ring()
    made.configure(48_000, 2)
    return made


@pytest.fixture
def problems() -> Problems:
    return Problems()


@pytest.fixture
def record(ctx: moderngl.Context, ring: Ring, problems: Problems) -> Iterator[Callable[[Path, float, bool], Recorder]]:
    """Start recorders that are closed when the test ends."""
    made: list[Recorder] = []

    def start(path: Path, fps: float, live: bool) -> Recorder:
        made.append(Recorder(ctx, path, SIZE_PX, fps, ring.reader(), live=live, problems=problems))
        return made[-1]

    yield start
    for recorder in made:
        recorder.close()


@pytest.fixture
def play() -> Callable[[Path], Film]:
    def decode(path: Path) -> Film:
        with av.open(str(path)) as file:
            video, audio = file.streams.video[0], file.streams.audio[0]
            lengths = [float((s.duration or 0) * s.time_base) if s.duration else 0.0 for s in (video, audio)]
            pictures, times, sound = [], [], []
            for frame in file.decode(video, audio):
                if isinstance(frame, av.VideoFrame):
                    pictures.append(frame.to_ndarray(format="rgb24"))
                    times.append(float(frame.pts * frame.time_base))
                else:
                    sound.append(frame.to_ndarray())
            return Film(np.stack(pictures), times, np.concatenate(sound, axis=1), audio.rate, *lengths)

    return decode
