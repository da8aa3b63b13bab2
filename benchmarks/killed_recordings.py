"""Claim: a recording that is killed plays to within 2 s of its end, wherever it is cut.

Records in a process of its own that is killed at random moments, and cuts a recording at random bytes, as a power cut
may; decodes what is left to the last picture, after the mending that the next start of a show does.
Run: python -m benchmarks.killed_recordings [--count 20]
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
from bisect import bisect_right
from pathlib import Path

from app.output import muxer

FPS = 30
LONGEST_LOSS_SECONDS = 2.0
SUFFIXES = (".mp4", ".mkv")
CHILD = """
import sys, time
from pathlib import Path
import moderngl, numpy as np
from app.audio.ring import Ring
from app.clock import Frame
from app.output.recorder import Recorder
from app.problems import Problems
from app.render.target import Target

path = Path(sys.argv[1])
ctx = moderngl.create_context(standalone=True, backend="egl")
image, ring = Target(ctx, (160, 96)), Ring()
recorder = Recorder(ctx, path, (160, 96), 30, ring.reader(), live=True, problems=Problems())
for index in range(int(sys.argv[2])):
    ring.write(np.random.default_rng(index).normal(0, 0.1, (1600, 1)).astype(np.float32))
    image.framebuffer.clear(index % 7 / 7, index % 11 / 11, 0, 1)
    recorder.send(image, Frame(index, index / 30, 1 / 30))
    while recorder.state.queued > 4:
        time.sleep(0.001)
    print(index, path.stat().st_size if path.exists() else 0, flush=True)
recorder.close()
"""


def recorded(path: Path, frames: int, killed_at: int) -> list[tuple[int, int]]:
    """Record, and kill the process after the frame `killed_at`; return (size in bytes, frame) as it grew."""
    grew: list[tuple[int, int]] = []
    command = [sys.executable, "-c", CHILD, str(path), str(frames)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            index, size = map(int, line.split())
            grew.append((size, index))
            if index >= killed_at:
                child.send_signal(signal.SIGKILL)
                break
    return grew


def plays_until(path: Path) -> float:
    """Return the time of the last picture that can be decoded, 0 when none can."""
    import av

    last = 0.0
    try:
        with av.open(str(path)) as video:
            for frame in video.decode(video=0):
                last = max(last, float(frame.time or 0.0))
    except (av.FFmpegError, IndexError):
        pass
    return last


def main() -> int:
    """Kill, cut, play; exit code 1 when the claim does not hold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance, worst = random.Random(asked.seed), 0.0
    with tempfile.TemporaryDirectory(prefix="clavilux-killed-") as folder:
        for number in range(asked.count):
            path = Path(folder) / f"killed{number}{SUFFIXES[number % 2]}"
            moment = chance.randrange(45, 300)
            recorded(path, moment + 60, moment)
            worst = max(worst, told(f"killed at {moment / FPS:5.2f} s {path.suffix}", moment / FPS, path))
        for suffix in SUFFIXES:
            whole = Path(folder) / f"whole{suffix}"
            grew = recorded(whole, 600, 599)
            data, sizes = whole.read_bytes(), [size for size, _ in grew]
            for number in range(asked.count // 2):
                end = chance.randrange(sizes[45], min(len(data), sizes[-1]) + 1)
                cut = whole.with_name(f"cut{number}{suffix}")
                cut.write_bytes(data[:end])
                seconds = grew[max(bisect_right(sizes, end) - 1, 0)][1] / FPS
                worst = max(worst, told(f"cut after {end:8} bytes, written by {seconds:5.2f} s {suffix}", seconds, cut))
    print(f"worst loss {worst:.2f} s of {LONGEST_LOSS_SECONDS} s allowed")
    return int(worst > LONGEST_LOSS_SECONDS)


def told(what: str, seconds: float, path: Path) -> float:
    """Print and return how much of the end is missing."""
    mended = ", mended" if muxer.mend(path) else ""
    lost = seconds - plays_until(path)
    print(f"{what}: {lost:5.2f} s lost{mended}", flush=True)
    return lost


if __name__ == "__main__":
    sys.exit(main())
