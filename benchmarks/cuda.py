"""All that is to be known of the CUDA backend on this machine, in one call that looks after itself for some minutes.

Claims: at 1080p ten times the seed's method (eager FP16 torch over the whole frame, copied to OpenGL through the host);
a 4K frame in 2.5 ms on an H200; faster than torch.compile, Triton and tiny-cuda-nn; 99 of 100 frames of a 1080p60 show
within 1.2 times their due; 720p30 rendered 20 times as fast as it plays. The tests that need a GPU are run as well.

Each part is a process of its own: one that is missing something, breaks, crashes the driver or takes too long is a
line in the report, and the next one begins. The report is written after every part.
Needs an NVIDIA GPU. Run: python -m benchmarks.cuda [REPORT.md, by default benchmarks/results/cuda-<machine>.md]
"""

import contextlib
import os
import platform
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.problems import UserError
from app.render.cuda_driver import Gpu, driver
from benchmarks.cuda_rivals import RIVALS

RESULTS = Path(__file__).parent / "results"
MOST_SECONDS = 540.0
"""For everything; what no longer fits is left out, the least important last in line."""
LEAST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Part:
    """A module to run with its arguments; `quoted`: what it prints is plain text, of which the end is kept."""

    title: str
    words: Sequence[str]
    limit_seconds: float
    quoted: bool = False


def own(title: str, name: str, limit_seconds: float = 60.0) -> Part:
    """Return a part of cuda_parts.py."""
    return Part(title, ("benchmarks.cuda_parts", name), limit_seconds)


OTHERS = "## Others, picture left on the GPU, 1080p, wall time"
TESTS = ("pytest", "-m", "gpu", "-rfEs", "--tb=line", "-p", "no:cacheprovider", "tests/render/test_cuda_gpu.py")
CUDA = ("--backend", "cuda")
PARTS = (
    own("", "machine"),
    own("## Setting up", "set_up", 150.0),
    own("## The kernel alone", "kernel_alone"),
    own("## Into an OpenGL texture, wall time", "whole_frames", 90.0),
    Part("## Tests on the GPU", TESTS, 240.0, quoted=True),
    *(own("" if index else OTHERS, name, 120.0) for index, name in enumerate(RIVALS)),
    Part("## A live show, 1080p at 60 fps", ("benchmarks.pacing", "30", *CUDA), 60.0, quoted=True),
    Part("## A render of 720p30", ("benchmarks.offline", "4", *CUDA), 120.0, quoted=True),
    own("## Moving thumbnails", "thumbnails"),
    own("## A fade", "fades"),
    own("## Styles that ship", "shipped"),
    own("## Growth", "growth"),
    own("## What binds", "counters", 90.0),
    Part("## From sound to picture", ("benchmarks.latency", *CUDA), 90.0, quoted=True),
    Part(
        "## A training job beside the show",
        ("benchmarks.trainer_beside_show", "--rounds", "1", "--seconds", "15", *CUDA), 120.0, quoted=True,
    ),
)  # fmt: skip
"""In the order of their weight, but that what compiles comes before what is timed."""


@dataclass
class Paper:
    """What is printed is kept, and written at once: a run that is cut short leaves what it had."""

    path: Path
    lines: list[str] = field(default_factory=list)

    def say(self, text: str = "") -> None:
        """Print some lines and keep them."""
        print(text, flush=True)
        self.lines.append(text)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("\n".join(self.lines) + "\n", "utf-8")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a part printed, and in a few words why it did not come to its end ("" if it did)."""

    text: str
    trouble: str


def run(part: Part, limit_seconds: float) -> Outcome:
    """Run one part in a process group of its own, which is gone when this returns."""
    process = subprocess.Popen(
        [sys.executable, "-m", *part.words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, errors="replace", start_new_session=True,
    )  # fmt: skip
    late = False
    try:
        text, told = process.communicate(timeout=limit_seconds)
    except subprocess.TimeoutExpired:
        late = True
    finally:
        _end(process)
    if late:
        text, told = process.communicate()
    return Outcome(text.strip(), f"took longer than {limit_seconds:.0f} s" if late else _trouble(process, text, told))


def _end(process: "subprocess.Popen[str]") -> None:
    """End what a part has left running: compilers, sound servers, workers."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _trouble(process: "subprocess.Popen[str]", text: str, told: str) -> str:
    """Return why a part ended before its time; with exit code 1 and figures its claim just doesn't hold."""
    if process.returncode < 0:
        return f"ended by {signal.Signals(-process.returncode).name}"
    broken = "Traceback (most recent call last)" in told or not text.strip()
    if process.returncode == 0 or (process.returncode == 1 and not broken):
        return ""
    lines = [line for line in told.splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else f"exit code {process.returncode}"


def report(paper: Paper, part: Part, left_seconds: float) -> None:
    """Run a part and write down what came of it."""
    if part.title:
        paper.say(f"\n{part.title}\n")
    if left_seconds < LEAST_SECONDS:
        paper.say(f"Left out ({' '.join(part.words[:2])}): the time was up.")
        return
    outcome = run(part, min(part.limit_seconds, left_seconds))
    if outcome.text:
        end = outcome.text.splitlines()[-30:]
        paper.say("\n".join(["```", *end, "```"]) if part.quoted else outcome.text)
    if outcome.trouble:
        gap = "\n" if outcome.text else ""
        paper.say(f"{gap}Not measured to the end ({' '.join(part.words[:2])}): {outcome.trouble}")


def main() -> int:
    """Run every part; exit code 1 where there is no GPU."""
    try:
        gpu = Gpu(driver(), 0)
        name = gpu.name
        gpu.release()
    except UserError as missing:
        print(f"not run: {missing}")
        return 1
    file = re.sub(r"\W+", "-", f"{platform.node()}-{name}".lower()).strip("-")
    paper = Paper(Path(sys.argv[1]) if len(sys.argv) > 1 else RESULTS / f"cuda-{file}.md")
    paper.say(f"# CUDA backend on {name}\n")
    start = time.monotonic()
    for part in PARTS:
        report(paper, part, MOST_SECONDS - (time.monotonic() - start))
    paper.say(f"\nTook {time.monotonic() - start:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
